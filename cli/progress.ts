// Progress on stderr: one block that is written over on a terminal, elsewhere a line at each milestone.
import type { RunStatus } from '../adapters/run-status.ts';
import { asText, type Io, note } from './io.ts';
import { headline, shareOf, targetLines } from './show/status.ts';

/** A line at every tenth of a phase. */
const MILESTONES = 10;
const ESC = '\u001B';

export class Progress {
  readonly #io: Io;
  #drawn = 0;
  #milestone = '';

  constructor(io: Io) {
    this.#io = io;
  }

  show(status: RunStatus): void {
    if (this.#io.terminal) this.#draw([headline(status), ...(status.targets.length === 0 ? [] : targetLines(status))]);
    else this.#mark(status);
  }

  /** Lines that stay. */
  tell(lines: readonly string[]): void {
    this.end();
    note(this.#io, lines);
  }

  /** Takes the block away. */
  end(): void {
    if (this.#drawn > 0) this.#io.err(this.#back());
    this.#drawn = 0;
  }

  /** To where the block begins, clearing from there. */
  #back(): string {
    return this.#drawn === 0 ? '' : `${ESC}[${this.#drawn}A${ESC}[0J`;
  }

  /** No wider and no higher than the terminal, or lines would wrap and could not be written over. */
  #draw(lines: readonly string[]): void {
    const { columns, rows } = this.#io.terminal ?? { columns: 80, rows: 24 };
    const room = Math.max(1, rows - 2);
    const hidden = lines.length - room;
    const shown = hidden > 0 ? [...lines.slice(0, room - 1), `… and ${hidden + 1} more`] : lines;
    this.#io.err(`${this.#back()}${asText(shown.map((line) => line.slice(0, columns - 1)))}`);
    this.#drawn = shown.length;
  }

  #mark(status: RunStatus): void {
    const share = shareOf(status);
    const tenth = share === null ? 0 : Math.floor(share * MILESTONES);
    const milestone = `${status.phase} ${tenth} ${status.approval?.approved ?? 'nobody asked'}`;
    if (milestone === this.#milestone) return;
    this.#milestone = milestone;
    note(this.#io, [headline(status)]);
  }
}
