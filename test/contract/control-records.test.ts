import { createHash } from 'node:crypto';
import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, describe, expect, it } from 'vitest';
import { Aborts } from '../../adapters/control-table/aborts.ts';
import { Approvals, runLinkId } from '../../adapters/control-table/approvals.ts';
import { Backups } from '../../adapters/control-table/backups.ts';
import { Pools } from '../../adapters/control-table/pools.ts';
import { Protections } from '../../adapters/control-table/protections.ts';
import { Requests } from '../../adapters/control-table/requests.ts';
import type { ApprovalState, Decision } from '../../contracts/approval.ts';
import { decisionOf } from '../support/approvals.ts';
import { withFaults } from '../support/faulty-client.ts';
import { Life } from '../support/life.ts';
import { Stores } from '../support/stores.ts';
import { VirtualTime } from '../support/virtual-time.ts';

const aws = await Stores.open();
afterAll(() => aws.close());

describe('a pool', () => {
  async function poolOf(ceiling: number): Promise<(wanted: number, sealed?: number) => Promise<number>> {
    const pools = new Pools(await aws.controlTable());
    await pools.create('run-1', 'photos', ceiling);
    return (wanted, sealed = ceiling) => pools.lease('run-1', 'photos', wanted, sealed);
  }

  it('gives what is asked for while it has it, then what is left, then nothing', async () => {
    const lease = await poolOf(25);
    expect([await lease(10), await lease(10), await lease(10), await lease(10)]).toEqual([10, 10, 5, 0]);
  });

  it.each([1, 7, 30])('never gives more than its ceiling to 20 who ask for %i at once', async (wanted) => {
    const lease = await poolOf(50);
    const granted = await Promise.all(Array.from({ length: 20 }, () => lease(wanted)));
    const sum = granted.reduce((total, one) => total + one, 0);
    expect(sum).toBeLessThanOrEqual(50);
    for (const one of granted) expect(one).toBeLessThanOrEqual(wanted);
    // Nobody goes away with nothing while all that was asked for is there.
    if (20 * wanted <= 50) expect(sum).toBe(20 * wanted);
    else expect(sum + (await lease(50))).toBe(50);
  });

  it('gives nothing to one who was told of another ceiling than the plan’s', async () => {
    const lease = await poolOf(25);
    expect([await lease(5, 1_000), await lease(5, 24), await lease(5)]).toEqual([0, 0, 5]);
  });

  it('keeps what was drawn when it is made again', async () => {
    const pools = new Pools(await aws.controlTable());
    await pools.create('run-1', 'photos', 25);
    await pools.lease('run-1', 'photos', 20, 25);
    await pools.create('run-1', 'photos', 1_000);
    expect(await pools.lease('run-1', 'photos', 20, 25)).toBe(5);
  });

  it('is of one run and one target, and nobody draws from one that was never made', async () => {
    const pools = new Pools(await aws.controlTable());
    await pools.create('run-1', 'photos', 25);
    expect(await pools.lease('run-1', 'images', 5, 25)).toBe(0);
    expect(await pools.lease('run-10', 'photos', 5, 25)).toBe(0);
    expect(await pools.lease('run-1', 'photos', 0, 25)).toBe(0);
  });
});

const DIGEST = `sha256:${'a'.repeat(64)}`;
const STATE: ApprovalState = {
  version: 0,
  runId: 'run-1',
  planDigest: DIGEST,
  phrase: 'ERASE tenant acme from test',
  requestedBy: 'ops@example.com',
  approvers: ['lead@example.com', 'dpo@example.com'],
  required: 2,
  expiresAt: '2031-05-07T07:08:09.000Z',
  decisions: [],
};
const decisionBy = (by: string): Decision => decisionOf({ by, at: '2031-05-06T08:00:00.000Z', planDigest: DIGEST });
const decided = (state: ApprovalState, by: string): ApprovalState => ({
  ...state,
  version: state.version + 1,
  decisions: [...state.decisions, decisionBy(by)],
});

