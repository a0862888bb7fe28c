// One DeleteObjects call, and what it says of each key.
import { type DeletedObject, DeleteObjectsCommand, type ObjectIdentifier, type S3Client } from '@aws-sdk/client-s3';
import { isThrottle, isThrottleCode, isUnanswered, isUnknownCode } from './attempts.ts';

/** DeleteObjects takes at most 1,000 keys (S3 API reference). */
export const MAX_KEYS = 1_000;

export type Answer =
  | { readonly is: 'deleted'; readonly markerVersionId: string | null }
  | { readonly is: 'throttled' | 'unknown' }
  | { readonly is: 'refused'; readonly code: string };

export interface Identifier {
  readonly key: string;
  readonly versionId?: string;
}

/**
 * @param isQuiet answers of success are left out: only refusals come back
 * @returns an answer for each, in order
 */
export async function multiDelete(
  client: S3Client,
  bucket: string,
  identifiers: readonly Identifier[],
  isQuiet: boolean,
): Promise<Answer[]> {
  const Objects = identifiers.map(
    ({ key, versionId }): ObjectIdentifier => ({
      Key: key,
      ...(versionId !== undefined && { VersionId: versionId }),
    }),
  );
  try {
    const command = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: isQuiet } });
    const { Deleted = [], Errors = [] } = await client.send(requireBody(command));
    const name = (key = '', versionId = '') => `${versionId}\n${key}`;
    const deleted = new Map(Deleted.map((one) => [name(one.Key, one.VersionId), one]));
    const refused = new Map(Errors.map((one) => [name(one.Key, one.VersionId), one.Code ?? 'Unknown']));
    return identifiers.map(({ key, versionId }) => {
      const code = refused.get(name(key, versionId));
      if (code !== undefined) return answerOf(code);
      const one = deleted.get(name(key, versionId));
      return one || isQuiet ? { is: 'deleted', markerVersionId: markerOf(one) } : { is: 'unknown' };
    });
  } catch (error) {
    const answer = answerOfFailure(error);
    return identifiers.map(() => answer);
  }
}

/** The SDK takes an empty body for a document without refusals, which in a quiet answer would mean that all went well. */
function requireBody(command: DeleteObjectsCommand): DeleteObjectsCommand {
  command.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      const { headers } = answer.response as { readonly headers?: Readonly<Record<string, string>> };
      if (headers?.['content-length'] === '0') throw new Error('DeleteObjects was answered with nothing');
      return answer;
    },
    { step: 'deserialize', priority: 'high', name: 'requireBody' },
  );
  return command;
}

export function answerOfFailure(error: unknown): Answer {
  if (isThrottle(error)) return { is: 'throttled' };
  if (isUnanswered(error)) return { is: 'unknown' };
  return { is: 'refused', code: error instanceof Error ? error.name : 'Unknown' };
}

function answerOf(code: string): Answer {
  if (isThrottleCode(code)) return { is: 'throttled' };
  return isUnknownCode(code) ? { is: 'unknown' } : { is: 'refused', code };
}

function markerOf(deleted: DeletedObject | undefined): string | null {
  return deleted?.DeleteMarker === true ? (deleted.DeleteMarkerVersionId ?? null) : null;
}
