// `lethe evidence verify D`: checks a folder of evidence offline.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fingerprintOf } from '../../core/evidence/signature.ts';
import { type Verified, verifyEvidence } from '../../core/evidence/verify-evidence.ts';
import { showCounted } from '../../core/text.ts';
import { EXIT } from '../exit-code.ts';
import type { Flags } from '../flags.ts';
import { type Io, note, say, sayJson } from '../io.ts';
import { UsageError, unreadable } from '../usage-error.ts';

export interface VerifyFlags extends Flags {
  readonly publicKey?: string;
}

/** @throws UsageError */
export async function evidenceVerify(folder: string, flags: VerifyFlags, io: Io): Promise<number> {
  const { json: isJson, publicKey } = flags;
  const trusted = publicKey === undefined ? undefined : await readKey(publicKey);
  const { report, findings, signedBy, extra } = await verifyFolder(folder, trusted);
  const isHeld = findings.length === 0;
  note(io, extra.map(extraNotice));
  if (isJson) {
    const { runId = null, outcome = null, planDigest = null } = report ?? {};
    sayJson(io, { ok: isHeld, folder, runId, outcome, planDigest, signedBy, findings, extra });
  } else if (isHeld) {
    const digest = report?.planDigest == null ? 'no plan was sealed' : `plan ${report.planDigest}`;
    say(io, [
      `The evidence of run ${report?.runId} holds: every file as listed, ${digest}.`,
      signatureLine(signedBy, trusted !== undefined),
    ]);
  } else {
    say(io, findingLines(findings));
  }
  return isHeld ? EXIT.held : EXIT.failed;
}

/** @throws UsageError */
export async function verifyFolder(folder: string, trustedKey?: string): Promise<Verified> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: Error) => {
    throw unreadable('The folder', folder, error);
  });
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  const read = await Promise.all(files.map(async (name) => [name, await readFile(join(folder, name))] as const));
  const verified = verifyEvidence(new Map(read), trustedKey);
  const others = entries.filter((entry) => !entry.isFile()).map(({ name }) => name);
  return { ...verified, extra: [...verified.extra, ...others].sort() };
}

export function findingLines(findings: Verified['findings']): string[] {
  const lines = findings.map(({ file, what }) => `${file} ${what}`);
  return [...lines, `The evidence does not hold: ${showCounted(findings.length, 'finding')}.`];
}

function signatureLine(signedBy: string | null, isTrusted: boolean): string {
  if (signedBy === null) return 'It is not signed: whoever could write the files could write their sums too.';
  if (isTrusted) return `Signed by the key to trust, SHA-256 ${signedBy}.`;
  return `Signed by a key with SHA-256 ${signedBy}; compare it with the deployment's, or give that with --public-key.`;
}

/** @throws UsageError */
async function readKey(file: string): Promise<string> {
  const key = await readFile(file, 'utf8').catch((error: Error) => {
    throw unreadable('The public key', file, error);
  });
  if (fingerprintOf(key) !== undefined) return key;
  throw new UsageError({
    what: 'The file holds no public key.',
    received: file,
    allowed: 'a public key as PEM, such as the signing-key.pem of evidence that you trust',
    next: 'Get the key of the deployment; the README says how.',
  });
}

function extraNotice(file: string): string {
  return `${file} is not listed in SHA256SUMS: it proves nothing`;
}