describe('an approval', () => {
  const newApprovals = async () => new Approvals(await aws.controlTable());

  it('is asked for with a page and a token, and kept for its run', async () => {
    const approvals = await newApprovals();
    expect(await approvals.get('run-1')).toBeUndefined();
    expect(await approvals.taskToken('run-1')).toBeUndefined();
    expect(await approvals.page('run-1')).toBeUndefined();
    expect(await approvals.ask(STATE, { items: 3 }, 'token-1')).toEqual(STATE);
    expect(await approvals.get('run-1')).toEqual(STATE);
    expect(await approvals.page('run-1')).toEqual({ items: 3 });
    expect(await approvals.taskToken('run-1')).toBe('token-1');
    expect(await approvals.get('run-10')).toBeUndefined();
  });

  it('asked for again keeps the decisions that stand, and takes the newest token', async () => {
    const approvals = await newApprovals();
    await approvals.ask(STATE, {}, 'token-1');
    await approvals.decide(decided(STATE, 'lead@example.com'));
    const asked = await approvals.ask({ ...STATE, phrase: 'ERASE everything from test' }, {}, 'token-2');
    expect(asked).toEqual(decided(STATE, 'lead@example.com'));
    expect(await approvals.get('run-1')).toEqual(asked);
    expect(await approvals.taskToken('run-1')).toBe('token-2');
  });

  it('takes one of many decisions made at once; the others read again', async () => {
    const approvals = await newApprovals();
    await approvals.ask(STATE, {}, 'token-1');
    const people = Array.from({ length: 12 }, (_, n) => `approver-${n}@example.com`);
    const won = await Promise.all(people.map((by) => approvals.decide(decided(STATE, by))));
    expect(won.filter(Boolean)).toHaveLength(1);
    const winner = people[won.indexOf(true)] ?? '';
    expect(await approvals.get('run-1')).toEqual(decided(STATE, winner));
    const next = decided(decided(STATE, winner), 'dpo@example.com');
    expect(await approvals.decide(next)).toBe(true);
    expect(await approvals.get('run-1')).toEqual(next);
  });

  it('does not take a decision twice, nor one for a run that nobody asked about', async () => {
    const approvals = await newApprovals();
    await approvals.ask(STATE, {}, 'token-1');
    const next = decided(STATE, 'lead@example.com');
    expect([await approvals.decide(next), await approvals.decide(next)]).toEqual([true, false]);
    expect(await approvals.decide({ ...next, runId: 'run-2' })).toBe(false);
    expect(await approvals.get('run-2')).toBeUndefined();
  });
});

describe('an approval that is ended', () => {
  const ENDED = '2031-05-06T09:00:00.000Z';

  it('expires then, and a decision that was under way must be decided anew', async () => {
    const approvals = new Approvals(await aws.controlTable());
    await approvals.ask(STATE, {}, 'token-1');
    await approvals.end('run-1', ENDED);
    expect(await approvals.decide(decided(STATE, 'lead@example.com'))).toBe(false);
    expect(await approvals.get('run-1')).toEqual({ ...STATE, version: 1, expiresAt: ENDED });
  });

  it('keeps its decisions and its first end, and is not made where nobody was asked', async () => {
    const approvals = new Approvals(await aws.controlTable());
    await approvals.ask(STATE, {}, 'token-1');
    const once = decided(STATE, 'lead@example.com');
    await approvals.decide(once);
    await approvals.end('run-1', ENDED);
    await approvals.end('run-1', '2031-05-06T10:00:00.000Z');
    expect(await approvals.get('run-1')).toEqual({ ...once, version: 2, expiresAt: ENDED });
    await approvals.end('run-2', ENDED);
    expect(await approvals.get('run-2')).toBeUndefined();
  });
});

describe('an approver’s link', () => {
  const link = { runId: 'run-1', approver: 'lead@example.com', createdAt: '2031-05-06T08:00:00.000Z' };

  it('is found by its id, which is new each time, has 256 bits, and is kept as its digest only', async () => {
    const table = await aws.controlTable();
    const approvals = new Approvals(table);
    const ids = await Promise.all(Array.from({ length: 20 }, () => approvals.createLink(link)));
    expect(new Set(ids).size).toBe(20);
    for (const id of ids) {
      expect(id).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(await approvals.link(id, 'decide')).toMatchObject(link);
      // The link to the run's page follows from it, and neither does what the other is for.
      expect(await approvals.link(runLinkId(id), 'look')).toMatchObject(link);
      expect(await approvals.link(runLinkId(id), 'decide')).toBeUndefined();
      expect(await approvals.link(id, 'look')).toBeUndefined();
    }
    const { Items = [] } = await table.documents.send(new ScanCommand({ TableName: table.name }));
    const all = ids.flatMap((id) => [id, runLinkId(id)]);
    const digests = all.map((id) => `LINK#${createHash('sha256').update(id).digest('hex')}`);
    const links = Items.filter(({ sk }) => sk === 'LINK');
    expect(links.map(({ pk }) => pk).toSorted()).toEqual(digests.toSorted());
    for (const id of all) expect(JSON.stringify(Items)).not.toContain(id);
  });

  it('is unknown by any other text, and odd texts are not even looked up', async () => {
    const table = await aws.controlTable();
    const approvals = new Approvals(table);
    const id = await approvals.createLink(link);
    const other = id.startsWith('A') ? `B${id.slice(1)}` : `A${id.slice(1)}`;
    expect(await approvals.link(other, 'decide')).toBeUndefined();
    const from = aws.callsTo(table.name).length;
    for (const odd of ['', id.slice(1), `${id}A`, `${id}\n`, id.replace(/./, '/'), '../'.repeat(14)])
      expect(await approvals.link(odd, 'decide')).toBeUndefined();
    expect(aws.callsTo(table.name)).toHaveLength(from);
  });
});

