// What functions do in real runs, held against what their roles allow: all of it is granted, and nothing else is.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogOf, tenantTable } from '../support/catalogs.ts';
import { grantsOf, PRINCIPALS } from '../support/iam/grants.ts';
import type { JudgedCall } from '../support/iam/guard.ts';
import { allows, applies, type Call, permits, type Statement } from '../support/iam/policy.ts';
import { RolePolicies } from '../support/iam/role-policies.ts';
import { Lethe, type Row } from '../support/lethe.ts';
import { Synthesized } from '../support/synthesized.ts';

const CATALOG = catalogOf({
  stores: {
    orders: tenantTable('orders'),
    photos: { table: 'photos', select: { tenant: { index: 'by-tenant', key: { owner: '{tenant}' } } } },
    visits: { table: 'visits', select: { tenant: { attribute: { owner: '{tenant}' } } } },
    files: { bucket: 'files', select: { tenant: { prefix: '{tenant}/' } } },
    users: tenantTable('users', { preserve: true }),
    contracts: { bucket: 'contracts', preserve: true, select: { tenant: { prefix: '{tenant}/' } } },
  },
  protection: { pitr: 'enable', versioning: 'enable' },
  limits: { cooldown: '0s', maxShare: 1 },
  undo: { window: '0s' },
});

/** Granted though no run here needs it, and why. */
const UNUSED: readonly { readonly grant: RegExp; readonly reason: string }[] = [
  { grant: /^close-run dynamodb:UpdateItem LOCK$/, reason: 'frees a lock that a report left behind' },
  {
    grant: /^(close-run|show-run|tell-outcome) s3:ListBucket $/,
    reason: 'S3 answers 404 instead of 403 for an absent file only with it',
  },
  {
    grant: /^(plan-run|seal-plan|write-report) s3:GetObject $/,
    reason: 'a repeated call reads what the first one wrote',
  },
  {
    grant: /^[\w-]+ dynamodb:GetItem \w+$/,
    reason: 'an update whose condition does not hold reads what stands instead',
  },
  { grant: /^work-shard dynamodb:PutItem SHARD$/, reason: 'stops a target whose bucket loses its versioning' },
  { grant: /^work-shard s3:PutObject $/, reason: 'samples of keys whose deletion the service refused' },
  { grant: /^plan-run dynamodb:ConditionCheckItem LOCK$/, reason: 'checks the cooldown of what contains a sub-scope' },
  {
    grant: /^request-approval lambda:InvokeFunction $/,
    reason: 'a repeated request finds a decision recorded meanwhile',
  },
  { grant: /^close-run states:DescribeExecution $/, reason: 'the input, where it was too long for the event' },
];

let lethe: Lethe;
let app: Synthesized;
let policies: RolePolicies;
let calls: readonly JudgedCall[];
const folder = mkdtempSync(join(tmpdir(), 'lethe-grants-'));

beforeAll(async () => {
  const file = join(folder, 'catalog.yaml');
  writeFileSync(file, JSON.stringify(CATALOG));
  app = new Synthesized({ catalog: file });
  lethe = await Lethe.open({ catalog: CATALOG });
  const { local } = lethe;
  policies = new RolePolicies(app, local.ready);
  await runEverything();
  calls = lethe.iamCalls;
}, 300_000);

afterAll(async () => {
  await lethe.close();
  app.close();
  rmSync(folder, { recursive: true });
});

const rows = (tenant: string, from: number, count: number): Row[] =>
  Array.from({ length: count }, (_, n) => ({ tenant, id: `i${from + n}`, owner: tenant }));
const request = (tenant: string) => ({ scope: { tenant }, phrase: `ERASE tenant ${tenant} from test` });
const EXECUTE = { mode: 'execute', reason: 'test', requestedBy: 'ops@example.com' };

