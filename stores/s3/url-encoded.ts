// Keys in listings with EncodingType url: the only encoding in which every key survives XML.

/** S3 encodes blanks as `+` and everything else as `%XX` (ListObjectsV2, EncodingType). */
export function decodeKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '));
}
