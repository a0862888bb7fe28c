// Attempts to decide what one may not decide: each is answered truly, and changes nothing.
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe, type Mail } from '../support/lethe.ts';

const PHRASE = 'ERASE tenant acme from test';
const APPROVE = { decision: 'approve', phrase: PHRASE };
const FORM = 'application/x-www-form-urlencoded';
const OTHER_DIGEST = `sha256:${'0'.repeat(64)}`;

interface Attack {
  readonly body?: string | URLSearchParams;
  readonly method?: string;
  readonly path?: (link: URL) => string;
  readonly headers?: Record<string, string>;
}

describe('an attack on an approval', () => {
  let lethe: Lethe;
  let run: string;
  let mails: readonly Mail[];
  let link: URL;
  let digest: string;
  beforeAll(async () => {
    const approval = { approvers: ['lead@example.com', 'dpo@example.com'], required: 1, expiresAfter: '1h' };
    lethe = await Lethe.open({ catalog: catalogOf({ stores: { items: tenantTable('items') }, approval }) });
    await lethe.table(
      'items',
      ['tenant', 'id'],
      [
        { tenant: 'acme', id: 'a' },
        { tenant: 'globex', id: 'b' },
      ],
    );
    const waiting = await lethe.awaiting({ scope: { tenant: 'acme' }, phrase: PHRASE }, 2);
    run = waiting.run;
    mails = waiting.mails;
    link = new URL(mails[0]?.links.approve ?? '');
    digest = /name="digest" value="([^"]*)"/.exec(await (await fetch(link)).text())?.[1] ?? '';
  });
  afterAll(() => lethe.close());

  const fields = (more: Record<string, string> = {}) => new URLSearchParams({ ...APPROVE, digest, ...more });
  const twice = (name: string, value: string) => {
    const body = fields();
    body.append(name, value);
    return body;
  };
  const id = (at: URL) => at.pathname.slice('/a/'.length);

  async function attack({ body, method = 'POST', path = (at) => at.pathname, headers = {} }: Attack) {
    const url = new URL(path(link), link);
    return fetch(url, {
      method,
      headers: { 'content-type': FORM, ...headers },
      redirect: 'manual',
      ...(body !== undefined && { body: String(body) }),
    });
  }

  const attacks: [string, number, () => Attack][] = [
    ['another plan’s phrase', 422, () => ({ body: fields({ phrase: 'ERASE tenant globex from test' }) })],
    ['a form of another plan', 409, () => ({ body: fields({ digest: OTHER_DIGEST }) })],
    ['a form without a digest', 409, () => ({ body: new URLSearchParams(APPROVE) })],
    ['a tampered id', 404, () => ({ body: fields(), path: (at) => `/a/${id(at).slice(1)}A` })],
    ['an id that is too long', 404, () => ({ body: fields(), path: (at) => `/a/${id(at)}A` })],
    ['a path that climbs', 404, () => ({ body: fields(), path: (at) => `/a/%2e%2e/b/${id(at)}` })],
    ['the run’s page', 404, () => ({ body: fields(), path: (at) => `/r/${id(at)}` })],
    ['a decision in the query', 400, () => ({ body: '', path: (at) => `${at.pathname}?${fields()}` })],
    ['a GET with a decision in the query', 200, () => ({ method: 'GET', path: (at) => `${at.pathname}?${fields()}` })],
    ['PUT', 405, () => ({ method: 'PUT', body: fields() })],
    ['PATCH', 405, () => ({ method: 'PATCH', body: fields() })],
    ['DELETE', 405, () => ({ method: 'DELETE' })],
    ['OPTIONS', 405, () => ({ method: 'OPTIONS' })],
    [
      'an overridden method',
      200,
      () => ({ method: 'GET', headers: { 'x-http-method-override': 'POST', 'x-method-override': 'POST' } }),
    ],
    ['a field for the method', 400, () => ({ body: fields({ _method: 'PUT' }) })],
    ['two decisions', 400, () => ({ body: twice('decision', 'reject') })],
    ['two phrases', 400, () => ({ body: twice('phrase', PHRASE) })],
    ['an unknown decision', 400, () => ({ body: fields({ decision: 'Approve' }) })],
    ['an unknown field', 400, () => ({ body: fields({ by: 'dpo@example.com' }) })],
    ['JSON', 400, () => ({ body: JSON.stringify(APPROVE), headers: { 'content-type': 'application/json' } })],
    ['a form of another kind', 400, () => ({ body: fields(), headers: { 'content-type': 'text/plain' } })],
    ['half an escape', 422, () => ({ body: `decision=approve&digest=${digest}&phrase=%E0%A4%A` })],
    ['an oversized body', 413, () => ({ body: fields({ phrase: 'x'.repeat(20_000) }) })],
    ['a rejection without a reason', 422, () => ({ body: fields({ decision: 'reject', reason: ' \n ' }) })],
    ['a reason that is too long', 422, () => ({ body: fields({ decision: 'reject', reason: 'x'.repeat(501) }) })],
    ['a reason with a control character', 422, () => ({ body: fields({ decision: 'reject', reason: 'a\u0000b' }) })],
    ['a form sent from another site', 403, () => ({ body: fields(), headers: { origin: 'https://evil.example' } })],
    [
      'a form that a browser says is from another site',
      403,
      () => ({ body: fields(), headers: { 'sec-fetch-site': 'cross-site' } }),
    ],
  ];

  it.each(attacks)('by %s is answered with %i and decides nothing', async (_, status, make) => {
    const answer = await attack(make());
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([status, 'no-store']);
    expect(await answer.text()).not.toMatch(/is recorded/);
    const state = await lethe.dynamodb.send(
      new GetItemCommand({
        TableName: lethe.place.controlTable,
        Key: { pk: { S: `APPROVAL#${run}` }, sk: { S: 'STATE' } },
        ConsistentRead: true,
      }),
    );
    expect(state.Item?.['state']?.M?.['decisions']?.L).toEqual([]);
    expect(await lethe.rows('items')).toHaveLength(2);
  });

  it('by links of different approvers never takes one for the other', async () => {
    const pages = await Promise.all(mails.map(async ({ links }) => (await fetch(links.approve ?? '')).text()));
    expect(new Set(mails.map(({ links }) => links.approve)).size).toBe(2);
    for (const [at, page] of pages.entries()) {
      for (const { links } of mails) expect(page).not.toContain(links.approve?.slice(-43));
      expect(mails[at]?.text).not.toContain(mails[1 - at]?.links.approve ?? '');
    }
  });
});

describe('a decision', () => {
  it('is recorded with its time, link, address and browser, its text made one harmless line', async () => {
    const lethe = await Lethe.open({ catalog: catalogOf({ stores: { items: tenantTable('items') } }) });
    try {
      await lethe.table('items', ['tenant', 'id'], [{ tenant: 'acme', id: 'a' }]);
      const { run, mails } = await lethe.awaiting({ scope: { tenant: 'acme' }, phrase: PHRASE });
      const link = mails[0]?.links.approve ?? '';
      const reason = 'no\r\nBcc: everybody@example.com\r\n\r\n<script>alert(1)</script>';
      expect(await lethe.decide(link, { decision: 'reject', reason })).toMatchObject({ status: 200 });
      await lethe.end(run);
      const [decision] = (await lethe.report(run)).decisions;
      expect(decision).toMatchObject({
        decision: 'reject',
        by: 'lead@example.com',
        identity: 'mailed link',
        link: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        reason: 'no Bcc: everybody@example.com <script>alert(1)</script>',
        userAgent: expect.any(String),
        ip: expect.any(String),
      });
      expect(await lethe.evidence(run, 'report.html')).not.toContain('<script>');
    } finally {
      await lethe.close();
    }
  });
});
