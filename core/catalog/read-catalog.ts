// Reads a catalog from YAML text: the JSON that is shipped, its digest, and every problem with its line.
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, type Pair, parseDocument } from 'yaml';
import { showPath } from '../../contracts/strict.ts';
import { canonicalJson, sha256Hex } from '../evidence/digest.ts';
import type { CatalogProblem } from './catalog-problem.ts';
import type { OpenCatalog } from './check-catalog.ts';
import { openCatalog } from './open-catalog.ts';

/** A problem with the line of the file it stands on (1-based; undefined where the file has no such place). */
export interface PlacedProblem extends CatalogProblem {
  readonly line: number | undefined;
}

export interface ReadCatalog {
  /** What is shipped beside the functions as catalog.json: the file as JSON, its order kept. Null: no YAML at all. */
  readonly json: string | null;
  readonly sha256: string | null;
  /** Undefined where there are problems. */
  readonly opened: OpenCatalog | undefined;
  readonly problems: readonly PlacedProblem[];
}

export function readCatalog(yamlText: string): ReadCatalog {
  const lines = new LineCounter();
  const document = parseDocument(yamlText, { lineCounter: lines, uniqueKeys: true, version: '1.2', logLevel: 'error' });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    const problems = faults.map(({ message, linePos }) =>
      unreadable(`is no valid YAML: ${withoutPlace(message)}`, linePos?.[0].line),
    );
    return { json: null, sha256: null, opened: undefined, problems };
  }
  const read = contentOf(document);
  if ('problem' in read) return { json: null, sha256: null, opened: undefined, problems: [read.problem] };
  const { value, json } = read;
  const opened = openCatalog(value);
  const problems = Array.isArray(opened)
    ? opened.map((problem) => ({ ...problem, line: lineOf(document, lines, problem.path) }))
    : [];
  return { json, sha256: sha256Hex(json), opened: Array.isArray(opened) ? undefined : opened, problems };
}

/** `catalog.yaml:12: stores.photos.select.tenant does not mention {tenant} … (Lethe.SelectorNotBound)` */
export function showProblem(file: string, { line, path, message, error }: PlacedProblem): string {
  const place = line === undefined ? file : `${file}:${line}`;
  const subject = path.length === 0 ? 'the catalog' : showPath(path);
  return `${place}: ${subject} ${message} (${error})`;
}

/** Aliases that lead nowhere, in a circle or to far too much, and numbers and texts that JSON does not have, throw. */
function contentOf(document: Document): { value: unknown; json: string } | { problem: PlacedProblem } {
  try {
    const value: unknown = document.toJS();
    canonicalJson(value ?? null);
    return { value, json: JSON.stringify(value ?? null) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { problem: unreadable(`cannot be read: ${why}`, undefined) };
  }
}

function unreadable(message: string, line: number | undefined): PlacedProblem {
  return { error: 'Lethe.InvalidCatalog', path: [], message, line };
}

/** The parser's message repeats the place and draws it. */
function withoutPlace(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:$/, '');
}

/** The line of the deepest part of the path that stands in the file: that of its key, or of an entry of a list. */
function lineOf(document: Document, lines: LineCounter, path: readonly (string | number)[]): number | undefined {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0];
  for (const step of path) {
    const pair: Pair | undefined = isMap(node)
      ? node.items.find(({ key }) => keyText(key) === String(step))
      : undefined;
    const entry: unknown = isSeq(node) ? node.items[Number(step)] : pair?.key;
    if (entry === undefined) break;
    offset = isNode(entry) ? entry.range?.[0] : offset;
    node = isSeq(node) ? entry : pair?.value;
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

function keyText(key: unknown): string | undefined {
  return isScalar(key) ? String(key.value) : undefined;
}