async function runEverything(): Promise<void> {
  for (const table of ['orders', 'visits', 'users']) await lethe.table(table, ['tenant', 'id'], rows('acme', 0, 3));
  await makePhotos();
  // Without versioning: it is switched on by the first run.
  await lethe.s3.send(new CreateBucketCommand({ Bucket: 'files' }));
  for (const Key of ['acme/a', 'acme/b', 'other/c']) {
    await lethe.s3.send(new PutObjectCommand({ Bucket: 'files', Key, Body: Key }));
  }
  await lethe.s3.send(new CreateMultipartUploadCommand({ Bucket: 'files', Key: 'acme/unfinished' }));
  await lethe.bucket('contracts', ['acme/c']);
  await byEvent('1-1', { scope: { tenant: 'acme' }, requestId: 'once' });
  await lethe.end('event-1-1');
  await byEvent('1-2', { scope: { tenant: 'acme' }, requestId: 'once' });
  await lethe.end('event-1-2');
  await lethe.run({ ...EXECUTE, ...request('acme'), phrase: 'wrong', requestId: 'refused' });
  const rejected = await lethe.awaiting(request('acme'));
  await invoke('watch-approvals', {});
  await lethe.run({ ...EXECUTE, ...request('acme') });
  await lethe.decide(rejected.mails[0]?.links.approve ?? '', { decision: 'reject', reason: 'not yet' });
  await lethe.end(rejected.run);
  const stopped = await lethe.awaiting(request('acme'));
  await lethe.stopExecution(stopped.run);
  await lethe.closed(stopped.run);
  await holdLock(rejected.run);
  const approved = await lethe.awaiting(request('acme'));
  await lethe.put('orders', rows('acme', 3, 2));
  const decision = { decision: 'approve', phrase: request('acme').phrase };
  await lethe.decide(approved.mails[0]?.links.approve ?? '', decision);
  const ended = await lethe.end(approved.run);
  expect(ended.output).toMatchObject({ outcome: 'erased' });
  const page = await lethe.runUrl(approved.mails[0]?.links.approve ?? '');
  for (const url of [page, `${page}/report`]) expect((await fetch(url)).status).toBe(200);
}

async function makePhotos(): Promise<void> {
  const attribute = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
  const hash = (AttributeName: string) => ({ AttributeName, KeyType: 'HASH' as const });
  await lethe.dynamodb.send(
    new CreateTableCommand({
      TableName: 'photos',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [attribute('id'), attribute('owner')],
      KeySchema: [hash('id')],
      GlobalSecondaryIndexes: [
        { IndexName: 'by-tenant', KeySchema: [hash('owner')], Projection: { ProjectionType: 'KEYS_ONLY' } },
      ],
    }),
  );
  await lethe.put('photos', rows('acme', 0, 3));
}

/** As if a run had ended without freeing its lock. */
async function holdLock(runId: string): Promise<void> {
  await lethe.dynamodb.send(
    new UpdateItemCommand({
      TableName: lethe.local.ready.controlTable,
      Key: { pk: { S: 'LOCK#tenant=acme' }, sk: { S: 'LOCK' } },
      UpdateExpression: 'SET holder = :run',
      ExpressionAttributeValues: { ':run': { S: runId } },
    }),
  );
}

async function byEvent(id: string, detail: unknown): Promise<void> {
  await invoke('start-run', { id, 'detail-type': 'ErasureRequested', detail });
}

