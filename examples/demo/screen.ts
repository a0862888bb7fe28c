// What a demonstration shows: lines for people, on stdout, or on stderr where stdout is for one JSON object.
import { asText, type Io, processIo } from '../../cli/io.ts';
import { Progress } from '../../cli/progress.ts';

/** Off a terminal, long work says where it stands this often. */
const SAY_EVERY_MS = 5_000;
const CLEAR_LINE = '\r\u001B[2K';

export class Screen {
  readonly #io: Io;
  /** Of the run that is under way. */
  readonly progress: Progress;
  #isLive = false;
  #saidAtMs = performance.now();

  constructor(isJson: boolean) {
    const stream = isJson ? process.stderr : process.stdout;
    const io = processIo();
    this.#io = {
      ...io,
      err: (text) => void stream.write(text),
      terminal: stream.isTTY ? { columns: stream.columns, rows: stream.rows } : undefined,
    };
    this.progress = new Progress(this.#io);
  }

  /** Aborted by Ctrl-C. */
  get interrupted(): AbortSignal {
    return this.#io.interrupted;
  }

  line(text = ''): void {
    this.#clear();
    this.#io.err(asText([text]));
  }

  title(text: string): void {
    this.line();
    this.line(text);
  }

  lines(lines: readonly string[]): void {
    for (const line of lines) this.line(`  ${line}`.trimEnd());
  }

  /** Where long work stands: one line that is written over, or a line now and then. */
  live(text: string): void {
    const { terminal } = this.#io;
    if (terminal) {
      this.#io.err(`${CLEAR_LINE}${text.slice(0, terminal.columns - 1)}`);
      this.#isLive = true;
    } else if (performance.now() - this.#saidAtMs > SAY_EVERY_MS) {
      this.#saidAtMs = performance.now();
      this.line(text);
    }
  }

  #clear(): void {
    this.progress.end();
    if (this.#isLive) this.#io.err(CLEAR_LINE);
    this.#isLive = false;
  }
}
