// `lethe evidence verify D`: checks a folder of evidence offline.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Verified, verifyEvidence } from '../../core/evidence/verify-evidence.ts';
import { showCounted } from '../../core/text.ts';
import { EXIT } from '../exit-code.ts';
import type { Flags } from '../flags.ts';
import { type Io, note, say, sayJson } from '../io.ts';
import { unreadable } from '../usage-error.ts';

/** @throws UsageError */
export async function evidenceVerify(folder: string, { json: isJson }: Flags, io: Io): Promise<number> {
  const { report, findings, extra } = await verifyFolder(folder);
  const isHeld = findings.length === 0;
  note(io, extra.map(extraNotice));
  if (isJson) {
    const { runId = null, outcome = null, planDigest = null } = report ?? {};
    sayJson(io, { ok: isHeld, folder, runId, outcome, planDigest, findings, extra });
  } else if (isHeld) {
    const digest = report?.planDigest == null ? 'no plan was sealed' : `plan ${report.planDigest}`;
    say(io, [`The evidence of run ${report?.runId} holds: every file as listed, ${digest}.`]);
  } else {
    say(io, findingLines(findings));
  }
  return isHeld ? EXIT.held : EXIT.failed;
}

/** @throws UsageError */
export async function verifyFolder(folder: string): Promise<Verified> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: Error) => {
    throw unreadable('The folder', folder, error);
  });
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const read = await Promise.all(files.map(async (name) => [name, await readFile(join(folder, name))] as const));
  const verified = verifyEvidence(new Map(read));
  const others = entries.filter((entry) => !entry.isFile()).map(({ name }) => name);
  return { ...verified, extra: [...verified.extra, ...others].sort() };
}

export function findingLines(findings: Verified['findings']): string[] {
  const lines = findings.map(({ file, what }) => `${file} ${what}`);
  return [...lines, `The evidence does not hold: ${showCounted(findings.length, 'finding')}.`];
}

function extraNotice(file: string): string {
  return `${file} is not listed in SHA256SUMS: it proves nothing`;
}