async function invoke(name: string, payload: unknown): Promise<void> {
  const { endpoint, region } = lethe.local.ready;
  const client = new LambdaClient({ endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
  await client.send(new InvokeCommand({ FunctionName: `${name}:live`, Payload: JSON.stringify(payload) }));
  client.destroy();
}

describe('roles', () => {
  it.each(PRINCIPALS)('%s has in the template what the embedded AWS enforces', (principal) => {
    const own = grantsOf(CATALOG, lethe.local.ready).get(principal) ?? [];
    // With the others Lambda itself writes logs and traces, and puts what failed into the dead-letter queue.
    const isOwn = ({ Action }: Statement) => !/^(logs|xray|sqs):/.test([Action ?? []].flat()[0] ?? '');
    expect(sorted(policies.statementsOf(principal).filter(isOwn))).toEqual(sorted(own));
  });

  it.each(PRINCIPALS)('%s is granted everything it does in runs', (principal) => {
    const own = calls.filter(({ by }) => by === principal);
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter(({ isAllowed }) => !isAllowed)).toEqual([]);
  });

  it('sessions of the eraser allow what workers do with them, inside what the role allows', () => {
    const inSession = calls.filter(({ by }) => by === 'lethe-eraser');
    expect(inSession.map(({ sessionPolicy }) => typeof sessionPolicy)).not.toContain('undefined');
    const actions = new Set(inSession.map(({ action }) => action.split(':')[1]));
    expect([...actions].sort()).toEqual([
      'AbortMultipartUpload',
      'BatchWriteItem',
      'DeleteItem',
      'DeleteObject',
      'DeleteObjectVersion',
      'GetBucketVersioning',
      'ListBucket',
      'ListBucketMultipartUploads',
      'ListBucketVersions',
      'Query',
      'Scan',
    ]);
    const isStore = ({ resource }: JudgedCall) => resource.startsWith('arn:aws:s3');
    for (const call of inSession.filter(isStore)) expect(allows(call.sessionPolicy ?? '', call)).toBe(true);
  });

  it.each(PRINCIPALS)('%s is granted nothing that no run needs, but for reasons', (principal) => {
    const own = calls.filter(({ by }) => by === principal);
    const unused = (grantsOf(CATALOG, lethe.local.ready).get(principal) ?? [])
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap((statement) => partsOf(statement).filter(({ alone }) => !own.some((call) => applies(alone, call))))
      .map(({ action, family }) => `${principal} ${action} ${family}`);
    expect(unused.filter((grant) => !UNUSED.some((known) => known.grant.test(grant)))).toEqual([]);
  });
});

describe('removing a statement', () => {
  it.each(PRINCIPALS)('of %s denies something that runs do, but for reasons', (principal) => {
    const statements = grantsOf(CATALOG, lethe.local.ready).get(principal) ?? [];
    const own = calls.filter(({ by }) => by === principal);
    const vain = statements.filter((statement, at) => {
      const others = statements.filter((_, n) => n !== at);
      if (statement.Effect === 'Deny')
        return !preservedProbes(statement).some((probe) => permits([EVERYTHING, ...others], probe));
      return own.every((call) => permits(others, call));
    });
    const parts = vain.flatMap(partsOf).map(({ action, family }) => `${principal} ${action} ${family}`);
    expect(parts.filter((part) => !UNUSED.some(({ grant }) => grant.test(part)))).toEqual([]);
  });

  it('of a session denies something that its worker does, for every kind of session', () => {
    const inSession = calls.filter(({ by }) => by === 'lethe-eraser');
    const byPolicy = Map.groupBy(inSession, ({ sessionPolicy = '' }) => sessionPolicy);
    // A worker does not always come to all that its shard may need: one of each kind must.
    const kinds = new Map<string, boolean>();
    for (const [policy, own] of byPolicy) {
      const { Statement: statements } = JSON.parse(policy) as { Statement: Statement[] };
      for (const [at, statement] of statements.entries()) {
        const others = statements.filter((_, n) => n !== at);
        const kind = JSON.stringify([statement.Action, statement.Resource]);
        kinds.set(kind, (kinds.get(kind) ?? false) || own.some((call) => !permits(others, call)));
      }
    }
    expect([...kinds].filter(([, isNeeded]) => !isNeeded)).toEqual([]);
    expect(kinds.size).toBeGreaterThan(10);
  });
});

const EVERYTHING: Statement = { Effect: 'Allow', Action: '*', Resource: '*' };

/** What a denial is for: something forbidden on each of its resources. */
function preservedProbes({ Resource }: Statement) {
  return [Resource].flat().map((resource) => ({
    action: resource.includes(':s3:::') ? 's3:DeleteObject' : 'dynamodb:DeleteItem',
    resource: resource.replace(/\*$/, 'x'),
  }));
}

describe('the evaluator', () => {
  it('agrees with a simulator of IAM on every call of the runs, and on each of them twisted', async () => {
    const grants = grantsOf(CATALOG, lethe.local.ready);
    const asked = new Map(
      calls
        // Its reference names no resource, though the service checks the ARN of the state machine.
        .filter(({ action }) => action !== 'states:SendTaskSuccess')
        .flatMap((call) => twists(call).map((twisted) => [JSON.stringify(twisted), twisted] as const)),
    );
    const verdicts = { allowed: 0, denied: 0 };
    for (const call of asked.values()) {
      const policies = [
        grants.get(call.by) ?? [],
        ...(call.sessionPolicy ? [JSON.parse(call.sessionPolicy).Statement] : []),
      ];
      for (const statements of policies) {
        const isAllowed = permits(statements, call);
        expect([call, await simulate(statements, call)]).toEqual([call, isAllowed]);
        verdicts[isAllowed ? 'allowed' : 'denied']++;
      }
    }
    expect(verdicts.allowed).toBeGreaterThan(100);
    expect(verdicts.denied).toBeGreaterThan(100);
  }, 120_000);
});

/** The call itself, and with another resource, another key, one key more, and none. */
function twists({ by, action, resource, context = {}, sessionPolicy }: JudgedCall): Omit<JudgedCall, 'isAllowed'>[] {
  const call = { by, action, resource, context, sessionPolicy };
  const { 'dynamodb:LeadingKeys': keys, ...rest } = context;
  const others = keys === undefined ? [] : [['LOCK#x'], [...keys, 'globex'], ['acme']];
  return [
    call,
    { ...call, resource: `${resource}x` },
    ...others.map((other) => ({ ...call, context: { ...rest, 'dynamodb:LeadingKeys': other } })),
    ...(keys === undefined ? [] : [{ ...call, context: rest }]),
    ...(context['s3:prefix'] === undefined ? [] : [{ ...call, context: { 's3:prefix': 'globex/' } }]),
  ];
}

async function simulate(statements: readonly Statement[], { action, resource, context = {} }: Call): Promise<boolean> {
  const policy = { Version: '2012-10-17', Statement: statements };
  const account = lethe.local.ready.account;
  const simulated = await runSimulation(
    {
      identityPolicies: [{ name: 'policy', policy }],
      // A key's own policy, as the CDK makes it: the account decides by its roles' policies.
      ...(action.startsWith('kms:') && { resourcePolicy: keyPolicyOf(account) }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      request: {
        action,
        resource: { resource, accountId: account },
        principal: `arn:aws:iam::${account}:role/role`,
        contextVariables: Object.fromEntries(Object.entries(context).map(([key, value]) => [key, asMutable(value)])),
      },
    },
    {},
  );
  if (simulated.resultType === 'error')
    throw new Error(`${action} on ${resource}: ${JSON.stringify(simulated.errors)}`);
  return simulated.overallResult === 'Allowed';
}

function keyPolicyOf(account: string) {
  const Principal = { AWS: `arn:aws:iam::${account}:root` };
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' }] };
}

function asMutable(value: string | readonly string[]): string | string[] {
  return typeof value === 'string' ? value : [...value];
}

/** Functions and reminders have a prefix where they are deployed. */
const PREFIXED = /(:function:|:schedule\/|:role\/)lethe-(?!eraser)/;

/** Statements, taken apart as far as they can be: the library merges some. */
function sorted(statements: readonly Statement[]): string[] {
  const parts = statements.flatMap(({ Effect, Action, NotAction, Resource, Condition = {} }) =>
    [Resource]
      .flat()
      .flatMap((resource) =>
        [Action ?? [[NotAction ?? []].flat().sort()]]
          .flat()
          .map((action) => JSON.stringify([Effect, action, resource.replace(PREFIXED, '$1'), Condition])),
      ),
  );
  return [...new Set(parts)].sort();
}

/** A statement, taken apart into one for each action and each family of keys. */
function partsOf(statement: Statement): { action: string; family: string; alone: Statement }[] {
  const families = statement.Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'];
  return [statement.Action ?? []].flat().flatMap((action) => {
    if (families === undefined) return [{ action, family: '', alone: { ...statement, Action: action } }];
    return [families].flat().map((pattern) => ({
      action,
      family: pattern.replace('#*', ''),
      alone: {
        ...statement,
        Action: action,
        Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': pattern } },
      },
    }));
  });
}

describe('what is preserved', () => {
  const REACHING = ['plan-run', 'protect-target', 'write-report', 'lethe-eraser'];
  const TABLE = 'arn:aws:dynamodb:eu-west-1:123456789012:table/users';
  const ACTIONS: readonly [string, string][] = [
    ['dynamodb:DeleteItem', TABLE],
    ['dynamodb:BatchWriteItem', TABLE],
    ['dynamodb:PutItem', TABLE],
    ['dynamodb:GetItem', TABLE],
    ['dynamodb:UpdateContinuousBackups', TABLE],
    ['dynamodb:DeleteTable', TABLE],
    ['dynamodb:DeleteBackup', `${TABLE}/backup/1`],
    ['s3:DeleteObject', 'arn:aws:s3:::contracts/acme/c'],
    ['s3:DeleteObjectVersion', 'arn:aws:s3:::contracts/acme/c'],
    ['s3:GetObject', 'arn:aws:s3:::contracts/acme/c'],
    ['s3:PutBucketVersioning', 'arn:aws:s3:::contracts'],
    ['s3:PutLifecycleConfiguration', 'arn:aws:s3:::contracts'],
  ];

  it.each(REACHING)('is denied to %s, whatever else the role is given', (principal) => {
    const statements = [EVERYTHING, ...policies.statementsOf(principal)];
    for (const [action, resource] of ACTIONS)
      expect([action, permits(statements, { action, resource })]).toEqual([action, false]);
    // The evaluator is not just saying no.
    expect(permits(statements, { action: 'dynamodb:DeleteItem', resource: TABLE.replace('users', 'orders') })).toBe(
      true,
    );
  });
});

describe('the eraser role', () => {
  it('is assumed by the worker alone', () => {
    const roles = app.resources('Lethe', 'AWS::IAM::Role');
    const worker = app
      .resources('Lethe', 'AWS::Lambda::Function')
      .find(({ Properties }) => Properties.FunctionName === 'lethe-work-shard');
    const assumed = roles.filter(({ Properties }) => Properties.AssumeRolePolicyDocument.Statement[0].Principal.AWS);
    expect(assumed.map(({ Properties }) => Properties.AssumeRolePolicyDocument.Statement)).toEqual([
      [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { AWS: worker?.Properties.Role } }],
    ]);
    expect(assumed.map(({ id }) => id)).toEqual([expect.stringContaining('Eraser')]);
    const assuming = PRINCIPALS.filter((principal) =>
      policies.statementsOf(principal).some(({ Action }) => [Action].flat().includes('sts:AssumeRole')),
    );
    expect(assuming).toEqual(['work-shard']);
  });
});

describe('the function that faces the internet', () => {
  it('reaches approvals and links, and the function that delivers; no run, no store, no state machine', () => {
    const statements = policies
      .statementsOf('web')
      .filter(({ Action }) => !/^(logs|xray)/.test([Action].flat()[0] ?? ''));
    const actions = statements.flatMap(({ Action }) => [Action].flat());
    expect(actions.sort()).toEqual([
      'dynamodb:GetItem',
      'dynamodb:GetItem',
      'dynamodb:UpdateItem',
      'lambda:InvokeFunction',
    ]);
    const table = `arn:aws:dynamodb:eu-west-1:123456789012:table/${lethe.local.ready.controlTable}`;
    for (const family of ['RUN', 'ABORT', 'LOCK', 'SHARD', 'POOL', 'PROTECT', 'BACKUP', 'REQUEST']) {
      const context = { 'dynamodb:LeadingKeys': [`${family}#x`] };
      for (const action of ['dynamodb:GetItem', 'dynamodb:UpdateItem'])
        expect(permits(statements, { action, resource: table, context })).toBe(false);
    }
    expect(permits(statements, { action: 'dynamodb:GetItem', resource: table })).toBe(false);
  });
});
