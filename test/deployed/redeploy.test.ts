// A deployment over a run that waits: what people were shown still holds, or nothing is erased.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';

const PHRASE = 'ERASE tenant acme from test';
const REQUEST = { scope: { tenant: 'acme' }, phrase: PHRASE };
const ROWS = ['a', 'b', 'c'].map((id) => ({ tenant: 'acme', id }));
const stores = { items: tenantTable('items') };

describe('a deployment while approval is awaited', () => {
  let lethe: Lethe;
  beforeEach(async () => {
    lethe = await Lethe.open({ catalog: catalogOf({ stores }) });
    await lethe.table('items', ['tenant', 'id'], ROWS);
  });
  afterEach(() => lethe.close());

  it('of other code shows the new page, and keeps the run and its plan', async () => {
    const { run, mails } = await lethe.awaiting(REQUEST);
    const link = mails[0]?.links.approve ?? '';
    const before = await (await fetch(link)).text();
    await lethe.redeploy({
      mutation: { file: 'pages/approval-page.ts', from: 'What will be gone</h2>', to: 'What will be gone soon</h2>' },
    });
    const after = await (await fetch(link)).text();
    expect(before).not.toContain('What will be gone soon');
    expect(after).toContain('What will be gone soon');
    expect(digestIn(after)).toBe(digestIn(before));
    expect(await lethe.decide(link, { decision: 'approve', phrase: PHRASE })).toMatchObject({ status: 200 });
    expect(await lethe.end(run)).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'erased' } });
    expect(await lethe.rows('items')).toEqual([]);
  });

  it('of another catalog lets the run expire: nobody has approved what would be done by the new one', async () => {
    const { run, mails } = await lethe.awaiting(REQUEST);
    await lethe.redeploy({ catalog: catalogOf({ stores: { ...stores, more: tenantTable('more') } }) });
    await lethe.decide(mails[0]?.links.approve ?? '', { decision: 'approve', phrase: PHRASE });
    expect(await lethe.end(run)).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'expired' } });
    expect(await lethe.rows('items')).toHaveLength(ROWS.length);
  });
});

function digestIn(page: string): string | undefined {
  return /name="digest" value="(sha256:[^"]*)"/.exec(page)?.[1];
}
