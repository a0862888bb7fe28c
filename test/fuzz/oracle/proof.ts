// Laws of the evidence: complete, true to its sums and its digest, and saying what the execution said.
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { type Observed, planOf, reportOf } from './observed.ts';

const FILES = ['request.json', 'plan.json', 'decisions.jsonl', 'report.json', 'report.html'] as const;

export function checkEvidence(observed: Observed): string[] {
  const { evidence, posted, run } = observed;
  const missing = [...FILES, 'SHA256SUMS' as const].filter((file) => evidence[file] === null);
  if (missing.length > 0) return [`the evidence lacks ${missing.join(', ')}`];
  const report = reportOf(observed);
  const plan = planOf(observed);
  const decided = (report?.decisions ?? []).map(({ by, decision }) => `${by} ${decision}`);
  const recorded = posted.filter(({ status }) => status === 200).map(({ by, decision }) => `${by} ${decision}`);
  const lost = recorded.filter((one) => !decided.includes(one));
  const invented = decided.filter((one) => !posted.some(({ by, decision }) => one === `${by} ${decision}`));
  const lines = String(evidence['decisions.jsonl']).split('\n').filter(Boolean);
  return [
    ...checkSumFile(observed),
    ...(plan === null ? [] : checkDigest({ ...plan }, report?.planDigest ?? null)),
    ...lost.map((one) => `the decision ${one} was recorded, but the report does not have it`),
    ...invented.map((one) => `the report has the decision ${one}, which nobody made`),
    ...(lines.length === decided.length ? [] : ['decisions.jsonl and report.json tell different decisions']),
    ...(isSame(JSON.parse(String(evidence['request.json'])), run.request) ? [] : ['request.json is not the request']),
  ];
}

function checkSumFile({ evidence }: Observed): string[] {
  const lines = String(evidence.SHA256SUMS).split('\n').filter(Boolean);
  const expected = FILES.map((file) => `${sha256(evidence[file] ?? '')}  ${file}`);
  return isSame(lines.toSorted(), expected.toSorted()) ? [] : ['SHA256SUMS is not what the files add up to'];
}

function checkDigest({ planDigest, ...body }: Readonly<Record<string, unknown>>, reported: string | null): string[] {
  const digest = `sha256:${sha256(canonicalize(body) ?? '')}`;
  if (planDigest !== digest) return [`the plan's digest is ${planDigest}, but its bytes make ${digest}`];
  return reported === null || reported === digest ? [] : [`the report names the plan ${reported}, which is ${digest}`];
}

function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function isSame(a: unknown, b: unknown): boolean {
  return canonicalize(a) === canonicalize(b);
}
