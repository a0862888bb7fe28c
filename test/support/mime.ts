// Reads what SES sends: headers, and the text and HTML parts of a message, decoded. No attachments, no nesting but multipart.

export interface Message {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly sentAt: string;
}

export function readMessage(raw: string): Message {
  const { headers, body } = split(raw);
  const parts = leaves(headers, body);
  const of = (type: string) => parts.find((part) => part.type === type)?.content ?? '';
  return {
    to: address(headers.get('to') ?? ''),
    subject: decodeWords(headers.get('subject') ?? ''),
    text: of('text/plain'),
    html: of('text/html'),
    sentAt: headers.get('date') ?? '',
  };
}

function split(raw: string): { headers: Map<string, string>; body: string } {
  const text = raw.replaceAll('\r\n', '\n');
  const end = text.indexOf('\n\n');
  const head = end < 0 ? text : text.slice(0, end);
  // A header goes on where a line begins with white space.
  const lines = head.replace(/\n[ \t]+/g, ' ').split('\n');
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  return { headers, body: end < 0 ? '' : text.slice(end + 2) };
}

function leaves(headers: Map<string, string>, body: string): { type: string; content: string }[] {
  const kind = headers.get('content-type') ?? 'text/plain';
  const boundary = /boundary="?([^";]+)"?/i.exec(kind)?.[1];
  if (boundary !== undefined) {
    const parts = `\n${body}`.split(`\n--${boundary}`).slice(1);
    return parts.flatMap((part) => {
      if (part.startsWith('--')) return [];
      const inner = split(part.replace(/^[ \t]*\n/, ''));
      return leaves(inner.headers, inner.body);
    });
  }
  const type = (kind.split(';')[0] ?? '').trim().toLowerCase();
  return [{ type, content: decode(body, headers.get('content-transfer-encoding') ?? '7bit') }];
}

function decode(body: string, encoding: string): string {
  if (encoding.toLowerCase() === 'base64') return Buffer.from(body, 'base64').toString();
  return encoding.toLowerCase() === 'quoted-printable' ? unquote(body.replace(/=\n/g, '')) : body;
}

function unquote(text: string): string {
  const bytes = text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

/** Encoded words of RFC 2047. */
function decodeWords(text: string): string {
  const word = /=\?utf-8\?([bq])\?([^?]*)\?=(?:\s+(?==\?))?/gi;
  return text.replace(word, (_, how: string, content: string) =>
    how.toLowerCase() === 'b' ? Buffer.from(content, 'base64').toString() : unquote(content.replaceAll('_', ' ')),
  );
}

function address(field: string): string {
  return /<([^>]+)>/.exec(field)?.[1] ?? field.trim();
}