describe('the register of backups', () => {
  const TABLE = 'arn:aws:dynamodb:eu-west-1:123456789012:table/photos';
  const [FIRST, SECOND] = [`${TABLE}/backup/1`, `${TABLE}/backup/2`];
  const newBackups = async () => new Backups(await aws.controlTable());

  it('lists the backups of a table with who holds them, the youngest first', async () => {
    const backups = await newBackups();
    await backups.register(TABLE, FIRST, 1_000, 'run-1');
    await backups.register(TABLE, SECOND, 2_000, 'run-2');
    await backups.register(`${TABLE}-2`, `${TABLE}-2/backup/1`, 3_000, 'run-3');
    expect(await backups.hold(TABLE, FIRST, 'run-2')).toBe(true);
    const listed = (await backups.list(TABLE)).map((one) => ({ ...one, holders: one.holders.toSorted() }));
    expect(listed).toEqual([
      { backupArn: SECOND, createdAtMs: 2_000, holders: ['run-2'] },
      { backupArn: FIRST, createdAtMs: 1_000, holders: ['run-1', 'run-2'] },
    ]);
  });

  it('tells the last one to leave, however often he asks, that the backup is his to delete', async () => {
    const backups = await newBackups();
    await backups.register(TABLE, FIRST, 1_000, 'run-1');
    await backups.hold(TABLE, FIRST, 'run-2');
    expect(await backups.leave(TABLE, FIRST, 'run-1')).toBe(false);
    expect(await backups.leave(TABLE, FIRST, 'run-1')).toBe(false);
    expect(await backups.leave(TABLE, FIRST, 'run-2')).toBe(true);
    expect(await backups.leave(TABLE, FIRST, 'run-2')).toBe(true);
    await backups.forget(TABLE, FIRST);
    expect(await backups.list(TABLE)).toEqual([]);
  });

  it('does not let anybody hold what is being deleted, is forgotten, or was never there', async () => {
    const backups = await newBackups();
    await backups.register(TABLE, FIRST, 1_000, 'run-1');
    await backups.leave(TABLE, FIRST, 'run-1');
    expect(await backups.hold(TABLE, FIRST, 'run-2')).toBe(false);
    await backups.forget(TABLE, FIRST);
    expect(await backups.hold(TABLE, FIRST, 'run-2')).toBe(false);
    expect(await backups.leave(TABLE, SECOND, 'run-2')).toBe(false);
    expect(await backups.list(TABLE)).toEqual([]);
  });

  it('never lets a backup be deleted that a run relies on, whoever comes and goes at once', async () => {
    for (let round = 0; round < 20; round++) {
      const backups = await newBackups();
      await backups.register(TABLE, FIRST, 1_000, 'run-0');
      const leaving = backups.leave(TABLE, FIRST, 'run-0');
      const holding = Array.from({ length: 4 }, (_, n) => backups.hold(TABLE, FIRST, `run-${n + 1}`));
      const [isDeleted, ...held] = await Promise.all([leaving, ...holding]);
      expect(isDeleted && held.some(Boolean)).toBe(false);
      expect(isDeleted || held.some(Boolean)).toBe(true);
    }
  });

  it('has one of many who leave at once delete it', async () => {
    const backups = await newBackups();
    const runs = Array.from({ length: 10 }, (_, n) => `run-${n}`);
    await backups.register(TABLE, FIRST, 1_000, 'run-0');
    for (const run of runs.slice(1)) await backups.hold(TABLE, FIRST, run);
    const last = await Promise.all(runs.map((run) => backups.leave(TABLE, FIRST, run)));
    expect(last.filter(Boolean)).toHaveLength(1);
  });
});

describe('what protecting has learnt', () => {
  it('is kept for each run and target as it was put last', async () => {
    const protections = new Protections(await aws.controlTable());
    const step = { startedAtMs: 1_000, calls: 1, readyAtMs: null, failure: null };
    const record = { target: 'photos', protect: step, pitrEnabledAtMs: 1_000, backupArn: 'arn', hasLateBackup: true };
    expect(await protections.get('run-1', 'photos')).toEqual({ target: 'photos' });
    await protections.put('run-1', { ...record, versioningEnabledAtMs: 5 });
    await protections.put('run-1', record);
    await protections.put('run-1', { target: 'images' });
    await protections.put('run-10', { target: 'photos' });
    expect(await protections.get('run-1', 'photos')).toEqual(record);
    expect(await protections.list('run-1')).toEqual([{ target: 'images' }, record]);
  });
});

