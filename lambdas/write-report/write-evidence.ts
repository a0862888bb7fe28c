// Writes the evidence files, each once, and signs their sums; SHA256SUMS comes last.
import { JSON_LINES_TYPE, JSON_TYPE, type Objects } from '../../adapters/objects.ts';
import type { Signing } from '../../adapters/signing.ts';
import { evidenceKey } from '../../contracts/files.ts';
import type { PlanBody } from '../../contracts/plan.ts';
import type { EvidenceFile, Report, SignatureFile } from '../../contracts/report.ts';
import { canonicalJson, planDigestOf, sha256Hex } from '../../core/evidence/digest.ts';
import { isSignedBy } from '../../core/evidence/signature.ts';
import { reportPage } from '../../pages/report-page.ts';

export interface Evidence {
  readonly request: unknown;
  readonly plan: PlanBody | null;
  readonly report: Report;
}

/**
 * Nothing to do where SHA256SUMS stands: then all of it does.
 * @throws Error when another file stands where one is to be written: evidence is never changed
 */
export async function writeEvidence(
  bucket: Objects,
  signing: Signing,
  { request, plan, report }: Evidence,
): Promise<void> {
  if ((await bucket.read(evidenceKey(report.runId, 'SHA256SUMS'))) !== undefined) return;
  const files: [EvidenceFile, string, string][] = [
    ['request.json', `${JSON.stringify(request ?? null)}\n`, JSON_TYPE],
    ['plan.json', `${canonicalJson(plan && { ...plan, planDigest: planDigestOf(plan) })}\n`, JSON_TYPE],
    ['decisions.jsonl', report.decisions.map((decision) => `${canonicalJson(decision)}\n`).join(''), JSON_LINES_TYPE],
    ['report.json', `${JSON.stringify(report, null, 2)}\n`, JSON_TYPE],
    ['report.html', reportPage(report, plan), 'text/html; charset=utf-8'],
  ];
  const sums = files.map(([name, body]) => `${sha256Hex(body)}  ${name}\n`).join('');
  for (const [name, body, type] of files) await write(name, body, type);
  await sign();
  await write('SHA256SUMS', sums, 'text/plain');

  async function write(name: EvidenceFile | SignatureFile, body: string, type: string): Promise<void> {
    const key = evidenceKey(report.runId, name);
    const written = await bucket.writeOnce(key, body, type);
    if ('standing' in written && written.standing.body !== body) throw standsOtherwise(name, report);
  }

  /** A signature comes out different each time: one that stands is kept where it is of these sums. */
  async function sign(): Promise<void> {
    const publicKey = await signing.publicKey();
    await write('signing-key.pem', publicKey, 'application/x-pem-file');
    const key = evidenceKey(report.runId, 'SHA256SUMS.sig');
    const own = await signing.sign(sums);
    const written = await bucket.writeOnce(key, own, 'application/octet-stream');
    const signature = 'standing' in written ? await bucket.readBytes(key) : own;
    if (!signature || !isSignedBy(publicKey, Buffer.from(sums), signature))
      throw standsOtherwise('SHA256SUMS.sig', report);
  }
}

function standsOtherwise(name: string, { runId }: Report): Error {
  return new Error(`${name} of run ${runId} stands in the evidence with other bytes; it is never overwritten`);
}
