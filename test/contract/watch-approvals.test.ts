import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe } from '../support/lethe.ts';

const WATCHED = 'watch-approvals';

describe('watching approvals', () => {
  const lines: string[] = [];
  let lethe: Lethe;
  let lambda: LambdaClient;
  beforeAll(async () => {
    lethe = await Lethe.open({
      catalog: catalogOf({ stores: { items: tenantTable('items') }, limits: { cooldown: '0s' } }),
      onLog: (name, line) => void (name === WATCHED && line.includes('_aws') && lines.push(line)),
    });
    await lethe.table('items', ['tenant', 'id'], [{ tenant: 'acme', id: 'a' }]);
    const { endpoint, region } = lethe.local.ready;
    lambda = new LambdaClient({ endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  });
  afterAll(async () => {
    lambda.destroy();
    await lethe.close();
  });

  async function watch(): Promise<number> {
    const answer = await lambda.send(new InvokeCommand({ FunctionName: `${WATCHED}:live`, Payload: '{}' }));
    return JSON.parse(Buffer.from(answer.Payload ?? []).toString()).share;
  }

  it('says nothing waits where no run does', async () => {
    expect(await watch()).toBe(0);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ service: 'lethe-erase', ApprovalWaitingShare: 0 });
  });

  it('tells which share of its time the oldest open approval has waited, until it is decided', async () => {
    const { run, mails } = await lethe.awaiting({
      scope: { tenant: 'acme' },
      phrase: 'ERASE tenant acme from test',
    });
    const young = await watch();
    expect(young).toBeGreaterThanOrEqual(0);
    expect(young).toBeLessThan(0.5);
    // While a token is outstanding, the service clock keeps the pace of the wall.
    await lethe.local.clock.sleep(50);
    expect(await watch()).toBeGreaterThan(young);
    await lethe.decide(mails[0]?.links.approve ?? '', { decision: 'reject', reason: 'not now' });
    await lethe.end(run);
    expect(await watch()).toBe(0);
  });
});
