// A bucket's multipart uploads that were neither completed nor aborted.
import type { Checksum, ChecksumAlgorithm } from './checksums.ts';
import { noSuchUpload } from './errors.ts';
import type { ObjectContent } from './object-version.ts';
import type { OpaqueIds } from './opaque-ids.ts';
import { SortedKeys } from './sorted-keys.ts';

export interface Part {
  readonly number: number;
  readonly body: Buffer;
  readonly etag: string;
  readonly checksum?: Checksum;
  readonly lastModifiedMs: number;
}

export interface UploadPlan {
  readonly key: string;
  readonly initiatedMs: number;
  readonly headers: ObjectContent['headers'];
  readonly lock: ObjectContent['lock'];
  /** Of the object to be; its parts then carry checksums of the same algorithm. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: Checksum['type'] };
}

export interface Upload extends UploadPlan {
  readonly id: string;
  /** Place in the order of all writes. */
  readonly sequence: number;
  readonly parts: Map<number, Part>;
}

export class Uploads {
  readonly #ids: OpaqueIds;
  readonly #byId = new Map<string, Upload>();
  /** Oldest first, never empty. */
  readonly #byKey = new Map<string, Upload[]>();
  readonly #keys = new SortedKeys();

  constructor(ids: OpaqueIds) {
    this.#ids = ids;
  }

  get keys(): SortedKeys {
    return this.#keys;
  }

  /** Oldest first. */
  of(key: string): readonly Upload[] {
    return this.#byKey.get(key) ?? [];
  }

  begin(plan: UploadPlan): Upload {
    const upload: Upload = { ...plan, ...this.#ids.issue(), parts: new Map() };
    this.#byId.set(upload.id, upload);
    this.#byKey.set(plan.key, [...this.of(plan.key), upload]);
    this.#keys.insert(plan.key);
    return upload;
  }

  /** @throws NoSuchUpload */
  get(key: string, id: string): Upload {
    const upload = this.#byId.get(id);
    if (upload?.key !== key) throw noSuchUpload(id);
    return upload;
  }

  end({ id, key }: Upload): void {
    this.#byId.delete(id);
    const others = this.of(key).filter((upload) => upload.id !== id);
    if (others.length > 0) {
      this.#byKey.set(key, others);
      return;
    }
    this.#byKey.delete(key);
    this.#keys.remove(key);
  }

  /** Where in the order of writes an id stands, also when its upload has ended; undefined if it is of another key. */
  sequenceOf(id: string, key: string): number | undefined {
    const upload = this.#byId.get(id);
    return upload && upload.key !== key ? undefined : this.#ids.sequenceOf(id);
  }
}
