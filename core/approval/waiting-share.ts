// How much of its time an approval has waited already.

/** From 0 (just asked) to 1 (expired). */
export function waitingShare(askedAt: string, expiresAt: string, nowMs: number): number {
  const [fromMs, toMs] = [Date.parse(askedAt), Date.parse(expiresAt)];
  if (toMs <= fromMs) return 1;
  return Math.min(1, Math.max(0, (nowMs - fromMs) / (toMs - fromMs)));
}
