// Writes the evidence files, each once, SHA256SUMS last.
import { JSON_LINES_TYPE, JSON_TYPE, type Objects } from '../../adapters/objects.ts';
import { evidenceKey } from '../../contracts/files.ts';
import type { PlanBody } from '../../contracts/plan.ts';
import type { EvidenceFile, Report } from '../../contracts/report.ts';
import { canonicalJson, planDigestOf, sha256Hex } from '../../core/evidence/digest.ts';
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
export async function writeEvidence(bucket: Objects, { request, plan, report }: Evidence): Promise<void> {
  if ((await bucket.read(evidenceKey(report.runId, 'SHA256SUMS'))) !== undefined) return;
  const files: [EvidenceFile, string, string][] = [
    ['request.json', `${JSON.stringify(request ?? null)}\n`, JSON_TYPE],
    ['plan.json', `${canonicalJson(plan && { ...plan, planDigest: planDigestOf(plan) })}\n`, JSON_TYPE],
    ['decisions.jsonl', report.decisions.map((decision) => `${canonicalJson(decision)}\n`).join(''), JSON_LINES_TYPE],
    ['report.json', `${JSON.stringify(report, null, 2)}\n`, JSON_TYPE],
    ['report.html', reportPage(report, plan), 'text/html; charset=utf-8'],
  ];
  const sums = files.map(([name, body]) => `${sha256Hex(body)}  ${name}\n`).join('');
  for (const [name, body, type] of [...files, ['SHA256SUMS', sums, 'text/plain'] as const]) {
    const written = await bucket.writeOnce(evidenceKey(report.runId, name), body, type);
    if ('standing' in written && written.standing.body !== body) {
      throw new Error(
        `${name} of run ${report.runId} stands in the evidence with other bytes; it is never overwritten`,
      );
    }
  }
}
