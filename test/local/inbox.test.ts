import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Inbox, openInbox } from '../../local/inbox.ts';
import { makeOutbox } from '../../local/outbox.ts';
import { readMessage } from '../support/mime.ts';

const HTML =
  '<!doctype html><html><head><title>x</title></head><body><a href="http://127.0.0.1/a/1">Look</a></body></html>';

describe('the outbox', () => {
  let folder: string;
  let inbox: Inbox;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lethe-outbox-'));
    const send = makeOutbox({ folder, linksIn: () => ({}) });
    for (const [at, subject] of ['Löschen: 進行', '<script>alert(1)</script>'].entries())
      await send({
        messageId: `id-${at}`,
        from: 'lethe@example.com',
        to: ['lead@example.com'],
        cc: [],
        bcc: [],
        replyTo: [],
        subject,
        text: `Ünïcode ${'long '.repeat(300)}\n.\nend`,
        html: HTML,
        headers: {},
        tags: { runId: 'run-1', kind: 'approval' },
        sentAt: `2026-11-20T12:00:0${at}.000Z`,
      });
    inbox = await openInbox(folder);
  });
  afterAll(async () => {
    await inbox.close();
    await rm(folder, { recursive: true });
  });

  it('has for each mail a message as it would arrive', async () => {
    expect((await readdir(folder)).sort()).toEqual(
      [1, 2].flatMap((n) => [`run-1-approval-${n}.eml`, `run-1-approval-${n}.json`]),
    );
    const message = readMessage(await readFile(join(folder, 'run-1-approval-1.eml'), 'utf8'));
    const json = JSON.parse(await readFile(join(folder, 'run-1-approval-1.json'), 'utf8'));
    expect(message).toMatchObject({ to: json.to, subject: 'Löschen: 進行' });
    expect(message.text.replaceAll('\r', '').trim()).toBe(json.text);
    expect(message.html.trim()).toBe(HTML);
  });

  it('is an inbox page, the newest first, with what strangers wrote as text', async () => {
    const page = await (await fetch(inbox.url)).text();
    expect(page.indexOf('run-1-approval-2')).toBeLessThan(page.indexOf('run-1-approval-1'));
    expect(page).toContain('&lt;script&gt;alert(1)');
    expect(page).not.toContain('<script');
  });

  it('shows a mail in a frame that runs nothing, its links opening outside, and gives it as .eml', async () => {
    const at = (path: string) => fetch(new URL(path, inbox.url));
    expect(await (await at('/mail/run-1-approval-1')).text()).toContain('<iframe src="/mail/run-1-approval-1.html"');
    const framed = await at('/mail/run-1-approval-1.html');
    expect(framed.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox(?!.*allow-scripts)/);
    expect(await framed.text()).toContain('<head><base target="_blank">');
    const message = await at('/mail/run-1-approval-1.eml');
    expect(message.headers.get('content-type')).toBe('message/rfc822');
    for (const path of ['/mail/none', '/mail/..%2f..%2fetc', '/mail/../package', '/else'])
      expect((await at(path)).status).toBe(404);
  });
});
