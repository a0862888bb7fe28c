import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';

describe('an ErasureRequested event', () => {
  let lethe: Lethe;
  beforeAll(async () => {
    lethe = await Lethe.open({ catalog: catalogOf({ stores: { items: tenantTable('items') } }) });
    await lethe.table('items', ['tenant', 'id'], [{ tenant: 'acme', id: 'a' }]);
  });
  afterAll(() => lethe.close());

  function deliver(id: string, detail: unknown, type = 'ErasureRequested') {
    const event = {
      version: '0',
      id,
      source: 'galerly.accounts',
      'detail-type': type,
      account: '123456789012',
      detail,
    };
    return lethe.invoke('start-run:live', event);
  }

  it('starts a run that is named after it, whose request id is the event', async () => {
    const { payload } = await deliver('0f7d-1', { scope: { tenant: 'acme' } });
    expect(payload).toEqual({ runId: 'event-0f7d-1', isNew: true });
    const ended = await lethe.end('event-0f7d-1');
    expect(ended.output).toMatchObject({ outcome: 'counted', totals: { planned: 1 } });
    const request = JSON.parse(await lethe.evidence('event-0f7d-1', 'request.json'));
    expect(request).toMatchObject({ scope: { tenant: 'acme' }, requestId: '0f7d-1' });
  });

  it('that is delivered again starts nothing, while the run lasts and afterwards', async () => {
    const detail = { scope: { tenant: 'acme' } };
    await deliver('0f7d-2', detail);
    await deliver('0f7d-2', detail);
    await lethe.end('event-0f7d-2');
    expect((await deliver('0f7d-2', detail)).payload).toEqual({ runId: 'event-0f7d-2', isNew: false });
  });

  it('with the request id of another one starts a run that ends as its duplicate', async () => {
    const detail = { scope: { tenant: 'acme' }, requestId: 'offboarding-17' };
    await deliver('0f7d-3', detail);
    await lethe.end('event-0f7d-3');
    await deliver('0f7d-4', detail);
    expect((await lethe.end('event-0f7d-4')).output).toMatchObject({ outcome: 'duplicate', of: 'event-0f7d-3' });
  });

  it.each([
    ['a detail that is no request', { scop: { tenant: 'acme' } }, 'ErasureRequested', 'detail.scop'],
    ['no detail', undefined, 'ErasureRequested', 'detail'],
    ['another type', { scope: { tenant: 'acme' } }, 'ErasureRequest', 'detail-type'],
  ])('with %s fails by its name, and starts nothing', async (_, detail, type, place) => {
    const { error, payload } = await deliver('0f7d-5', detail, type);
    expect([error, payload.errorType]).toEqual(['Unhandled', 'Lethe.InvalidRequest']);
    expect(JSON.parse(payload.errorMessage).what).toContain(place);
    await expect(lethe.end('event-0f7d-5')).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
  });
});
