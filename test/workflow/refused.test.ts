import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';

describe('a request that is refused before anything is planned', () => {
  let lethe: Lethe;
  beforeAll(async () => {
    lethe = await Lethe.open({ catalog: catalogOf({ stores: { items: tenantTable('items') } }) });
  });
  afterAll(() => lethe.close());

  it('ends under the name of the refusal, with evidence that has nulls where nothing is known', async () => {
    const ended = await lethe.run({ scope: { tenant: 'acme' }, mode: 'everything' });
    expect(ended).toMatchObject({ status: 'FAILED', error: 'Lethe.InvalidRequest' });
    expect(JSON.parse(await lethe.evidence(ended.name, 'plan.json'))).toBeNull();
    expect(await lethe.report(ended.name)).toMatchObject({
      outcome: 'refused',
      mode: null,
      scope: null,
      planDigest: null,
      targets: [],
      error: { name: 'Lethe.InvalidRequest', details: { received: 'everything' } },
    });
  });
});
