// Returns while it still has a file to write.
import { writeFileSync } from 'node:fs';

export async function handler({ file, afterMs }) {
  if (file) setTimeout(() => writeFileSync(file, 'written'), afterMs);
}
