// `npm run test:deployed`: the scenario files against stacks that the CDK deploys, on an account or the emulator, and removes.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { createVitest, type Vitest } from 'vitest/node';
import { wholeNumber } from '../../local/arguments.ts';
import type { DeployedAt } from '../support/deployed-target.ts';
import { NEED_TAGS, type Need } from '../support/needs.ts';
import { type Counts, Tally } from '../support/tally.ts';
import { Account } from './account.ts';
import { Cdk } from './cdk.ts';
import { Deployer } from './deployer.ts';
import { startEmulator } from './emulator.ts';
import { Synthesizer } from './synthesizer.ts';

interface Flags {
  readonly emulator?: true;
  readonly json?: true;
  readonly slots: number;
  readonly inbox?: string;
  readonly mailDomain?: string;
}

const USAGE = 2;
const INTERRUPTED = 130;
/** What no deployed stack has: tests cannot reach behind its services. */
const NEVER: readonly Need[] = ['calls', 'clock', 'faults', 'moments', 'own-stores', 'schedules', 'time-limits'];
/** What AWS lacks besides, as long as nobody helps. */
const AWS_LACKS: readonly Need[] = ['topics'];
/** What the emulator lacks besides. */
const EMULATOR_LACKS: readonly Need[] = ['pages', 'streams'];
const SCENARIOS = ['test/workflow/**/*.test.ts', 'test/deployed/*.test.ts'];
const MINUTE_MS = 60_000;
/** Of one scenario: on AWS recovery alone trails by five minutes, and a deployment takes as long. */
const TIME_LIMIT_MS = { emulator: 10 * MINUTE_MS, aws: 90 * MINUTE_MS };
/** How long versioning of a new bucket may take (S3 user guide, Enabling versioning on buckets). */
const VERSIONING_SETTLES_MS = { emulator: 0, aws: 15 * MINUTE_MS };

const log = (line: string) => console.error(line);

export async function main(argv: readonly string[]): Promise<void> {
  const { flags, files } = parse(argv);
  const startedMs = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'lethe-deployed-'));
  const emulator = flags.emulator && (await startEmulator(log));
  try {
    if (emulator) Object.assign(process.env, emulator.env);
    const counts = await runOn(emulator?.endpoint, flags, files, folder);
    const seconds = Math.round((performance.now() - startedMs) / 10) / 100;
    const { passed, failed, skipped, notSelected } = counts;
    const summary = { suite: 'deployed', engine: engineOf(flags), passed, failed, skipped, notSelected, seconds };
    log(`${passed} passed, ${failed} failed, ${skipped} skipped, ${notSelected} not selected, in ${seconds} s`);
    if (flags.json) console.log(JSON.stringify(summary));
    process.exitCode ??= failed === 0 && skipped === 0 && passed > 0 ? 0 : 1;
  } finally {
    await emulator?.close();
    await rm(folder, { recursive: true, force: true });
  }
  // Clients of the scenarios may have connections open.
  process.exit();
}

async function runOn(
  endpoint: string | undefined,
  flags: Flags,
  files: readonly string[],
  folder: string,
): Promise<Counts> {
  const engine = engineOf(flags);
  const lacks = [...NEVER, ...(endpoint === undefined ? AWS_LACKS : EMULATOR_LACKS)];
  const tally = new Tally(lacks, log);
  const account = new Account();
  const synthesizer = new Synthesizer(folder);
  const cdk = new Cdk(folder);
  const [id, region] = await Promise.all([account.id(), account.region()]);
  if (endpoint !== undefined) await cdk.bootstrap(`aws://${id}/${region}`);
  // A letter first, and not two deployments of the same name.
  const prefix = `T${randomBytes(3).toString('hex')}x`;
  const context = flags.mailDomain === undefined ? {} : { mailFrom: `lethe@${flags.mailDomain}` };
  const deployer = new Deployer({ cdk, synthesizer, account, region, prefix, context, log });
  const at: DeployedAt = {
    deployer: await deployer.listen(),
    mailbox: mailboxOf(endpoint, flags.inbox),
    versioningSettlesMs: VERSIONING_SETTLES_MS[engine],
  };
  try {
    const vitest = await makeVitest(flags, lacks, tally, TIME_LIMIT_MS[engine]);
    vitest.provide('deployed', at);
    vitest.provide('mailDomain', flags.mailDomain ?? 'example.com');
    await untilInterrupted(vitest, files);
  } finally {
    log('removing what was deployed');
    for (const problem of await deployer.destroy()) tally.fail(problem);
    synthesizer.close();
    account.close();
  }
  const { deployments, seconds } = deployer;
  log(`${deployments} deployments in ${seconds.toFixed(1)} s of waiting for them`);
  return tally.counts(files.length === 0 && process.exitCode === undefined);
}

