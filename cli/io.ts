// The one I/O port of the commands: results on stdout, everything else on stderr.
import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { type Clock, systemClock } from '../adapters/clock.ts';

export interface Io {
  readonly clock: Clock;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Set where stderr is a terminal, whose lines can be written over. */
  readonly terminal: { readonly columns: number; readonly rows: number } | undefined;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
  /** Writes results, as they are. */
  out(text: string): void;
  /** Writes what is no result, as it is. */
  err(text: string): void;
  readInput(): Promise<string>;
  /** Hexadecimal digits. */
  random(digits: number): string;
}

export function processIo(): Io {
  const interruption = new AbortController();
  process.once('SIGINT', () => interruption.abort());
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endWithReader);
  return {
    clock: systemClock,
    environment: process.env,
    get terminal() {
      const { isTTY, columns, rows } = process.stderr;
      // Some terminals do not tell their size.
      return isTTY ? { columns: columns || 80, rows: rows || 24 } : undefined;
    },
    interrupted: interruption.signal,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    readInput: () => text(process.stdin),
    random: (digits) => randomBytes(digits).toString('hex').slice(0, digits),
  };
}

/** Whoever reads has seen enough, as `head` does; any other failure to write is one of this command. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}

/** Results for people. */
export function say({ out }: Pick<Io, 'out'>, lines: readonly string[]): void {
  out(asText(lines));
}

/** What people should know besides the result. */
export function note({ err }: Pick<Io, 'err'>, lines: readonly string[]): void {
  err(asText(lines));
}

/** The one value of `--json`. */
export function sayJson({ out }: Pick<Io, 'out'>, value: unknown): void {
  out(`${JSON.stringify(value)}\n`);
}

/** What comes from elsewhere cannot steer the terminal. */
export function asText(lines: readonly string[]): string {
  return lines.map((line) => `${line.replace(/\p{Cc}/gu, '\uFFFD')}\n`).join('');
}
