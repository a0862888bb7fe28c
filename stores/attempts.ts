// Repeating requests whose answers were lost or refused for load: what every store shares.

const MAX_ATTEMPTS = 10;
/** 25 + 50 + … + 6,400 ms: about 13 s in all. */
const BACKOFF_MS = 25;

/** For reads, which may be repeated at will. @throws the last failure */
export async function repeatUntilAnswered<T>(
  read: () => Promise<T>,
  isWorthAnother: (error: unknown) => boolean,
  sleep: (ms: number) => Promise<void>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (attempt >= MAX_ATTEMPTS || !isWorthAnother(error)) throw error;
      await sleep(BACKOFF_MS * 2 ** (attempt - 1));
    }
  }
}

/** Errors of the SDK itself, before a request is sent: another attempt fails the same way. */
const OWN_ERRORS = new Set(['CredentialsProviderError', 'TypeError', 'RangeError']);

/** No answer, one that cannot be read, or a 5xx: the request may have had its effect or not. */
export function isUnansweredBy(error: Error): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  if (status === undefined) return !OWN_ERRORS.has(error.name);
  // A success that the SDK could not read was cut on its way.
  return status < 300 || status >= 500 || error.name === 'SyntaxError';
}
