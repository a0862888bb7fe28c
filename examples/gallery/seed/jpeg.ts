// Small stand-ins for pictures: they begin and end like a JPEG file and say in plain text what they stand for.
import type { Dice } from './dice.ts';

/** Start of image and a JFIF 1.1 header without a thumbnail. */
const HEADER = Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex');
const END = Buffer.from('ffd9', 'hex');
const COMMENT = 0xfe;
/** An application's own segment; readers skip it. */
const FILLING = 0xec;
/** A marker of two bytes, then a length that counts itself and the content. */
const SEGMENT_OVERHEAD = 4;

/** `comment` and filling together are at most 65,533 bytes; a size too small for the comment is exceeded. */
export function makeJpeg(comment: string, sizeBytes: number, dice: Dice): Uint8Array {
  const head = [HEADER, segment(COMMENT, Buffer.from(comment))];
  const used = Buffer.concat(head).length + END.length + SEGMENT_OVERHEAD;
  const filling = dice.bytes(Math.max(0, sizeBytes - used));
  return Buffer.concat([...head, segment(FILLING, filling), END]);
}

function segment(marker: number, content: Buffer): Buffer {
  const lead = Buffer.from([0xff, marker, 0, 0]);
  lead.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([lead, content]);
}
