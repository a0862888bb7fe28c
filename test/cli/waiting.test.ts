import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { Lethe, type Mail } from '../support/lethe.ts';
import { inProcess, lethe as run } from './command.ts';

const request = { scope: { tenant: 'acme' }, phrase: 'ERASE tenant acme from test' };
const approvers = ['a@example.com', 'b@example.com'];

describe('a run that waits for its approval', () => {
  let lethe: Lethe;
  let at: string[];
  let mails: Mail[];
  beforeAll(async () => {
    const stores = {
      items: tenantTable('items'),
      old: tenantTable('old'),
      notes: tenantTable('notes', { optIn: 'notes' }),
    };
    lethe = await Lethe.open({
      catalog: catalogOf({ stores, approval: { approvers, required: 2, expiresAfter: '10m' } }),
    });
    at = ['--endpoint-url', lethe.local.ready.endpoint, '--region', lethe.local.ready.region];
    await lethe.table(
      'items',
      ['tenant', 'id'],
      [1, 2, 3].map((n) => ({ tenant: 'acme', id: `i${n}` })),
    );
    await lethe.table('notes', ['tenant', 'id'], []);
    ({ mails } = await lethe.awaiting(request, 2, 'run-1'));
    await lethe.decide(mails[0]?.links.approve ?? '', { decision: 'approve', phrase: request.phrase });
  });
  afterAll(() => lethe.close());

  it('is shown by status: who was asked, how many approved, until when, and what was counted', async () => {
    const { code, stdout, stderr } = await run(['status', 'run-1', ...at]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Run +run-1$/m);
    expect(stdout).toMatch(
      /^Phase +Wait for approval: 1 of 2 approved; mailed to a@example\.com, b@example\.com; until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/m,
    );
    expect(stdout).toMatch(/^items +items +planned +3 +0 +0 +0 +1\/1$/m);
    expect(stdout).toMatch(/^old +old +missing /m);
    expect(stdout).toMatch(/^notes +notes +notInScope /m);
  });

  it('is one JSON object with --json', async () => {
    const { code, stdout } = await inProcess(['status', 'run-1', '--json', ...at]);
    expect(code).toBe(0);
    const { workBucket } = lethe.local.ready;
    const { expiresAt } = JSON.parse(
      Buffer.from(lethe.local.s3.getObject(workBucket, 'runs/run-1/plan.json')).toString(),
    );
    expect(JSON.parse(stdout)).toEqual({
      runId: 'run-1',
      phase: 'Wait for approval',
      outcome: null,
      approval: { required: 2, approved: 1, approvers, expiresAt },
      targets: [
        target('items', 'planned', { planned: 3, counted: 3, shards: { total: 1, done: 1 } }),
        target('old', 'missing', {}),
        target('notes', 'notInScope', {}),
      ],
      itemsPerSecond: null,
      secondsLeft: null,
    });
  });

  it('has no report yet, which report says with exit 1', async () => {
    const { code, stdout, stderr } = await inProcess(['report', 'run-1', ...at]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Run run-1 has no evidence yet.');
    expect(stderr).toContain('Wait for approval: 1 of 2 approved');
    const json = await inProcess(['report', 'run-1', '--json', ...at]);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      runId: 'run-1',
      phase: 'Wait for approval',
      report: null,
    });
  });

  it.each([
    'status',
    'report',
  ])('is told from a run that does not exist, which %s refuses with exit 2', async (command) => {
    const { code, stdout, stderr } = await inProcess([command, 'run-2', ...at]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('There is no run run-2 in this deployment.');
  });

  it('is in another deployment than the one whose stack is not there', async () => {
    const { code, stderr } = await inProcess(['status', 'run-1', '--stack', 'Nothing', ...at]);
    expect(code).toBe(2);
    expect(stderr).toContain('There is no stack Nothing in eu-west-1.');
  });

  it('is found by AWS_ENDPOINT_URL as by the flag', async () => {
    const environment = { AWS_ENDPOINT_URL: lethe.local.ready.endpoint };
    expect(await inProcess(['status', 'run-1', '--region', 'eu-west-1'], { environment })).toMatchObject({ code: 0 });
  });

  function target(store: string, state: string, more: object) {
    const counts = { planned: null, counted: 0, erased: 0, failed: 0, changed: 0, remaining: null };
    return { store, kind: 'dynamodb', resource: store, state, ...counts, shards: { total: 0, done: 0 }, ...more };
  }
});
