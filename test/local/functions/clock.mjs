// Reads the time in every way there is, the module's own load time included, then waits on a real timer.
const loadedAtMs = Date.now();

export async function handler({ waitMs = 0 }) {
  const now = Date.now();
  const realBeforeMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, waitMs));
  return {
    loadedAtMs,
    now,
    newDate: Date.parse(new Date().toISOString()),
    text: Date.parse(Date()),
    fromValue: new Date(2001, 1, 3).getFullYear(),
    isDate: new Date() instanceof Date && new Date().constructor === Date,
    waitedMs: performance.now() - realBeforeMs,
    serviceWaitedMs: Date.now() - now,
  };
}
