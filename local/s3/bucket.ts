// A bucket: under each key its versions in the order they were written, and the rules of versioning.
import {
  type DeleteMarker,
  NULL_VERSION,
  type ObjectContent,
  type ObjectVersion,
  type Version,
} from './object-version.ts';
import type { OpaqueIds } from './opaque-ids.ts';
import { SortedKeys } from './sorted-keys.ts';
import { Uploads } from './uploads.ts';
import { Versioning, type VersioningStatus } from './versioning.ts';
import type { XmlElement } from './xml-reader.ts';

/** Settings of a bucket that are kept as they were put. */
export type KeptSetting = 'Replication' | 'Encryption' | 'NotificationConfiguration';

export interface BucketOptions {
  readonly name: string;
  readonly createdMs: number;
  readonly ids: OpaqueIds;
  readonly hasObjectLock: boolean;
  /** Effective at once. */
  readonly versioning?: VersioningStatus;
}

export class Bucket {
  readonly name: string;
  readonly createdMs: number;
  readonly hasObjectLock: boolean;
  readonly versioning: Versioning;
  readonly uploads: Uploads;
  /** As it was put; the rules never act here. */
  lifecycle: XmlElement | undefined;
  /** As they were put; nothing here acts by them. */
  readonly settings = new Map<KeptSetting, XmlElement>();
  readonly #ids: OpaqueIds;
  readonly #keys = new SortedKeys();
  /** Oldest first, never empty. */
  readonly #versions = new Map<string, Version[]>();

  constructor({ name, createdMs, ids, hasObjectLock, versioning }: BucketOptions) {
    this.name = name;
    this.createdMs = createdMs;
    this.hasObjectLock = hasObjectLock;
    this.versioning = new Versioning(hasObjectLock ? 'Enabled' : versioning);
    this.uploads = new Uploads(ids);
    this.#ids = ids;
  }

  get isEmpty(): boolean {
    return this.#versions.size === 0;
  }

  /** All keys with at least one version or marker. */
  get keys(): SortedKeys {
    return this.#keys;
  }

  /** Oldest first. */
  versionsOf(key: string): readonly Version[] {
    return this.#versions.get(key) ?? [];
  }

  current(key: string): Version | undefined {
    return this.#versions.get(key)?.at(-1);
  }

  find(key: string, versionId: string): Version | undefined {
    // The newest are asked for most, by listings and by whoever deletes what a listing gave.
    return this.#versions.get(key)?.findLast((version) => version.id === versionId);
  }

  /** False for an id that S3 calls invalid rather than gone. */
  isVersionId(versionId: string): boolean {
    return versionId === NULL_VERSION || this.#ids.sequenceOf(versionId) !== undefined;
  }

  /** Where in the order of writes a version stands, or stood; undefined for a null version that is gone. */
  sequenceOf(key: string, versionId: string): number | undefined {
    return versionId === NULL_VERSION ? this.find(key, versionId)?.sequence : this.#ids.sequenceOf(versionId);
  }

  write(key: string, content: ObjectContent, nowMs: number, lastModifiedMs = nowMs): ObjectVersion {
    const version: ObjectVersion = { ...content, ...this.#nextId(key, nowMs), lastModifiedMs, isMarker: false };
    this.#append(key, version);
    return version;
  }

  /** A delete that names no version. Returns the marker it left, if versioning makes it leave one. */
  hide(key: string, nowMs: number): DeleteMarker | undefined {
    if (this.versioning.effectiveAt(nowMs) === undefined) {
      this.remove(key, NULL_VERSION);
      return undefined;
    }
    const marker: DeleteMarker = { ...this.#nextId(key, nowMs), lastModifiedMs: nowMs, isMarker: true };
    this.#append(key, marker);
    return marker;
  }

  /** Permanently. Returns what was there. */
  remove(key: string, versionId: string): Version | undefined {
    const versions = this.#versions.get(key);
    const index = versions?.findLastIndex((version) => version.id === versionId) ?? -1;
    if (!versions || index < 0) return undefined;
    const [removed] = versions.splice(index, 1);
    if (versions.length === 0) {
      this.#versions.delete(key);
      this.#keys.remove(key);
    }
    return removed;
  }

  #nextId(key: string, nowMs: number): { readonly id: string; readonly sequence: number } {
    const { id, sequence } = this.#ids.issue();
    if (this.versioning.effectiveAt(nowMs) === 'Enabled') return { id, sequence };
    this.remove(key, NULL_VERSION);
    return { id: NULL_VERSION, sequence };
  }

  #append(key: string, version: Version): void {
    const versions = this.#versions.get(key);
    if (versions) {
      versions.push(version);
      return;
    }
    this.#versions.set(key, [version]);
    this.#keys.insert(key);
  }
}
