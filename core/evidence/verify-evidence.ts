// Checks the evidence of a run offline: its sums and their signature, its digest, and that its files say the same.
import { type Decision, decision as decisionSchema } from '../../contracts/approval.ts';
import { type Plan, plan as planSchema } from '../../contracts/plan.ts';
import {
  EVIDENCE_FILES,
  type EvidenceFile,
  type Report,
  report as reportSchema,
  SIGNATURE_FILES,
} from '../../contracts/report.ts';
import { check, type Problem, showPath } from '../../contracts/strict.ts';
import { canonicalJson, planDigestOf, sha256Hex } from './digest.ts';
import { fingerprintOf, isSignedBy } from './signature.ts';

export interface Finding {
  readonly file: string;
  /** A sentence without the file's name. */
  readonly what: string;
}

export interface Verified {
  /** Null where report.json cannot be read. */
  readonly report: Report | null;
  /** Empty: the evidence holds. */
  readonly findings: readonly Finding[];
  /** SHA-256 of the key that signed the sums; null where it is not signed, or not by that key. */
  readonly signedBy: string | null;
  /** Files that no sum is known of: they prove nothing. */
  readonly extra: readonly string[];
}

const SUMS: EvidenceFile = 'SHA256SUMS';
const LISTED = EVIDENCE_FILES.filter((file) => file !== SUMS);

/**
 * @param files every file of the folder, by its name
 * @param trustedKey as PEM: who can change files can sign them anew with a key of his own. @default the key beside them
 */
export function verifyEvidence(files: ReadonlyMap<string, Uint8Array>, trustedKey?: string): Verified {
  const reader = new Reader(files);
  const sums = checkSums(files, reader);
  const signedBy = checkSignature(files, trustedKey, reader);
  const request = reader.json('request.json');
  const report = asReport(reader.json('report.json'), reader);
  const plan = asPlan(reader.json('plan.json'), reader);
  const decisions = asDecisions(reader);
  if (request === undefined) reader.mustBeThere('request.json');
  if (report) {
    if (plan !== undefined) checkPlan(plan, report, reader);
    if (decisions) checkDecisions(decisions, report, reader);
  }
  const known: readonly string[] = [SUMS, ...SIGNATURE_FILES, ...sums.keys()];
  const extra = [...files.keys()].filter((file) => !known.includes(file)).sort();
  return { report: report ?? null, findings: reader.findings, signedBy, extra };
}

/** Reads files as what they are to be, and collects what is wrong with them, each fault once. */
class Reader {
  readonly findings: Finding[] = [];
  readonly #files: ReadonlyMap<string, Uint8Array>;

  constructor(files: ReadonlyMap<string, Uint8Array>) {
    this.#files = files;
  }

  find(file: string, what: string): void {
    if (!this.findings.some((known) => known.file === file && known.what === what)) this.findings.push({ file, what });
  }

  refuse(file: string, kind: string, { path, message }: Problem): void {
    this.find(file, `is no ${kind}: ${path.length === 0 ? 'it' : showPath(path)} ${message}`);
  }

  mustBeThere(file: string): void {
    if (!this.#files.has(file)) this.find(file, 'is missing');
  }

  /** @returns undefined where it is missing or no text */
  text(file: EvidenceFile): string | undefined {
    this.mustBeThere(file);
    const bytes = this.#files.get(file);
    if (!bytes) return undefined;
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      this.find(file, 'is no UTF-8 text');
      return undefined;
    }
  }

  /** @returns undefined where it is missing or no JSON */
  json(file: EvidenceFile): unknown {
    const text = this.text(file);
    return text === undefined ? undefined : this.parse(file, text);
  }

  parse(file: EvidenceFile, text: string, where = ''): unknown {
    try {
      return JSON.parse(text);
    } catch {
      this.find(file, `is no JSON${where}`);
      return undefined;
    }
  }
}

/** @returns the files that are listed */
function checkSums(files: ReadonlyMap<string, Uint8Array>, reader: Reader): Map<string, string> {
  const sums = new Map<string, string>();
  const text = reader.text(SUMS);
  if (text === undefined) return sums;
  for (const [at, line] of text.split('\n').entries()) {
    if (line === '' && at > 0) continue;
    const [, sum = '', file = ''] = /^([0-9a-f]{64}) {2}([^/\\]+)$/.exec(line) ?? [];
    if (file === '' || sums.has(file)) reader.find(SUMS, `has an unusable line ${at + 1}`);
    else sums.set(file, sum);
  }
  for (const file of LISTED) if (!sums.has(file)) reader.find(SUMS, `does not list ${file}`);
  for (const [file, sum] of sums) {
    reader.mustBeThere(file);
    const bytes = files.get(file);
    if (bytes && sha256Hex(bytes) !== sum) reader.find(file, `has SHA-256 ${sha256Hex(bytes)}, but ${sum} is listed`);
  }
  return sums;
}

