// Signatures of evidence, checked with the public key alone.
import { createHash, createPublicKey, verify } from 'node:crypto';

/** @returns false also for what is no key and no signature */
export function isSignedBy(publicKey: string, signed: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify('sha256', signed, publicKey, signature);
  } catch {
    return false;
  }
}

/** SHA-256 of the key itself, however it is written: what `openssl pkey -pubin -outform der | sha256sum` says. */
export function fingerprintOf(publicKey: string): string | undefined {
  try {
    const der = createPublicKey(publicKey).export({ type: 'spki', format: 'der' });
    return createHash('sha256').update(der).digest('hex');
  } catch {
    return undefined;
  }
}
