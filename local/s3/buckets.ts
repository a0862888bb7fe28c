// All buckets of the account.
import { Bucket } from './bucket.ts';
import { noSuchBucket, S3Error } from './errors.ts';
import { OpaqueIds } from './opaque-ids.ts';
import type { VersioningStatus } from './versioning.ts';

export interface NewBucket {
  readonly name: string;
  readonly createdMs: number;
  readonly hasObjectLock?: boolean;
  /** Effective at once. */
  readonly versioning?: VersioningStatus;
}

export class Buckets {
  readonly #byName = new Map<string, Bucket>();
  readonly #ids = new OpaqueIds();

  /** The name was checked before. @throws BucketAlreadyOwnedByYou */
  create({ hasObjectLock = false, ...options }: NewBucket): void {
    if (this.#byName.has(options.name)) {
      const message = 'Your previous request to create the named bucket succeeded and you already own it.';
      throw new S3Error('BucketAlreadyOwnedByYou', message, 409, { BucketName: options.name });
    }
    this.#byName.set(options.name, new Bucket({ ...options, hasObjectLock, ids: this.#ids }));
  }

  /** @throws NoSuchBucket */
  get(name: string): Bucket {
    const bucket = this.#byName.get(name);
    if (!bucket) throw noSuchBucket(name);
    return bucket;
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** By name. */
  all(): readonly Bucket[] {
    return [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws BucketNotEmpty while a single version or marker is left; unfinished uploads go with the bucket */
  delete(name: string): void {
    const bucket = this.get(name);
    if (!bucket.isEmpty) {
      const everything = bucket.versioning.status === undefined ? '' : '. You must delete all versions in the bucket.';
      const message = `The bucket you tried to delete is not empty${everything}`;
      throw new S3Error('BucketNotEmpty', message, 409, { BucketName: name });
    }
    this.#byName.delete(name);
  }

  clear(): void {
    this.#byName.clear();
  }
}