function makeVitest(flags: Flags, lacks: readonly Need[], tally: Tally, timeLimitMs: number): Promise<Vitest> {
  return createVitest('test', {
    config: false,
    watch: false,
    include: SCENARIOS,
    tags: NEED_TAGS,
    tagsFilter: lacks.map((need) => `!${need}`),
    reporters: [tally],
    pool: 'threads',
    isolate: false,
    maxWorkers: flags.slots,
    sequence: { shuffle: true },
    testTimeout: timeLimitMs,
    hookTimeout: timeLimitMs,
  });
}

/** Ctrl-C ends the scenarios, not what comes after them: nothing that was deployed is left. */
async function untilInterrupted(vitest: Vitest, files: readonly string[]): Promise<void> {
  const stop = () => {
    process.exitCode = INTERRUPTED;
    log('interrupted: what was deployed is removed; please wait');
    void vitest.cancelCurrentRun('keyboard-input');
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  try {
    await vitest.start([...files]);
  } finally {
    await vitest.close();
  }
}

function engineOf({ emulator }: Flags): 'emulator' | 'aws' {
  return emulator ? 'emulator' : 'aws';
}

function mailboxOf(endpoint: string | undefined, inbox: string | undefined): DeployedAt['mailbox'] {
  if (endpoint !== undefined) return { kind: 'emulator', endpoint };
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(inbox ?? '') ?? [];
  return { kind: 'inbox', bucket, prefix };
}

function parse(argv: readonly string[]): { flags: Flags; files: readonly string[] } {
  const command = new Command('npm run -s test:deployed --')
    .description(
      'Runs the scenarios of test/workflow against stacks that the CDK deploys, and removes what it made.\n' +
        'Without --emulator that is the account of the standard AWS variables: bootstrapped for the CDK, with an inbox.',
    )
    .argument('[files...]', 'only scenario files whose path has one of these in it')
    .option('--emulator', 'on the emulator in test/deployed/emulator, which it starts and ends')
    .option('--slots <n>', 'deployments side by side', wholeNumber(1, 16), 4)
    .option('--inbox <s3://bucket/prefix>', 'where a receipt rule of SES lays what it receives')
    .option('--mail-domain <domain>', 'of sender and approvers, whose mail comes into that inbox')
    .option('--json', 'a summary as the last line on stdout')
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride();
  try {
    command.parse([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exit(error.exitCode === 0 ? 0 : USAGE);
  }
  const flags = command.opts<Flags>();
  const problem = problemOf(flags);
  if (problem !== undefined) {
    log(problem);
    process.exit(USAGE);
  }
  return { flags, files: command.args };
}

/** What must be said before anything is deployed to an account. */
function problemOf({ emulator, inbox, mailDomain }: Flags): string | undefined {
  if (emulator) return undefined;
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, AWS_PROFILE } = process.env;
  const hasCredentials = AWS_ACCESS_KEY_ID !== undefined || AWS_PROFILE !== undefined;
  if (!hasCredentials || (AWS_REGION ?? AWS_DEFAULT_REGION) === undefined) {
    return (
      'There is no AWS to deploy to: --emulator was not given, and the environment names no account.\n' +
      'Set AWS_PROFILE (or AWS_ACCESS_KEY_ID and its secret) and AWS_REGION of a test account, or give --emulator.'
    );
  }
  if (/^s3:\/\/[a-z0-9.-]{3,63}(\/.*)?$/.test(inbox ?? '') && /^[^\s@]+\.[^\s@]+$/.test(mailDomain ?? ''))
    return undefined;
  return (
    `An account needs --inbox s3://bucket/prefix (received: ${inbox ?? 'nothing'}) and --mail-domain (received: ` +
    `${mailDomain ?? 'nothing'}): approvals are asked for by mail, and the scenarios read it there.`
  );
}
