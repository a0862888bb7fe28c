// Writes S3's XML: small pieces of text put together, which is what a page of a thousand entries asks for.

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** An element with text; nothing for undefined. */
export function leaf(name: string, value: string | number | boolean | undefined): string {
  if (value === undefined) return '';
  return `<${name}>${typeof value === 'string' ? escapeXml(value) : value}</${name}>`;
}

/** An element with elements, already written. */
export function branch(name: string, ...children: readonly string[]): string {
  return `<${name}>${children.join('')}</${name}>`;
}

export function xmlDocument(name: string, ...children: readonly string[]): string {
  const open = `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="${NAMESPACE}">`;
  return `${open}${children.join('')}</${name}>`;
}

/** Errors carry no namespace. */
export function errorDocument(...children: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${branch('Error', ...children)}`;
}

const SPECIAL = /[&<>"]|[^ -\ufffd\u{10000}-\u{10ffff}]/gu;
const NAMES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * A key may hold characters that XML 1.0 cannot carry. S3 writes them all the same, as a character reference, which a
 * strict parser refuses: that is what `encoding-type=url` is for.
 */
function escapeXml(text: string): string {
  return text.replace(SPECIAL, (found) => NAMES[found] ?? `&#x${found.codePointAt(0)?.toString(16)};`);
}

/** As S3 writes instants in XML: with milliseconds that are always zero. */
export function xmlInstant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}.000Z`;
}
