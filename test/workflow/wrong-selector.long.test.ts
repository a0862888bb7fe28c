// Builds whose selector is wrong on purpose: IAM alone stands between them and the neighbour, and it holds.
import { describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';
import type { Mutation } from '../support/mutation.ts';

const ACME = { scope: { tenant: 'acme' }, phrase: 'ERASE tenant acme from test' };
const STORES = {
  items: tenantTable('items'),
  photos: { table: 'photos', select: { tenant: { index: 'by-owner', key: { owner: '{tenant}' } } } },
  files: { bucket: 'files', select: { tenant: { prefix: '{tenant}/' } } },
};
const IDS = ['a', 'b', 'c'];
const itemsOf = (tenant: string) => IDS.map((id) => ({ tenant, id }));
const photosOf = (tenant: string) => IDS.map((id) => ({ id: `${tenant}-${id}`, owner: tenant }));
const filesOf = (tenant: string) => IDS.map((id) => `${tenant}/${id}`);

/** While it erases, the worker takes the neighbour for the tenant. */
const LISTS_ANOTHER: Mutation = {
  file: 'lambdas/work-shard/handler.ts',
  from: 'store.work(target,',
  to: "store.work(operation === 'erase' ? JSON.parse(JSON.stringify(target).replaceAll('acme', 'globex')) : target,",
};
const DELETES_ANOTHER_ITEM: Mutation = {
  file: 'stores/dynamodb/table-remover.ts',
  from: 'DeleteRequest: { Key: { ...key } }',
  to: "DeleteRequest: { Key: { ...key, tenant: { S: 'globex' } } }",
};
const DELETES_ANOTHER_OBJECT: Mutation = {
  file: 'stores/s3/object-listing.ts',
  from: 'isSelected(shard, key)).map(listed)',
  to: "isSelected(shard, key)).map((one) => listed({ ...one, key: one.key.replace('acme/', 'globex/') }))",
};

async function run(mutation: Mutation, stores: Record<string, unknown>) {
  const lethe = await Lethe.open({ catalog: catalogOf({ stores }), mutation });
  try {
    await lethe.table('items', ['tenant', 'id'], [...itemsOf('acme'), ...itemsOf('globex')]);
    await lethe.table('photos', ['id'], [...photosOf('acme'), ...photosOf('globex')], {
      indexes: { 'by-owner': ['owner'] },
    });
    await lethe.bucket('files', [...filesOf('acme'), ...filesOf('globex')]);
    const ended = await lethe.approved(ACME);
    const denied = lethe.iamCalls.filter(({ isAllowed }) => !isAllowed).map(({ by, action }) => `${by} ${action}`);
    return {
      ended,
      denied: [...new Set(denied)],
      report: await lethe.report(ended.name),
      items: (await lethe.rows('items')).filter(({ tenant }) => tenant === 'globex').length,
      photos: (await lethe.rows('photos')).filter(({ owner }) => owner === 'globex').length,
      files: (await lethe.objects('files')).current.filter((key) => key.startsWith('globex/')).length,
    };
  } finally {
    await lethe.close();
  }
}

const UNTOUCHED = { items: IDS.length, photos: IDS.length, files: IDS.length };
const INCOMPLETE = { ended: { status: 'FAILED', error: 'Lethe.Incomplete' }, report: { outcome: 'incomplete' } };

describe('a worker that lists a neighbour', { tags: ['calls'] }, () => {
  it.each([
    ['items', 'lethe-eraser dynamodb:Query'],
    ['photos', 'lethe-eraser dynamodb:Query'],
    ['files', 'lethe-eraser s3:ListBucket'],
  ] as const)('in %s is denied it, erases nothing of it, and the run ends incomplete', async (store, denied) => {
    const ended = await run(LISTS_ANOTHER, { [store]: STORES[store] });
    expect(ended).toMatchObject({ ...INCOMPLETE, ...UNTOUCHED, denied: [denied] });
    expect(ended.report.targets).toMatchObject([{ store, state: 'incomplete', erased: 0, remaining: IDS.length }]);
  });
});

describe('a worker that deletes what belongs to a neighbour', { tags: ['calls'] }, () => {
  it.each([
    ['items', DELETES_ANOTHER_ITEM, 'lethe-eraser dynamodb:BatchWriteItem', 'AccessDeniedException'],
    ['files', DELETES_ANOTHER_OBJECT, 'lethe-eraser s3:DeleteObject', 'AccessDenied'],
  ] as const)('in %s is denied each, and the report says so by code', async (store, mutation, denied, code) => {
    const ended = await run(mutation, { [store]: STORES[store] });
    expect(ended).toMatchObject({ ...INCOMPLETE, ...UNTOUCHED, denied: [denied] });
    expect(ended.report.targets).toMatchObject([
      { store, state: 'incomplete', erased: 0, failed: IDS.length, remaining: IDS.length },
    ]);
    const [{ errors }] = ended.report.targets;
    expect(errors).toEqual([
      { code, count: IDS.length, samples: IDS.map(() => expect.stringMatching(/^hmac-sha256:[0-9a-f]{64}$/)) },
    ]);
  });
});
