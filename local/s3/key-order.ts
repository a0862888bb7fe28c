// The order of keys: by their UTF-8 bytes, which is the order of code points and not that of JavaScript strings.

/** Negative when `a` lies before `b`. Both must be well-formed strings. */
export function compareKeys(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** UTF-16 has the surrogates (code points above U+FFFF) before U+E000–U+FFFF; in UTF-8 they come after. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