describe('an abort', () => {
  const flag = { why: 'asked', by: 'ops@example.com', reason: 'wrong tenant', at: '2031-05-06T08:00:00.000Z' } as const;

  it('is found for its run only', async () => {
    const aborts = new Aborts(await aws.controlTable());
    expect(await aborts.request('run-1', flag)).toEqual(flag);
    expect(await aborts.get('run-1')).toEqual(flag);
    expect(await aborts.get('run-10')).toBeUndefined();
  });

  it('stands as it was asked for first, and tells whoever comes later', async () => {
    const aborts = new Aborts(await aws.controlTable());
    const many = Array.from({ length: 10 }, (_, n) => ({ ...flag, by: `${n}@example.com` }));
    const standing = await Promise.all(many.map((one) => aborts.request('run-1', one)));
    expect(new Set(standing.map(({ by }) => by)).size).toBe(1);
    expect(await aborts.get('run-1')).toEqual(standing[0]);
  });
});

describe('a request id', () => {
  const day = 24 * 3_600_000;

  it('belongs for a day to the run that used it first, however often that run asks', async () => {
    const requests = new Requests(await aws.controlTable());
    expect(await requests.claim('id', 'run-1', 1_000)).toBeUndefined();
    expect(await requests.claim('id', 'run-1', 2_000)).toBeUndefined();
    expect(await requests.claim('id', 'run-2', 2_000 + day - 1)).toBe('run-1');
    expect(await requests.claim('id', 'run-2', 2_000 + day)).toBeUndefined();
    expect(await requests.claim('other', 'run-3', 2_000)).toBeUndefined();
  });

  it('goes to one of many runs that come at once, and the others are told which', async () => {
    const requests = new Requests(await aws.controlTable());
    const runs = Array.from({ length: 20 }, (_, n) => `run-${n}`);
    const owners = await Promise.all(runs.map((run) => requests.claim('id', run, 1_000)));
    const winners = runs.filter((_, at) => owners[at] === undefined);
    expect(winners).toHaveLength(1);
    expect(new Set(owners.filter((owner) => owner !== undefined))).toEqual(new Set(winners));
  });

  it('is free again once its run lets go, and of no other run', async () => {
    const requests = new Requests(await aws.controlTable());
    await requests.claim('id', 'run-1', 1_000);
    await requests.release('id', 'run-2');
    expect(await requests.claim('id', 'run-2', 1_000)).toBe('run-1');
    await requests.release('id', 'run-1');
    expect(await requests.claim('id', 'run-2', 1_000)).toBeUndefined();
  });
});

describe('the control table', () => {
  it('is read consistently, and only so', async () => {
    const bodies: string[] = [];
    const onSent = ({ body }: { readonly body: string }) => bodies.push(body);
    const client = withFaults(aws.newDynamoDb(), { life: new Life(), time: new VirtualTime(), onSent });
    const table = await aws.controlTable(client);
    await table.get({ pk: 'a', sk: '1' });
    await table.query('a');
    expect(bodies.map((body) => JSON.parse(body).ConsistentRead)).toEqual([true, true]);
    client.destroy();
  });

  it('answers an update with the item as it is then', async () => {
    const table = await aws.controlTable();
    await table.put({ pk: 'a', sk: '1', n: 1, undefined });
    const { item } = await table.update({ pk: 'a', sk: '1' }, { expression: 'SET n = :n', values: { ':n': 2 } });
    expect([item, await table.query('a')]).toEqual([{ pk: 'a', sk: '1', n: 2 }, [{ pk: 'a', sk: '1', n: 2 }]]);
  });

  it('answers a condition that does not hold with the item that stands, and throws every other failure', async () => {
    const table = await aws.controlTable();
    await table.put({ pk: 'a', sk: '1', n: 1 });
    const condition = 'attribute_not_exists(pk)';
    const update = { expression: 'SET n = :n', condition, values: { ':n': 2 } };
    expect(await table.update({ pk: 'a', sk: '1' }, update)).toEqual({ won: false, item: { pk: 'a', sk: '1', n: 1 } });
    const invalid = table.update({ pk: 'a', sk: '1' }, { expression: 'SET' });
    await expect(invalid).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('leaves nothing of what it removes', async () => {
    const table = await aws.controlTable();
    await table.put({ pk: 'a', sk: '1' });
    await table.remove({ pk: 'a', sk: '1' });
    await table.remove({ pk: 'a', sk: '1' });
    const { Item } = await table.documents.send(new GetCommand({ TableName: table.name, Key: { pk: 'a', sk: '1' } }));
    expect(Item).toBeUndefined();
  });
});
