// What a bucket keeps under a key: versions of the object, and markers that say it was deleted.
import type { Checksum } from './checksums.ts';

/** The version id of whatever was written while versioning was not enabled; at most one a key. */
export const NULL_VERSION = 'null';

interface Kept {
  readonly id: string;
  /** Place in the order of all writes. */
  readonly sequence: number;
  readonly lastModifiedMs: number;
}

export interface DeleteMarker extends Kept {
  readonly isMarker: true;
}

export interface ObjectVersion extends Kept, ObjectContent {
  readonly isMarker: false;
}

export type Version = DeleteMarker | ObjectVersion;

export interface ObjectContent {
  readonly body: Buffer;
  /** Without quotation marks. */
  readonly etag: string;
  readonly checksum?: Checksum;
  /** Content-Type and its kin, and x-amz-meta-*, as they came. */
  readonly headers: Readonly<Record<string, string>>;
  /** The one thing of a version that changes. */
  readonly lock: ObjectLock;
}

export interface Retention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly untilMs: number;
}

export interface ObjectLock {
  retention?: Retention | undefined;
  legalHold?: 'ON' | 'OFF' | undefined;
}
