// Fails as often as it is told, remembering by request id in a file; the events are retried in other invocations.
import { appendFileSync, readFileSync } from 'node:fs';

export async function handler({ file, failures }, { awsRequestId }) {
  appendFileSync(file, `${JSON.stringify({ awsRequestId, at: Date.now() })}\n`);
  const attempts = readFileSync(file, 'utf8').trim().split('\n').length;
  if (attempts <= failures) throw new Error(`attempt ${attempts} fails`);
}
