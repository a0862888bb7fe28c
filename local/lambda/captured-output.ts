// Sends what a thread writes to stdout and stderr to its host, line by line and at once.

/**
 * The streams Node gives to threads hand over a chunk only after the host has taken the one before, so lines would be
 * missing when the thread is frozen, or terminated in a loop. Not seen: writes to the file descriptors 1 and 2.
 */
export function captureOutput(onLine: (line: string) => void): void {
  capture(process.stdout, onLine);
  capture(process.stderr, onLine);
}

function capture(stream: NodeJS.WriteStream, onLine: (line: string) => void): void {
  let partial = '';
  const write = (chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean => {
    const lines = (partial + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())).split('\n');
    partial = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    const callback = typeof encoding === 'function' ? encoding : done;
    if (typeof callback === 'function') process.nextTick(callback);
    return true;
  };
  // Its overloads allow the arguments that `write` tells apart.
  stream.write = write as typeof stream.write;
  process.on('exit', () => {
    if (partial !== '') onLine(partial);
  });
}
