// The command line: what there is, what each takes, and how it helps.
import { Command, CommanderError } from 'commander';
import { type AbortFlags, abort } from './commands/abort.ts';
import {
  approvalLinks,
  approvalReplace,
  approvalRevoke,
  type ReplaceFlags,
  type RevokeFlags,
} from './commands/approval.ts';
import { catalogCheck } from './commands/catalog-check.ts';
import { evidenceVerify, type VerifyFlags } from './commands/evidence-verify.ts';
import { type ReportFlags, report } from './commands/report.ts';
import { type StartFlags, start } from './commands/start.ts';
import { status } from './commands/status.ts';
import { EXIT } from './exit-code.ts';
import { DEFAULT_STACK, type Flags } from './flags.ts';
import type { Io } from './io.ts';
import { UsageError } from './usage-error.ts';

const EXAMPLES = `
Examples:
  $ lethe catalog check catalog.yaml
  $ lethe start --request dry-run.json --wait
  $ lethe start --request - --name offboarding-acme < request.json
  $ lethe status offboarding-acme
  $ lethe abort offboarding-acme --by ops@example.com --reason 'wrong tenant'
  $ lethe approval revoke offboarding-acme --approver lead@example.com --by ops@example.com --reason 'mailbox taken over'
  $ lethe report offboarding-acme --out evidence/offboarding-acme
  $ lethe evidence verify evidence/offboarding-acme
  $ lethe status RUN --endpoint-url http://127.0.0.1:4566 --region eu-west-1     (the embedded AWS)

Exit codes:
    0  it held: previewed, counted, erased, or the answer is printed
    1  failed or incomplete, or evidence that does not hold
    2  usage, or refused: nothing was done, and what to change is printed
    3  rejected by an approver
    4  expired before it was approved
    5  aborted
  130  interrupted; a run that was started goes on

Results are on stdout, everything else on stderr. With --json stdout is exactly one JSON value.`;

