// `npm run local`: the embedded AWS as a server, until SIGTERM or Ctrl-C.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, Option } from 'commander';
import { readCatalog, showProblem } from '../core/catalog/read-catalog.ts';
import { number, wholeNumber } from './arguments.ts';
import type { FaultsFile } from './faults/fault-rules.ts';
import { loadFaults } from './faults/load-faults.ts';
import { openInbox } from './inbox.ts';
import { startLocal } from './start.ts';

const USAGE = 2;
const GALLERY = fileURLToPath(new URL('../examples/gallery/catalog.yaml', import.meta.url));

interface Flags {
  readonly port: number;
  readonly webPort: number;
  readonly catalog: string;
  readonly faults?: string;
  readonly seed?: number;
  readonly calls?: string;
  readonly outbox: string;
  readonly backupSeconds: number;
  readonly clockSpeed: number;
  readonly mailBy: 'ses' | 'sns';
}

export async function main(argv: readonly string[]): Promise<void> {
  const flags = parse(argv);
  const faults = await readFaultsFile(flags);
  const text = await readFile(flags.catalog, 'utf8').catch((error: Error) => fail(`--catalog: ${error.message}`));
  const { json, problems } = readCatalog(text);
  for (const problem of problems) console.error(showProblem(flags.catalog, problem));
  if (json === null) return fail('the catalog is no YAML, so there is nothing to deploy');
  if (problems.length > 0)
    console.error('The catalog is deployed as it is: every run will be refused with the first of these.');
  const local = await startLocal({
    catalog: json,
    port: flags.port,
    webPort: flags.webPort,
    outbox: resolve(flags.outbox),
    backupSeconds: flags.backupSeconds,
    clockSpeed: flags.clockSpeed,
    mailBy: flags.mailBy,
    ...(flags.calls !== undefined && { calls: flags.calls }),
    ...(faults && { faults }),
    onLog: (name, line) => console.error(`${name} ${line}`),
  }).catch((error: Error) => fail(`the embedded AWS could not start: ${error.message}`));
  const inbox = await openInbox(local.ready.outbox);
  const stop = () => void Promise.all([inbox.close(), local.close()]).then(() => process.exit(0));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  endWithParent(stop);
  console.error(`Mails: ${inbox.url}`);
  console.log(JSON.stringify(local.ready));
}

async function readFaultsFile({ faults: file, seed }: Flags): Promise<FaultsFile | undefined> {
  if (file === undefined) return undefined;
  const read = await loadFaults(file, seed);
  return Array.isArray(read) ? fail([`--faults ${file}:`, ...read].join('\n  ')) : read;
}

/** A server whose starter was killed has nobody left to end it. */
function endWithParent(stop: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop();
  }, 1_000);
  watch.unref();
}

function parse(argv: readonly string[]): Flags {
  const command = new Command('npm run local --')
    .description(
      'The embedded AWS as a server on 127.0.0.1, with Lethe deployed in it. Prints one JSON line when it is ready;\n' +
        'make and fill the stores of your catalog with any AWS SDK or CLI, then start executions. SIGTERM ends it.',
    )
    .option('--port <n>', 'port of the AWS APIs; 0 takes any free one', wholeNumber(0, 65_535), 4566)
    .option('--web-port <n>', 'port of the approval pages; 0 takes any free one', wholeNumber(0, 65_535), 4567)
    .option('--catalog <file>', 'the catalog to deploy', GALLERY)
    .option('--faults <file>', 'faults to inject into what functions do, as JSON; or default')
    .option('--seed <n>', 'seed of the faults, instead of the one in the file', wholeNumber(0, 2 ** 32 - 1))
    .option('--calls <file>', 'write a JSON line for every call')
    .option('--outbox <folder>', 'folder of the mails', '.lethe/outbox')
    .option('--backup-seconds <s>', 'service seconds a backup takes', number(0), 3)
    .option('--clock-speed <x>', 'service seconds per second while nothing is in flight', number(1), 1)
    .addOption(new Option('--mail-by <service>', 'what mails approvers').choices(['ses', 'sns']).default('ses'))
    .allowExcessArguments(false)
    .showHelpAfterError('Run with --help to see what is allowed.')
    .exitOverride();
  try {
    return command.parse(argv).opts<Flags>();
  } catch (error) {
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : USAGE);
    throw error;
  }
}

function fail(message: string): never {
  console.error(`local: ${message}`);
  process.exit(USAGE);
}
