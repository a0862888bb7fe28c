// Reads the items of a distributed map from an object of JSON lines, in the version that is asked for.
import { AwsError } from '../kernel/aws-error.ts';
import type { Json } from '../kernel/json-service.ts';
import type { ItemReader } from './asl.ts';
import { StatesError } from './errors.ts';
import { evaluateNumber, evaluateText, type Visit } from './visit.ts';

export interface ItemSource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
  readonly maxItems: number | undefined;
}

export async function sourceOfItems({ ReaderConfig, Arguments }: ItemReader, visit: Visit): Promise<ItemSource> {
  const field = (name: 'Bucket' | 'Key' | 'VersionId') => {
    const template = Arguments[name];
    return template === undefined ? undefined : evaluateText(visit, template, `ItemReader/Arguments/${name}`);
  };
  return {
    bucket: (await field('Bucket')) ?? '',
    key: (await field('Key')) ?? '',
    versionId: await field('VersionId'),
    maxItems: await evaluateNumber(visit, ReaderConfig.MaxItems, 'ItemReader/ReaderConfig/MaxItems', { min: 1 }),
  };
}

/** @throws StatesError States.ItemReaderFailed when there is no such object or version, or a line is not JSON */
export async function readItems({ bucket, key, versionId, maxItems }: ItemSource, visit: Visit): Promise<Json[]> {
  const body = await read(visit, bucket, key, versionId);
  const lines = Buffer.from(body).toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.slice(0, maxItems).map((line, index) => parse(line, `s3://${bucket}/${key}, line ${index + 1}`));
}

async function read({ frame }: Visit, bucket: string, key: string, versionId?: string): Promise<Uint8Array> {
  try {
    return await frame.host.objects.get(bucket, key, versionId);
  } catch (thrown) {
    if (!(thrown instanceof AwsError)) throw thrown;
    const { name, message, status } = thrown;
    const text = `${message} (Service: S3, Status Code: ${status}, Error Code: ${name}, s3://${bucket}/${key})`;
    throw new StatesError('States.ItemReaderFailed', text);
  }
}

function parse(line: string, where: string): Json {
  try {
    return JSON.parse(line);
  } catch (thrown) {
    throw new StatesError('States.ItemReaderFailed', `Not a JSON value in ${where}: ${(thrown as Error).message}`);
  }
}
