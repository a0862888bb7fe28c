// `npm run demo`: the whole story on the embedded AWS, from an empty machine to the proof.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { EXIT, exitCodeOf } from '../../cli/exit-code.ts';
import type { Outcome, Report } from '../../contracts/report.ts';
import { readCatalog, showProblem } from '../../core/catalog/read-catalog.ts';
import { showCount } from '../../core/text.ts';
import type { FaultsFile } from '../../local/faults/fault-rules.ts';
import { loadFaults } from '../../local/faults/load-faults.ts';
import { startLocal } from '../../local/start.ts';
import { readDataFolder } from '../gallery/data-folder.ts';
import type { Dataset } from '../gallery/dataset.ts';
import { galleryDataset } from '../gallery/seed.ts';
import { type Options, readOptions } from './options.ts';
import type { WrittenCatalog, WrittenRequest } from './oracle.ts';
import type { Proof } from './proof.ts';
import { Screen } from './screen.ts';
import { Story } from './story.ts';

/** The one object of `--json`. */
export interface Result {
  readonly version: 1;
  readonly ok: boolean;
  readonly outcome: Outcome | null;
  readonly runs: readonly { readonly mode: string; readonly runId: string; readonly outcome: Outcome | null }[];
  readonly report: Report | null;
  readonly proof: Proof;
  readonly seconds: { readonly total: number; readonly erase: number };
  readonly peakRssBytes: number;
  readonly requests: { readonly dynamodbErase: number; readonly s3Erase: number };
  readonly evidence: string;
}

export async function main(argv: readonly string[]): Promise<void> {
  const options = readOptions(argv);
  process.exitCode = typeof options === 'number' ? options : await demonstrate(options);
}

async function demonstrate(options: Options): Promise<number> {
  const startedMs = performance.now();
  const screen = new Screen(options.json);
  const inputs = await readInputs(options).catch((error: Error) => {
    console.error(`demo: ${error.message}`);
    return undefined;
  });
  if (!inputs) return EXIT.usage;
  const runId = `demo-${new Date().toISOString().replace(/[-:]|\.\d+Z/g, '')}-${randomBytes(2).toString('hex')}`;
  const folder = resolve(options.out, runId);
  await mkdir(folder, { recursive: true });
  const local = await startLocal({
    catalog: inputs.catalogJson,
    outbox: join(folder, 'outbox'),
    backupSeconds: options.backupSeconds,
    clockSpeed: options.clockSpeed,
    calls: resolve(options.calls ?? join(folder, 'calls.jsonl')),
    ...(inputs.faults && { faults: inputs.faults }),
  });
  const upSeconds = ((performance.now() - startedMs) / 1_000).toFixed(2);
  screen.line(`The embedded AWS is up in ${upSeconds} s at ${local.ready.endpoint}, with Lethe deployed in it.`);
  screen.interrupted.addEventListener('abort', () => {
    screen.line('Interrupted: the embedded AWS and all that is in it ends with this command.');
    void local.close().finally(() => process.exit(EXIT.interrupted));
  });
  try {
    const story = new Story({ options, screen, local, runId, folder, ...inputs });
    const told = await story.tell();
    const result: Result = {
      version: 1,
      ...told,
      seconds: { total: seconds(performance.now() - startedMs), erase: seconds(story.eraseSeconds * 1_000) },
      peakRssBytes: process.resourceUsage().maxRSS * 1_024,
      requests: story.requests,
      evidence: folder,
    };
    await writeFile(join(folder, 'demo.json'), `${JSON.stringify(result, null, 2)}\n`);
    summarize(screen, result);
    if (options.json) console.log(JSON.stringify(result));
    return exitCode(result);
  } catch (error) {
    if (screen.interrupted.aborted) return EXIT.interrupted;
    console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    await local.close();
  }
}

interface Inputs {
  readonly catalogJson: string;
  readonly catalog: WrittenCatalog;
  readonly request: WrittenRequest;
  readonly data: Dataset;
  readonly faults: FaultsFile | undefined;
}

/** @throws Error with a sentence for the user, before anything is started */
async function readInputs(options: Options): Promise<Inputs> {
  const text = await readFile(options.catalog, 'utf8');
  const { json, problems } = readCatalog(text);
  if (json === null || problems.length > 0) {
    throw new Error(
      `the catalog cannot be used\n${problems.map((problem) => showProblem(options.catalog, problem)).join('\n')}`,
    );
  }
  const request = parseRequest(await readFile(options.request, 'utf8'), options.request);
  const { items, objects, seed } = options;
  const data = options.data === undefined ? galleryDataset({ items, objects, seed }) : readDataFolder(options.data);
  const faults = options.faults === undefined ? undefined : await readFaults(options.faults, options);
  return { catalogJson: json, catalog: parseYaml(text) as WrittenCatalog, request, data, faults };
}

async function readFaults(file: string, { seed, isSeedGiven }: Options): Promise<FaultsFile> {
  const read = await loadFaults(file, isSeedGiven ? seed : undefined);
  if (Array.isArray(read)) throw new Error([`the faults in ${file} cannot be used`, ...read].join('\n'));
  return read;
}

function parseRequest(text: string, file: string): WrittenRequest {
  try {
    return JSON.parse(text) as WrittenRequest;
  } catch (error) {
    throw new Error(`${file} is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function summarize(screen: Screen, { seconds: time, requests, peakRssBytes, evidence }: Result): void {
  const megabytes = Math.round(peakRssBytes / 1e6);
  screen.title(
    `${time.total} s in all, ${time.erase} s of it erasing with ${showCount(requests.dynamodbErase)} requests to DynamoDB and ` +
      `${showCount(requests.s3Erase)} to S3; peak memory ${megabytes} MB.`,
  );
  screen.line(`Evidence, mails and the record of every call: ${evidence}`);
}

function exitCode({ ok, outcome }: Result): number {
  const code = outcome === null ? EXIT.failed : exitCodeOf(outcome);
  return code === EXIT.held && !ok ? EXIT.failed : code;
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 10) / 100;
}