/** Without signature and key it is not signed, which is said; with one of them, or a key to trust, both must be there. */
function checkSignature(files: ReadonlyMap<string, Uint8Array>, trustedKey: string | undefined, reader: Reader) {
  const [signatureFile, keyFile] = SIGNATURE_FILES;
  const [signature, keyBytes, sums] = [files.get(signatureFile), files.get(keyFile), files.get(SUMS)];
  if (!signature && !keyBytes && trustedKey === undefined) return null;
  for (const file of SIGNATURE_FILES) reader.mustBeThere(file);
  if (!signature || !keyBytes || !sums) return null;
  const key = new TextDecoder().decode(keyBytes);
  const fingerprint = fingerprintOf(key);
  if (fingerprint === undefined) reader.find(keyFile, 'is no public key');
  else if (trustedKey !== undefined && fingerprintOf(trustedKey) !== fingerprint)
    reader.find(keyFile, `is another key (SHA-256 ${fingerprint}) than the one to trust`);
  else if (isSignedBy(key, sums, signature)) return fingerprint;
  else reader.find(signatureFile, `is no signature of ${SUMS} by ${keyFile}`);
  return null;
}

function asReport(value: unknown, reader: Reader): Report | undefined {
  if (value === undefined) return undefined;
  const checked = check(reportSchema, value);
  if (checked.isValid) return checked.value;
  reader.refuse('report.json', 'report', checked.problems[0]);
  return undefined;
}

/** @returns the value as it stands in the file, because that is what the digest is of; null: refused before planning */
function asPlan(value: unknown, reader: Reader): Plan | null | undefined {
  if (value === undefined || value === null) return value;
  const checked = check(planSchema, value);
  if (checked.isValid) return value as Plan;
  reader.refuse('plan.json', 'plan', checked.problems[0]);
  return undefined;
}

function asDecisions(reader: Reader): Decision[] | undefined {
  const file = 'decisions.jsonl';
  const text = reader.text(file);
  if (text === undefined) return undefined;
  const lines = text.split('\n').filter((line, at, all) => line !== '' || at < all.length - 1);
  const decisions = lines.map((line, at) => {
    const value = reader.parse(file, line, ` in line ${at + 1}`);
    const parsed = decisionSchema.safeParse(value);
    if (value !== undefined && !parsed.success) reader.find(file, `has no decision in line ${at + 1}`);
    return parsed.data;
  });
  return decisions.every((decision) => decision !== undefined) ? decisions : undefined;
}

/** A plan that was never sealed has a digest of its own, which nobody was asked about: the report then has none. */
function checkPlan(plan: Plan | null, report: Report, reader: Reader): void {
  if (plan === null) {
    if (report.planDigest !== null)
      reader.find('plan.json', `is null, but report.json has planDigest ${report.planDigest}`);
    return;
  }
  const digest = planDigestOf(plan);
  if (digest !== plan.planDigest) {
    reader.find('plan.json', `has planDigest ${plan.planDigest}, but its content has ${digest}`);
  }
  const expected = plan.sealedAt === null ? null : digest;
  if (report.planDigest !== expected) {
    reader.find('report.json', `has planDigest ${report.planDigest}, but plan.json has ${expected}`);
  }
  for (const key of ['runId', 'executionArn'] as const) {
    if (report[key] !== plan[key]) reader.find('report.json', `is of ${key} ${report[key]}, plan.json of ${plan[key]}`);
  }
}

function checkDecisions(decisions: readonly Decision[], report: Report, reader: Reader): void {
  if (canonicalJson(decisions) !== canonicalJson(report.decisions)) {
    reader.find('decisions.jsonl', 'has other decisions than report.json');
  }
  for (const [at, { planDigest }] of decisions.entries()) {
    if (planDigest === report.planDigest) continue;
    reader.find('decisions.jsonl', `line ${at + 1} is for plan ${planDigest}, but the run's is ${report.planDigest}`);
  }
}
