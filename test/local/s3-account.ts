// S3 behind the front door for one test: an SDK client, and requests that no SDK would send.
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import {
  DeleteObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type ObjectIdentifier,
  S3Client,
} from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import { makeS3, type S3 } from '../../local/s3/s3.ts';
import { type Account, makeAccount } from './account.ts';

export interface S3Account extends Account {
  readonly s3: S3;
  readonly client: S3Client;
  readonly endpoint: string;
  /** Sends a request as it is given, with a credential and nothing else added. */
  raw(method: string, path: string, given?: RawRequest): Promise<RawAnswer>;
}

interface RawRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const CREDENTIAL = 'AWS4-HMAC-SHA256 Credential=AKIDOUTSIDE/20310506/eu-west-1/s3/aws4_request';

export async function openS3(options: { readonly clockSpeed?: number } = {}): Promise<S3Account> {
  const account = makeAccount(options);
  const s3 = makeS3(account);
  const configuration = await account.serve(s3.service);
  const client = new S3Client({ ...configuration, forcePathStyle: true });
  onTestFinished(() => {
    client.destroy();
    s3.close();
  });
  const { endpoint } = configuration;
  return {
    ...account,
    s3,
    client,
    endpoint,
    raw: (method, path, { headers = {}, body } = {}) =>
      sendRaw(`${endpoint}${path}`, method, { authorization: CREDENTIAL, ...headers }, body),
  };
}

/** A bucket in which every key holds itself, written in order. */
export async function openBucketOf(bucket: string, keys: Iterable<string>, versioning?: 'Enabled'): Promise<S3Account> {
  const account = await openS3();
  account.s3.createBucket(bucket, versioning && { versioning });
  for (const key of keys) account.s3.putObject(bucket, key, key);
  return account;
}

async function sendRaw(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer = '',
): Promise<RawAnswer> {
  const { origin } = new URL(url);
  const { hostname, port } = new URL(origin);
  // The path as it is given: a URL object would resolve `..` in it.
  const path = url.slice(origin.length);
  const outgoing = request({ hostname, port, path, method, headers: { ...headers }, agent: false });
  outgoing.end(body);
  const [answer] = await once(outgoing, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString() };
}

/** Pages of keys and groups, each in the order of the answer, until no token is left. */
export async function listPages(client: S3Client, input: ListObjectsV2CommandInput): Promise<readonly string[][]> {
  const pages: string[][] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ ...input, ContinuationToken }));
    const keys = (page.Contents ?? []).map(({ Key }) => Key ?? '');
    const groups = (page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix ?? '');
    pages.push([...keys, ...groups]);
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return pages;
}

export interface ListedVersion {
  readonly key: string;
  readonly versionId: string;
  readonly isMarker: boolean;
  readonly isLatest: boolean;
}

export interface VersionPage {
  /** Versions first, then markers, as the SDK sorts them. */
  readonly versions: readonly ListedVersion[];
  readonly groups: readonly string[];
}

type VersionInput = Omit<ListObjectVersionsCommandInput, 'KeyMarker' | 'VersionIdMarker'>;

/** Lets the caller do something between two pages. */
export async function* versionPages(client: S3Client, input: VersionInput): AsyncGenerator<VersionPage> {
  let marker = {};
  for (;;) {
    const page = await client.send(new ListObjectVersionsCommand({ ...input, ...marker }));
    const entries = [
      ...(page.Versions ?? []).map((version) => ({ ...version, isMarker: false })),
      ...(page.DeleteMarkers ?? []).map((version) => ({ ...version, isMarker: true })),
    ];
    yield {
      versions: entries.map(({ Key = '', VersionId = '', IsLatest = false, isMarker }) => ({
        key: Key,
        versionId: VersionId,
        isLatest: IsLatest,
        isMarker,
      })),
      groups: (page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix ?? ''),
    };
    if (page.IsTruncated !== true) return;
    marker = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
}

export async function listVersions(client: S3Client, input: VersionInput): Promise<readonly ListedVersion[]> {
  const all: ListedVersion[] = [];
  for await (const { versions } of versionPages(client, input)) all.push(...versions);
  return all;
}

export function deleteAll(client: S3Client, Bucket: string, Objects: ObjectIdentifier[]) {
  return client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
}

/** What a rejected SDK call must show. */
export function awsError(name: string, httpStatusCode: number): object {
  return { name, $metadata: { httpStatusCode } };
}
