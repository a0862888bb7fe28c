// The work and evidence buckets: files written once, read by version.
import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  NoSuchKey,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';

export interface StoredFile {
  readonly body: string;
  readonly versionId: string;
}

export class Objects {
  readonly bucket: string;
  readonly #client: S3Client;

  constructor(client: S3Client, bucket: string) {
    this.bucket = bucket;
    this.#client = client;
  }

  /**
   * Writes a file that must not exist yet.
   * @returns its version id, or what stands there instead
   */
  async writeOnce(
    key: string,
    body: string | Uint8Array,
    contentType: string,
  ): Promise<{ readonly versionId: string } | { readonly standing: StoredFile }> {
    try {
      const { VersionId } = await this.#client.send(
        new PutObjectCommand({ ...this.#put(key, body, contentType), IfNoneMatch: '*' }),
      );
      return { versionId: VersionId ?? 'null' };
    } catch (error) {
      if (!(error instanceof S3ServiceException) || error.name !== 'PreconditionFailed') throw error;
      const standing = await this.read(key);
      if (!standing) throw error;
      return { standing };
    }
  }

  async write(key: string, body: string, contentType: string): Promise<void> {
    await this.#client.send(new PutObjectCommand(this.#put(key, body, contentType)));
  }

  /** @returns undefined: there is none, or that version is gone */
  async read(key: string, versionId?: string): Promise<StoredFile | undefined> {
    const found = await this.#get(key, versionId);
    return found && { body: (await found.Body?.transformToString('utf8')) ?? '', versionId: found.VersionId ?? 'null' };
  }

  /** As the bytes they are, for files that are checked or passed on. */
  async readBytes(key: string): Promise<Uint8Array | undefined> {
    const found = await this.#get(key);
    return found && ((await found.Body?.transformToByteArray()) ?? new Uint8Array());
  }

  async #get(key: string, versionId?: string): Promise<GetObjectCommandOutput | undefined> {
    try {
      const version = versionId !== undefined && { VersionId: versionId };
      return await this.#client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key, ...version }));
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      if (error instanceof S3ServiceException && error.name === 'NoSuchVersion') return undefined;
      throw error;
    }
  }

  /** The length is given because the SDK takes an empty text for a stream. */
  #put(Key: string, Body: string | Uint8Array, ContentType: string): PutObjectCommandInput {
    return { Bucket: this.bucket, Key, Body, ContentType, ContentLength: Buffer.byteLength(Body) };
  }
}

export const JSON_TYPE = 'application/json';
export const JSON_LINES_TYPE = 'application/jsonl';
