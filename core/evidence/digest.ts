// Canonical JSON (RFC 8785) and digests: the same bytes for the same plan, for anybody who checks.
import { createHash, createHmac } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Plan, PlanBody } from '../../contracts/plan.ts';

export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('undefined has no canonical JSON');
  return text;
}

export function sha256Hex(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** `sha256:` and the digest of the plan's canonical JSON without its digest (interfaces.md, section 4). */
export function planDigestOf(body: PlanBody | Plan): string {
  const { planDigest: _, ...rest } = body as Plan;
  return `sha256:${sha256Hex(canonicalJson(rest))}`;
}

/** How a key appears in evidence: told apart from others, but not told. */
export function sampleHash(secret: string, key: string): string {
  return `hmac-sha256:${createHmac('sha256', secret).update(key).digest('hex')}`;
}
