// A process that synthesizes one application after the other, warm after the first: catalog and stack in, cloud assembly out.
import { cpSync } from 'node:fs';
import { Synthesized } from '../support/synthesized.ts';

export interface SynthOrder {
  readonly context: Readonly<Record<string, string>>;
  /** Where the cloud assembly goes. */
  readonly outdir: string;
}

export type SynthAnswer = { readonly isDone: true } | { readonly isDone: false; readonly problem: string };

process.on('message', ({ context, outdir }: SynthOrder) => {
  process.send?.(synthesize(context, outdir));
});
// Whoever forked this process is gone.
process.on('disconnect', () => process.exit());

function synthesize(context: SynthOrder['context'], outdir: string): SynthAnswer {
  try {
    const synthesized = new Synthesized(context);
    cpSync(synthesized.folder, outdir, { recursive: true });
    synthesized.close();
    return { isDone: true };
  } catch (error) {
    return { isDone: false, problem: error instanceof Error ? error.message : String(error) };
  }
}
