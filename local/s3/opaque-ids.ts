// Ids that look random and still carry their place in the order of writes, for versions and uploads.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-128-ecb';
const FORM = /^[0-9a-f]{32}$/;

/**
 * A listing goes on after an id even when what it named is gone, as on AWS, and an id that was never issued is known as
 * such. Both without remembering what was deleted: an id is one encrypted block, the sequence number and eight zeros.
 */
export class OpaqueIds {
  // Blocks are independent of one another in this mode, so one cipher serves for ever.
  readonly #key = randomBytes(16);
  readonly #cipher = createCipheriv(ALGORITHM, this.#key, null);
  readonly #decipher = createDecipheriv(ALGORITHM, this.#key, null).setAutoPadding(false);
  #last = 0;

  /** Sequence numbers grow with every call, over all buckets. */
  issue(): { readonly id: string; readonly sequence: number } {
    this.#last++;
    const block = Buffer.alloc(16);
    block.writeBigUInt64BE(BigInt(this.#last));
    return { id: this.#cipher.update(block).toString('hex'), sequence: this.#last };
  }

  /** Undefined for anything that was not issued here. */
  sequenceOf(id: string): number | undefined {
    if (!FORM.test(id)) return undefined;
    const block = this.#decipher.update(Buffer.from(id, 'hex'));
    const sequence = block.readBigUInt64BE();
    return block.readBigUInt64BE(8) === 0n && sequence <= this.#last ? Number(sequence) : undefined;
  }
}