/** @returns the exit code @throws UsageError, and whatever the command throws */
export async function runProgram(argv: readonly string[], io: Io): Promise<number> {
  let exitCode: number = EXIT.held;
  const program = new Command('lethe')
    .description(
      'Erases data on AWS so that nobody regrets it: planned, counted, backed up, approved, verified, evidenced.',
    )
    .option('--json', 'print one JSON value instead of text')
    .option('--region <region>', 'AWS Region of the deployment (default: as the AWS SDK finds it)')
    .option('--endpoint-url <url>', 'call this endpoint (default: AWS_ENDPOINT_URL, else AWS itself)')
    .option('--stack <name>', 'CloudFormation stack of the deployment', DEFAULT_STACK)
    .addHelpText('after', EXAMPLES)
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError(false)
    .configureOutput({ writeOut: io.out, writeErr: io.err, outputError: () => undefined });

  const catalog = program.command('catalog').description('work on catalogs, offline');
  catalog
    .command('check')
    .description('check a catalog and show what it lets a run do')
    .argument('<file>', 'catalog in YAML')
    .action((file: string, _: unknown, command: Command) =>
      act(catalogCheck(file, command.optsWithGlobals<Flags>(), io)),
    );

  program
    .command('start')
    .description('start a run')
    .option('--request <file>', 'request in JSON, required; - reads stdin')
    .option('--name <id>', 'run id: 1 to 80 of A-Z a-z 0-9 _ - (default: from mode, scope and time)')
    .option('--wait', 'follow the run to its end, and exit by its outcome')
    .action((_: unknown, command: Command) => act(start(command.optsWithGlobals<StartFlags>(), io)));

  program
    .command('status')
    .description('show where a run stands')
    .argument('<run>', 'run id')
    .action((run: string, _: unknown, command: Command) => act(status(run, command.optsWithGlobals<Flags>(), io)));

  program
    .command('abort')
    .description('stop a run at its next batch, and return when it has stopped')
    .argument('<run>', 'run id')
    .option('--by <who>', 'who aborts, required; stands in the evidence')
    .option('--reason <text>', 'why, required; stands in the evidence')
    .action((run: string, _: unknown, command: Command) => act(abort(run, command.optsWithGlobals<AbortFlags>(), io)));

  const approval = program.command('approval').description('work on the approval that a run waits for');
  approval
    .command('links')
    .description('list who was asked, who decided, and which links were taken back')
    .argument('<run>', 'run id')
    .action((run: string, _: unknown, command: Command) =>
      act(approvalLinks(run, command.optsWithGlobals<Flags>(), io)),
    );
  approval
    .command('revoke')
    .description('take back the links of one approver: they neither decide nor show anything any more')
    .argument('<run>', 'run id')
    .option('--approver <address>', 'whose links, required')
    .option('--by <who>', 'who takes them back, required; is recorded')
    .option('--reason <text>', 'why, required; is recorded')
    .action((run: string, _: unknown, command: Command) =>
      act(approvalRevoke(run, command.optsWithGlobals<RevokeFlags>(), io)),
    );
  approval
    .command('replace')
    .description('put a deputy whom the catalog names in the place of one approver, whose links are taken back')
    .argument('<run>', 'run id')
    .option('--approver <address>', 'whose place, required')
    .option('--with <address>', 'the deputy, required')
    .option('--by <who>', 'who decides so, required; is recorded')
    .option('--reason <text>', 'why, required; is recorded')
    .action((run: string, _: unknown, command: Command) =>
      act(approvalReplace(run, command.optsWithGlobals<ReplaceFlags>(), io)),
    );

  program
    .command('report')
    .description('show the report of a run that has ended')
    .argument('<run>', 'run id')
    .option('--out <folder>', 'also write all evidence files into this folder, and verify them there')
    .action((run: string, _: unknown, command: Command) =>
      act(report(run, command.optsWithGlobals<ReportFlags>(), io)),
    );

  const evidence = program.command('evidence').description('work on evidence, offline');
  evidence
    .command('verify')
    .description('check a folder of evidence: its sums, their signature, its plan digest, its decisions')
    .option('--public-key <file>', 'the key to trust, as PEM; without it, the key beside the evidence')
    .argument('<folder>', 'folder that `lethe report --out` wrote')
    .action((folder: string, _: unknown, command: Command) =>
      act(evidenceVerify(folder, command.optsWithGlobals<VerifyFlags>(), io)),
    );

  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
    command.exitOverride((error) => {
      throw error.exitCode === 0 ? error : asUsageError(error, command, argv);
    });
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    // Help was asked for, and is printed.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.held;
    throw error;
  }
  return exitCode;

  async function act(result: Promise<number>): Promise<void> {
    exitCode = await result;
  }
}

function asUsageError({ code, message }: CommanderError, command: Command, argv: readonly string[]): UsageError {
  const isAboutCommands = code === 'commander.unknownCommand' || code === 'commander.help';
  const what = code === 'commander.help' ? 'no command is given' : message.replace(/^error: /, '');
  return new UsageError({
    what: `${what.charAt(0).toUpperCase()}${what.slice(1).replace(/\.$/, '')}.`,
    received: argv.length === 0 ? null : argv.join(' '),
    allowed: isAboutCommands
      ? commandsOf(command)
      : `${nameOf(command)} ${command.usage()}; ${optionsOf(command).join(', ')}`,
    next: `Run \`${nameOf(command)} --help\`.`,
  });
}

function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}

function commandsOf(command: Command): string[] {
  return command.commands.flatMap((sub) => (sub.commands.length === 0 ? nameOf(sub) : commandsOf(sub)));
}

/** Its own, and those of every command. */
function optionsOf(command: Command): string[] {
  const own = command.options.map(({ flags }) => flags);
  return command.parent ? [...own, ...optionsOf(command.parent)] : [...own, '--help'];
}
