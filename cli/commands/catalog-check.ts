// `lethe catalog check F`: every problem of a catalog with its line, or what the catalog lets a run do.
import { readFile } from 'node:fs/promises';
import { isProtected, requiredApprovals } from '../../contracts/catalog.ts';
import type { OpenCatalog } from '../../core/catalog/check-catalog.ts';
import { type PlacedProblem, readCatalog, showProblem } from '../../core/catalog/read-catalog.ts';
import { ancestry } from '../../core/catalog/scopes.ts';
import { EVERYTHING, type OpenSelector } from '../../core/catalog/selectors.ts';
import { phraseFor } from '../../core/request/phrase.ts';
import { showCounted } from '../../core/text.ts';
import { EXIT } from '../exit-code.ts';
import type { Flags } from '../flags.ts';
import { type Io, say, sayJson } from '../io.ts';
import { facts, table, text } from '../show/table.ts';
import { unreadable } from '../usage-error.ts';

/** @throws UsageError */
export async function catalogCheck(file: string, { json: isJson = false }: Flags, io: Io): Promise<number> {
  const yaml = await readFile(file, 'utf8').catch((error: Error) => {
    throw unreadable('The catalog', file, error);
  });
  const { opened, sha256, problems } = readCatalog(yaml);
  if (opened === undefined || sha256 === null) return refused(file, problems, isJson, io);
  const summary = summaryOf(file, opened, sha256);
  if (isJson) sayJson(io, summary);
  else say(io, lines(summary, opened));
  return EXIT.held;
}

function refused(file: string, problems: readonly PlacedProblem[], isJson: boolean, io: Io): number {
  const named = problems.map(({ line = null, path, message, error }) => ({ line, path, message, error }));
  if (isJson) sayJson(io, { ok: false, file, problems: named });
  else {
    const shown = problems.map((problem) => showProblem(file, problem));
    say(io, [...shown, `${showCounted(problems.length, 'problem')}: every run with this catalog would be refused.`]);
  }
  return EXIT.usage;
}

type Summary = ReturnType<typeof summaryOf>;

function summaryOf(file: string, { catalog, stores }: OpenCatalog, sha256: string) {
  const { name, environment, scopes, approval } = catalog;
  const isEverything = catalog.everything.allowed;
  const optIns = [...new Set(Object.values(catalog.stores).flatMap(({ optIn }) => optIn ?? []))].sort();
  return {
    ok: true,
    file,
    name,
    environment,
    sha256,
    executes: !isProtected(environment) || catalog.protected.allowed,
    approval: {
      required: requiredApprovals(catalog),
      approvers: approval.approvers,
      ...(approval.deputies && { deputies: approval.deputies }),
    },
    optIns,
    scopes: [...Object.keys(scopes), ...(isEverything ? [EVERYTHING] : [])].map((scope) => ({
      scope,
      phrase: phraseFor(exampleOf(catalog, scope), [], environment),
    })),
    stores: stores.map(({ name: store, kind, resource, isPreserved, selectors }) => {
      const { optIn = null, recovery } = catalog.stores[store] ?? {};
      const takesAll = isEverything && !isPreserved && !selectors.has(EVERYTHING);
      return {
        store,
        kind,
        resource,
        erased: isPreserved ? 'preserved' : optIn === null ? 'default' : 'optIn',
        optIn,
        recoverable: recovery !== 'none',
        scopes: [...selectors.keys(), ...(takesAll ? [EVERYTHING] : [])],
        /** Scopes for which the whole table is read, because an attribute that is no key says whose an item is. */
        scans: [...selectors].flatMap(([scope, own]) => (own.some(isByAttribute) ? [scope] : [])),
      };
    }),
  };
}

function isByAttribute(selector: OpenSelector): boolean {
  return selector.by === 'table' && selector.where.length > 0;
}

/** Every id by the name of its scope. */
function exampleOf(catalog: OpenCatalog['catalog'], scope: string) {
  return scope === EVERYTHING ? [] : ancestry(catalog, scope).map((name) => ({ name, id: `<${name}>` }));
}

function lines(
  { file, name, environment, sha256, executes, approval, optIns, scopes, stores }: Summary,
  { catalog }: OpenCatalog,
) {
  const { required, approvers, deputies = [] } = approval;
  const innermost = scopes.at(-1)?.scope ?? EVERYTHING;
  const scanned = stores.flatMap(({ store, scans }) => (scans.length === 0 ? [] : [`${store} (${scans.join(', ')})`]));
  const withOptIns = phraseFor(exampleOf(catalog, innermost), optIns, environment);
  return [
    `${file} is a good catalog.`,
    '',
    ...facts([
      ['Name', name],
      ['Environment', `${environment}; ${executes ? 'runs may execute here' : 'execute is refused here'}`],
      ['Approval', required === 0 ? 'none' : `${required} of ${approvers.join(', ')}`],
      ...(deputies.length === 0 ? [] : [['Deputies', deputies.join(', ')] as const]),
      ['SHA-256', sha256],
    ]),
    '',
    ...table(
      [text('Store'), text('Kind'), text('Resource'), text('Erased'), text('Undo'), text('Scopes')],
      stores.map(({ store, kind, resource, erased, optIn, recoverable, scopes: selectable }) => [
        store,
        kind,
        resource,
        erased === 'default' ? 'by default' : erased === 'optIn' ? `opt-in ${optIn}` : 'preserved',
        erased === 'preserved' || recoverable ? '' : 'CANNOT BE UNDONE',
        selectable.length === 0 ? '-' : selectable.join(', '),
      ]),
    ),
    '',
    ...table(
      [text('Scope'), text('Phrase')],
      scopes.map(({ scope, phrase }) => [scope, phrase]),
    ),
    ...(scanned.length === 0 ? [] : ['', `Read whole, because an attribute selects: ${scanned.join(', ')}`]),
    ...(optIns.length === 0 ? [] : ['', `With every opt-in: ${withOptIns}`]),
  ];
}
