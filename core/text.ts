// Numbers, sizes and durations as people read them.

export function showCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** `1 item`, `1,234 items` */
export function showCounted(count: number, one: string, many = `${one}s`): string {
  return `${showCount(count)} ${count === 1 ? one : many}`;
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** Powers of 1,024, as AWS bills them: `532 B`, `4.1 MB`. */
export function showBytes(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (Number(size.toFixed(1)) >= 1_024 && unit < UNITS.length - 1) {
    size /= 1_024;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit]}`;
}

/** The two largest parts: `2 h 5 min`, `45 s`. */
export function showDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3_600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** `2026-11-20 17:24:05 UTC` */
export function showInstant(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}

/** `about $1.20`, `less than $0.01` */
export function showDollars(usd: number): string {
  return usd < 0.005 ? 'less than $0.01' : `about $${usd.toFixed(2)}`;
}
