// The inbox of the embedded AWS: a page of the mails in its outbox, for people who try things out.
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { html } from 'hono/html';
import { closeServer, listen } from './kernel/front-door.ts';

export interface Inbox {
  readonly url: string;
  close(): Promise<void>;
}

interface Message {
  /** Of its files, without what follows the dot. */
  readonly name: string;
  readonly to: string;
  readonly kind: string;
  readonly subject: string;
  readonly text: string | null;
  readonly html: string | null;
  readonly sentAt: string;
}

type Page = { readonly type: string; readonly body: string; readonly policy?: string };

const PATH = /^\/mail\/([\w.-]+?)(|\.html|\.eml)$/;
/** The page itself; what was mailed is stranger's text and stands in a frame of its own. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'";
const MAIL_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'";

/** @param folder the outbox @param port 0 takes any free one */
export async function openInbox(folder: string, port = 0): Promise<Inbox> {
  const server = createServer(async ({ url = '/' }, response) => {
    try {
      const page = await pageOf(folder, url);
      response.writeHead(page ? 200 : 404, {
        'content-type': page?.type ?? 'text/plain; charset=utf-8',
        'content-security-policy': page?.policy ?? POLICY,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      response.end(page?.body ?? 'There is no such mail.');
    } catch (error) {
      response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(String(error));
    }
  });
  const { port: taken } = await listen(server, port);
  return { url: `http://127.0.0.1:${taken}/`, close: () => closeServer(server) };
}

async function pageOf(folder: string, url: string): Promise<Page | undefined> {
  const messages = await read(folder);
  if (url === '/') return asPage('Inbox', list(messages));
  const [, name, form] = PATH.exec(url) ?? [];
  const message = messages.find((one) => one.name === name);
  if (!message) return undefined;
  if (form === '.eml') return { type: 'message/rfc822', body: await readFile(join(folder, `${name}.eml`), 'utf8') };
  if (form === '.html')
    // Links of a mail open where they are not framed: the approval page refuses frames.
    return {
      type: 'text/html; charset=utf-8',
      body: (message.html ?? '').replace('<head>', '<head><base target="_blank">'),
      policy: MAIL_POLICY,
    };
  return asPage(message.subject, show(message));
}

/** The newest first. */
async function read(folder: string): Promise<Message[]> {
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith('.json'));
  const messages = await Promise.all(
    files.map(async (file) => ({
      ...JSON.parse(await readFile(join(folder, file), 'utf8')),
      name: file.slice(0, -'.json'.length),
    })),
  );
  return messages.sort((a, b) => b.sentAt.localeCompare(a.sentAt) || a.name.localeCompare(b.name));
}

const list = (messages: readonly Message[]) =>
  messages.length === 0
    ? html`<p>No mail yet. Start an execution that needs approval.</p>`
    : html`<ul>${messages.map(
        ({ name, to, kind, subject, sentAt }) =>
          html`<li><a href="/mail/${name}">${subject}</a><br><small>${kind}, to ${to}, ${sentAt}</small></li>`,
      )}</ul>`;

const show = ({ name, to, kind, text, sentAt, html: markup }: Message) => html`<p><a href="/">Inbox</a></p>
<p>To ${to}; ${kind}; ${sentAt}; <a href="/mail/${name}.eml">as .eml</a></p>
${markup === null ? html`` : html`<iframe src="/mail/${name}.html" title="The mail"></iframe>`}
<details><summary>As text</summary><pre>${text ?? ''}</pre></details>`;

function asPage(title: string, body: unknown): Page {
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:auto;padding:1rem}h1{font-size:1.3rem;overflow-wrap:anywhere}li{margin:.7rem 0;overflow-wrap:anywhere}iframe{width:100%;height:70vh;border:1px solid;background:#fff;color-scheme:light}pre{white-space:pre-wrap;overflow-wrap:anywhere}</style></head>
<body><main><h1>${title}</h1>${body}</main></body></html>`;
  return { type: 'text/html; charset=utf-8', body: String(page) };
}
