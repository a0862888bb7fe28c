// What `npm run demo` takes (interfaces.md, section 6).
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { EXIT } from '../../cli/exit-code.ts';
import { number, wholeNumber } from '../../local/arguments.ts';

export interface Options {
  readonly yes: boolean;
  /** Reason to reject with. */
  readonly reject?: string;
  readonly json: boolean;
  readonly items: number;
  readonly objects: number;
  readonly catalog: string;
  readonly request: string;
  /** Folder that replaces the seeder. */
  readonly data?: string;
  /** Folder to write `before/` and `after/` to. */
  readonly dump?: string;
  readonly faults?: string;
  readonly seed: number;
  readonly isSeedGiven: boolean;
  /** Folder under which each run gets its own. */
  readonly out: string;
  readonly calls?: string;
  readonly clockSpeed: number;
  readonly backupSeconds: number;
}

const gallery = (file: string) => fileURLToPath(new URL(`../gallery/${file}`, import.meta.url));

/** @returns the options, or the exit code where there is nothing to run */
export function readOptions(argv: readonly string[]): Options | number {
  const command = new Command('npm run demo --')
    .description(
      'Erases one tenant of a photo platform, or a scope of your own data, on the embedded AWS: preview, dry run, approval,\n' +
        'erasure, and the proof that the neighbours lost nothing and that the erased can be restored. Needs Node alone.',
    )
    .option('--yes', "approve through the page's form, without asking", false)
    .option('--reject <reason>', "reject through the page's form")
    .option('--json', 'one JSON object on stdout, everything else on stderr', false)
    .option('--items <n>', 'items to seed', wholeNumber(0, 10_000_000), 20_000)
    .option('--objects <n>', 'object versions to seed', wholeNumber(0, 10_000_000), 3_000)
    .option('--catalog <file>', 'catalog to deploy', gallery('catalog.yaml'))
    .option('--request <file>', 'request to carry out', gallery('requests/erase-acme.json'))
    .option('--data <folder>', 'data to load instead of the seeded gallery')
    .option('--dump <folder>', 'write the data before and after to this folder')
    .option('--faults <file>', 'faults to inject into what functions do, as JSON; or default')
    .option(
      '--seed <n>',
      'seed of the data, and of the faults instead of the one in their file',
      wholeNumber(0, 2 ** 32 - 1),
      1,
    )
    .option('--out <folder>', 'where everything the runs leave is kept', '.lethe')
    .option('--calls <file>', 'write a JSON line for every call')
    .option('--clock-speed <x>', 'service seconds per second while nothing is in flight', number(1), 600)
    .option('--backup-seconds <s>', 'service seconds a backup takes', number(0), 3)
    .addHelpText(
      'after',
      '\nExit codes: 0 held, 1 failed or a proof failed, 2 usage or refused, 3 rejected, 4 expired, 130 interrupted.',
    )
    .allowExcessArguments(false)
    .showHelpAfterError('Run with --help to see what is allowed.')
    .exitOverride();
  try {
    const given = command.parse(argv).opts<Options>();
    const options = { ...given, isSeedGiven: command.getOptionValueSource('seed') === 'cli' };
    const problem = contradiction(options);
    if (problem === undefined) return options;
    console.error(`demo: ${problem}`);
    return EXIT.usage;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.held : EXIT.usage;
    throw error;
  }
}

function contradiction({ yes, reject }: Options): string | undefined {
  return yes && reject !== undefined ? '--yes and --reject exclude each other' : undefined;
}
