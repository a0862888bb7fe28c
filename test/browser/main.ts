// `npm run test:browser`: the pages in headless Chromium, served by the embedded AWS and, for rare plans, by themselves.
import { execFileSync } from 'node:child_process';
import { Command, CommanderError } from 'commander';
import { createVitest } from 'vitest/node';
import { NEED_TAGS } from '../support/needs.ts';
import { Tally } from '../support/tally.ts';

interface Flags {
  readonly json?: true;
  readonly chromium?: string;
  readonly screens?: string;
}

const USAGE = 2;
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

const log = (line: string) => console.error(line);

export async function main(argv: readonly string[]): Promise<void> {
  const flags = parse(argv);
  const chromium = flags.chromium ?? installed();
  if (chromium === undefined) {
    log(
      `There is no browser: none of ${NAMES.join(', ')} is on the PATH. Install Chromium, or name it with --chromium.`,
    );
    process.exit(USAGE);
  }
  const startedMs = performance.now();
  const tally = new Tally([], log);
  const vitest = await createVitest('test', {
    config: false,
    watch: false,
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/support/require-node.ts', 'test/support/bundles.ts'],
    tags: NEED_TAGS,
    reporters: [tally],
    pool: 'threads',
    isolate: false,
    // One file at a time: the storm leaves the others no time.
    maxWorkers: 1,
    sequence: { shuffle: true },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  });
  vitest.provide('chromium', chromium);
  vitest.provide('screens', flags.screens ?? null);
  try {
    await vitest.start();
  } finally {
    await vitest.close();
  }
  const { passed, failed, skipped } = tally.counts(true);
  const seconds = Math.round((performance.now() - startedMs) / 10) / 100;
  log(`${passed} passed, ${failed} failed, ${skipped} skipped, in ${seconds} s`);
  if (flags.json)
    console.log(
      JSON.stringify({ suite: 'browser', engine: 'chromium', passed, failed, skipped, notSelected: 0, seconds }),
    );
  process.exit(failed === 0 && skipped === 0 && passed > 0 ? 0 : 1);
}

function installed(): string | undefined {
  for (const name of NAMES) {
    try {
      return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    } catch {
      // the next one
    }
  }
  return undefined;
}

function parse(argv: readonly string[]): Flags {
  const command = new Command('npm run -s test:browser --')
    .description('Opens every page in headless Chromium: on a phone and a desktop, by keyboard, without JavaScript.')
    .option('--chromium <file>', 'the browser to use', process.env['LETHE_CHROMIUM'])
    .option('--screens <folder>', 'also keep screenshots in this folder')
    .option('--json', 'a summary as the last line on stdout')
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride();
  try {
    command.parse([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exit(error.exitCode === 0 ? 0 : USAGE);
  }
  return command.opts<Flags>();
}
