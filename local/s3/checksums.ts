// The checksums of S3 that can be verified here, and how they are written.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { invalidRequest, S3Error } from './errors.ts';

/** Those of the others (CRC64NVME, XXHASH, SHA512, MD5) that a request names are answered 501. */
const DIGESTS = {
  CRC32: (bytes: Uint8Array) => uint32(crc32(bytes)),
  CRC32C: (bytes: Uint8Array) => uint32(crc32c(bytes)),
  SHA1: (bytes: Uint8Array) => createHash('sha1').update(bytes).digest(),
  SHA256: (bytes: Uint8Array) => createHash('sha256').update(bytes).digest(),
} as const;

export type ChecksumAlgorithm = keyof typeof DIGESTS;

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; of the parts' checksums and followed by their number when composite. */
  readonly value: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
}

export const CHECKSUM_ALGORITHMS = Object.keys(DIGESTS) as readonly ChecksumAlgorithm[];

export function algorithmNamed(name: string): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === name);
}

export function headerOf(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

export const CHECKSUM_HEADERS = CHECKSUM_ALGORITHMS.map(headerOf);

export function digest(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Buffer {
  return DIGESTS[algorithm](bytes);
}

export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Checksum {
  return { algorithm, value: digest(algorithm, bytes).toString('base64'), type: 'FULL_OBJECT' };
}

/** @throws InvalidRequest for a value that cannot be one, BadDigest for one that is not that of the bytes */
export function verifyChecksum(algorithm: ChecksumAlgorithm, value: string, bytes: Uint8Array): Checksum {
  const expected = checksumOf(algorithm, bytes);
  if (value === expected.value) return expected;
  const given = Buffer.from(value, 'base64');
  const isWellFormed = given.toString('base64') === value && value.length === expected.value.length;
  if (!isWellFormed) throw invalidRequest(`Value for ${headerOf(algorithm)} header is invalid.`);
  throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`, 400);
}

export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  if (!checksum) return {};
  return { [headerOf(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The Castagnoli polynomial, bits reversed. */
const POLYNOMIAL = 0x82f63b78;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value;
});

function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}
