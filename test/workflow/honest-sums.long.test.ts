// Builds that lie, or that overlook something: the run finds it out, and never ends as erased.
import { describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe, type Row } from '../support/lethe.ts';
import type { Mutation } from '../support/mutation.ts';

const request = { scope: { tenant: 'acme' }, phrase: 'ERASE tenant acme from test' };
/** More than three pages of 1 MB. */
const ITEMS = 200;
const ROWS: Row[] = Array.from({ length: ITEMS }, (_, n) => ({
  tenant: 'acme',
  id: `i${String(n).padStart(5, '0')}`,
  text: 'x'.repeat(20_000),
}));

async function run(mutation: Mutation | undefined) {
  const lethe = await Lethe.open({
    catalog: catalogOf({ stores: { items: tenantTable('items') } }),
    ...(mutation && { mutation }),
  });
  try {
    await lethe.table('items', ['tenant', 'id'], ROWS);
    const ended = await lethe.approved(request);
    const [items] = (await lethe.report(ended.name)).targets;
    return { ended, items, left: (await lethe.rows('items')).length };
  } finally {
    await lethe.close();
  }
}

describe('a worker', () => {
  it('as it is erases all of it', async () => {
    const { ended, items, left } = await run(undefined);
    expect(ended.output).toMatchObject({ outcome: 'erased' });
    expect(items).toMatchObject({ planned: { items: ITEMS }, erased: ITEMS, unacknowledged: 0 });
    expect(left).toBe(0);
  });

  it('that drops one acknowledgement is found out: something is gone that nobody acknowledged', async () => {
    const { ended, items } = await run({
      file: 'stores/dynamodb/table-remover.ts',
      from: 'erased: batch.length - retry.length,',
      to: 'erased: batch.length - retry.length - (globalThis.lied ? 0 : (globalThis.lied = 1)),',
    });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'Lethe.Incomplete' });
    expect(items).toMatchObject({ state: 'incomplete', unacknowledged: 1 });
  });

  it('that counts one deletion twice is found out: more was acknowledged than was seen', async () => {
    const { ended, items } = await run({
      file: 'stores/dynamodb/table-remover.ts',
      from: 'erased: batch.length - retry.length,',
      to: 'erased: batch.length - retry.length + (globalThis.lied ? 0 : (globalThis.lied = 1)),',
    });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'Lethe.Incomplete' });
    expect(items).toMatchObject({ state: 'incomplete', unacknowledged: -1 });
  });

  it('that skips a page of every listing leaves something, and says so', { tags: ['pages'] }, async () => {
    const { ended, items, left } = await run({
      file: 'stores/dynamodb/table-listing.ts',
      from: 'isLast = position === null;',
      to: 'isLast = position === null; globalThis.pages = (globalThis.pages ?? 0) + 1; if (!isLast && globalThis.pages % 2 === 0) continue;',
    });
    expect(left).toBeGreaterThan(0);
    expect(ended).toMatchObject({ status: 'FAILED', error: 'Lethe.Incomplete' });
    expect(items.state).toBe('incomplete');
  });

  it(
    'that skips a page when it erases, and only then, has it erased by the next pass',
    { tags: ['pages'] },
    async () => {
      const { ended, items, left } = await run({
        file: 'core/erasing/erase-shard.ts',
        from: 'this.#items = this.#items.concat(page.value.items);',
        to: 'if ((globalThis.pages = (globalThis.pages ?? 0) + 1) !== 2) this.#items = this.#items.concat(page.value.items);',
      });
      expect(left).toBe(0);
      expect(ended.output).toMatchObject({ outcome: 'erased' });
      expect(items).toMatchObject({ erased: ITEMS, unacknowledged: 0, verification: { passes: 2 } });
    },
  );

  it('that says nothing is left is not believed: the run verifies with a listing of its own', async () => {
    const { ended, left } = await run({
      file: 'core/erasing/erase-shard.ts',
      from: 'if (burst.length === 0) {',
      to: 'if (burst.length >= 0) {',
    });
    expect(left).toBe(ITEMS);
    expect(ended).toMatchObject({ status: 'FAILED', error: 'Lethe.Incomplete' });
  });
});
