// Reads the XML of request bodies: elements and text. What S3 calls malformed is MalformedXML here too.
import { notImplemented } from '../kernel/aws-error.ts';
import { malformedXml } from './errors.ts';

export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** The text directly inside; white space between elements is dropped. */
  readonly text: string;
}

interface Open {
  readonly name: string;
  readonly children: XmlElement[];
  text: string;
}

/** A tag, with its attributes (namespaces; they carry no meaning here), or the text up to the next one. */
const TOKEN = /<(\/?)([A-Za-z_][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
const PROLOG = /^\ufeff?\s*(?:<\?xml\s[^?<>]*\?>)?(?:\s|<!--(?:(?!--)[\s\S])*-->)*/;
const COMMENTS = /<!--(?:(?!--)[\s\S])*-->/g;

/** @throws MalformedXML also for document types, CDATA and processing instructions, which no client of S3 sends */
export function readXml(body: Buffer, root: string): XmlElement {
  const source = decodeUtf8(body).replace(PROLOG, '').replace(COMMENTS, '').trimEnd();
  const top: Open = { name: '', children: [], text: '' };
  const stack = [top];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const token = TOKEN.exec(source);
    const current = stack.at(-1);
    if (!token || !current) throw malformedXml();
    const [, isEnd, name = '', attributes, isEmpty, text] = token;
    if (text !== undefined) current.text += unescapeXml(text);
    else if (isEnd) endElement(stack, name, `${attributes}${isEmpty}`);
    else {
      stack.push({ name, children: [], text: '' });
      if (isEmpty) endElement(stack, name, '');
    }
  }
  const [element, ...others] = top.children;
  const isWhole = stack.length === 1 && others.length === 0 && top.text.trim() === '';
  if (!element || !isWhole || element.name !== root) throw malformedXml();
  return element;
}

function endElement(stack: Open[], name: string, rest: string): void {
  const closed = stack.pop();
  const parent = stack.at(-1);
  if (!closed || !parent || closed.name !== name || rest !== '') throw malformedXml();
  if (closed.children.length > 0) {
    if (closed.text.trim() !== '') throw malformedXml();
    closed.text = '';
  }
  parent.children.push(closed);
}

function decodeUtf8(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw malformedXml();
  }
}

const REFERENCE = /&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));|&/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const NOT_XML = /[^\t\n\r -\ufffd\u{10000}-\u{10ffff}]/u;

/** Characters that XML 1.0 lacks are malformed, written as they are or as a reference (S3 refuses both in DeleteObjects). */
function unescapeXml(text: string): string {
  const withLineFeeds = text.replace(/\r\n?/g, '\n');
  const unescaped = withLineFeeds.replace(REFERENCE, (_, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name] ?? '';
    const codePoint = hex === undefined ? Number(decimal ?? Number.NaN) : Number.parseInt(hex, 16);
    const isScalar = codePoint <= 0x10ffff && !(codePoint >= 0xd800 && codePoint < 0xe000);
    if (!isScalar) throw malformedXml();
    return String.fromCodePoint(codePoint);
  });
  if (NOT_XML.test(unescaped)) throw malformedXml();
  return unescaped;
}

/**
 * The texts of an element's children by name. A name that is not known is answered 501: it may be one that S3 honours.
 * @throws MalformedXML for a child that is there twice
 */
export function readFields<Name extends string>(
  element: XmlElement,
  known: readonly Name[],
): Readonly<Partial<Record<Name, string>>> {
  const fields: Partial<Record<Name, string>> = {};
  for (const child of element.children) {
    const name = known.find((candidate) => candidate === child.name);
    if (name === undefined) throw notImplemented(`S3 ${element.name} with ${child.name}`);
    if (fields[name] !== undefined || child.children.length > 0) throw malformedXml();
    fields[name] = child.text;
  }
  return fields;
}
