// Injected faults: what each effect does to a call of a function, on either side of it, and to functions themselves.
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, DeleteObjectsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeDynamoDb } from '../../local/dynamodb/dynamodb.ts';
import { type FaultsInput, readFaults } from '../../local/faults/fault-rules.ts';
import { Faults } from '../../local/faults/faults.ts';
import { makeInjector } from '../../local/faults/injector.ts';
import { makeLambda } from '../../local/lambda/lambda.ts';
import { makeS3 } from '../../local/s3/s3.ts';
import { functionPath, makeAccount } from './account.ts';

type Rule = FaultsInput['rules'][number];
const keyOf = (n: number) => ({ id: { S: `i${n}` } });

/** A table of ten items, and a client of a function whose calls are hit. */
async function tableWith(...rules: Rule[]) {
  const account = makeAccount();
  const { clock, place } = account;
  const { service, execute } = makeDynamoDb({ clock, place, backupSeconds: 1 });
  const { injector, ...configuration } = await account.serveFaulty({ seed: 7, rules }, service);
  const client = new DynamoDBClient(configuration);
  await execute('CreateTable', {
    TableName: 'items',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  });
  for (let n = 0; n < 10; n++) await execute('PutItem', { TableName: 'items', Item: keyOf(n) });
  const left = async () => (await execute('Scan', { TableName: 'items' })).Count as number;
  return { account, client, injector, left };
}

const remove = (n: number) => new DeleteItemCommand({ TableName: 'items', Key: keyOf(n) });
const batch = (count: number) =>
  new BatchWriteItemCommand({
    RequestItems: { items: Array.from({ length: count }, (_, n) => ({ DeleteRequest: { Key: keyOf(n) } })) },
  });

describe('a call that is hit', () => {
  const dynamodb = { service: 'dynamodb' };

  it.each<[string, Rule, string, number]>([
    ['throttled', { ...dynamodb, effect: 'throttle' }, 'ProvisionedThroughputExceededException', 10],
    ['failed before it took effect', { ...dynamodb, effect: 'http500' }, 'InternalServerError', 10],
    ['failed after it took effect', { ...dynamodb, effect: 'http500', when: 'afterCall' }, 'InternalServerError', 9],
    ['reset before it took effect', { ...dynamodb, effect: 'reset' }, 'Error', 10],
    ['reset after it took effect', { ...dynamodb, effect: 'reset', when: 'afterCall' }, 'Error', 9],
    [
      'refused for its key',
      { ...dynamodb, effect: 'keyError', share: 1, code: 'AccessDeniedException' },
      'AccessDeniedException',
      10,
    ],
  ])('is %s', async (_, rule, name, left) => {
    const table = await tableWith({ operation: 'DeleteItem', ...rule });
    await expect(table.client.send(remove(1))).rejects.toMatchObject({ name: expect.stringContaining(name) });
    expect(await table.left()).toBe(left);
    expect(table.account.recorded.at(-1)).toMatchObject({ operation: 'DeleteItem', fault: rule.effect, by: 'fn' });
    expect(table.injector.counts()).toEqual({ [rule.effect]: 1 });
  });

  it('is cut short after it took effect', async () => {
    const table = await tableWith({ ...dynamodb, operation: 'Scan', effect: 'truncate' });
    await expect(table.client.send(new ScanCommand({ TableName: 'items' }))).rejects.toThrow();
    expect(table.account.recorded.at(-1)).toMatchObject({ operation: 'Scan', fault: 'truncate', status: 200 });
  });

  it.each(['beforeCall', 'afterCall'] as const)('is slow by service time, waiting %s', async (when) => {
    const table = await tableWith({ ...dynamodb, effect: 'slow', delayMs: 120, when });
    const { clock } = table.account;
    const fromMs = clock.nowMs();
    await table.client.send(remove(1));
    expect(clock.nowMs() - fromMs).toBeGreaterThanOrEqual(120);
    expect(await table.left()).toBe(9);
  });

  it('leaves a share of a batch unprocessed and undone, and names it', async () => {
    const table = await tableWith({ ...dynamodb, operation: 'BatchWriteItem', effect: 'unprocessed', share: 0.5 });
    const { UnprocessedItems = {} } = await table.client.send(batch(10));
    const unprocessed = UnprocessedItems['items'] ?? [];
    expect(unprocessed.length).toBeGreaterThan(0);
    expect(unprocessed.length).toBeLessThan(10);
    expect(await table.left()).toBe(unprocessed.length);
  });

  it('leaves all of a batch unprocessed where the share is 1', async () => {
    const table = await tableWith({ ...dynamodb, effect: 'unprocessed', share: 1 });
    expect((await table.client.send(batch(3))).UnprocessedItems?.['items']).toHaveLength(3);
    expect(await table.left()).toBe(10);
  });

  it('is one of the table, the operation and the keys that the rule matches', async () => {
    const rule = { ...dynamodb, operation: 'DeleteItem', effect: 'throttle' } as const;
    const other = await tableWith({ ...rule, match: { table: 'others' } });
    await other.client.send(remove(1));
    const elsewhere = await tableWith({ ...rule, operation: 'PutItem' });
    await elsewhere.client.send(remove(1));
    const keyed = await tableWith({ ...rule, match: { table: 'items', keyPrefix: 'i2' } });
    await keyed.client.send(remove(1));
    await expect(keyed.client.send(remove(2))).rejects.toThrow();
  });

  it('is one from the nth on, and no more than so many times', async () => {
    const table = await tableWith({ ...dynamodb, effect: 'throttle', n: 2, times: 2 });
    const sent = [1, 2, 3, 4].map((n) =>
      table.client.send(remove(n)).then(
        () => 'done',
        () => 'hit',
      ),
    );
    expect((await Promise.all(sent)).sort()).toEqual(['done', 'done', 'hit', 'hit']);
  });

  it('is none from outside', async () => {
    const account = makeAccount();
    const { service, execute } = makeDynamoDb({ clock: account.clock, place: account.place, backupSeconds: 1 });
    const { endpoint } = await account.serveFaulty({ rules: [{ ...dynamodb, effect: 'throttle' }] }, service);
    const credentials = { accessKeyId: 'AKIDOUTSIDE', secretAccessKey: 'any' };
    const client = new DynamoDBClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 });
    await client.send(
      new CreateTableCommand({
        TableName: 'items',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
    await client.send(new PutItemCommand({ TableName: 'items', Item: keyOf(1) }));
    expect((await execute('Scan', { TableName: 'items' })).Count).toBe(1);
  });
});

describe('a call to S3 that is hit', () => {
  async function bucketWith(...rules: Rule[]) {
    const account = makeAccount();
    const s3 = makeS3({ clock: account.clock, place: account.place });
    const { injector: _, ...configuration } = await account.serveFaulty({ seed: 3, rules }, s3.service);
    const client = new S3Client(configuration);
    await client.send(new CreateBucketCommand({ Bucket: 'images' }));
    return client;
  }
  const s3 = { service: 's3' };
  const deleting = (...keys: string[]) =>
    new DeleteObjectsCommand({ Bucket: 'images', Delete: { Objects: keys.map((Key) => ({ Key })) } });

  it('is throttled in the words of S3', async () => {
    const client = await bucketWith({ ...s3, operation: 'PutObject', effect: 'throttle' });
    const put = client.send(new PutObjectCommand({ Bucket: 'images', Key: 'a', Body: 'x' }));
    await expect(put).rejects.toMatchObject({ name: 'SlowDown', $metadata: { httpStatusCode: 503 } });
  });

  it('fails single keys, those below the prefix alone', async () => {
    const rule = { ...s3, operation: 'DeleteObjects', effect: 'keyError', share: 1, code: 'AccessDenied' } as const;
    const client = await bucketWith({ ...rule, match: { table: 'images', keyPrefix: 'acme/' } });
    const { Deleted = [], Errors = [] } = await client.send(deleting('acme/a', 'globex/a', 'acme/b'));
    expect(Deleted.map(({ Key }) => Key)).toEqual(['globex/a']);
    expect(Errors.map(({ Key, Code }) => [Key, Code])).toEqual([
      ['acme/a', 'AccessDenied'],
      ['acme/b', 'AccessDenied'],
    ]);
  });
});

describe('a function that is hit', () => {
  const open = (...rules: Rule[]) => {
    const account = makeAccount();
    const { clock, place, keys } = account;
    const faults = readFaults({ seed: 5, rules });
    if (Array.isArray(faults)) throw new Error(faults.join());
    const injector = makeInjector(faults, clock);
    const lambda = makeLambda({ clock, place, keys, faults: injector });
    lambda.register({
      name: 'misbehave',
      modulePath: functionPath('misbehave'),
      timeoutSeconds: 5,
      memoryMb: 128,
      roleArn: 'arn:aws:iam::123456789012:role/fn',
      environment: {},
      aliases: [],
    });
    return { lambda, injector };
  };
  const lambda = { service: 'lambda', operation: 'misbehave' };

  it.each<[string, Rule, string]>([
    ['throttled', { ...lambda, effect: 'throttle' }, 'Lambda.TooManyRequestsException'],
    ['failed by the service', { ...lambda, effect: 'http500' }, 'Lambda.ServiceException'],
    ['run to its end, its result lost', { ...lambda, effect: 'loseResult' }, 'Lambda.ServiceException'],
  ])('is %s', async (_, rule, name) => {
    const { lambda: service, injector } = open(rule);
    await expect(service.invoke('misbehave', { how: 'nothing' })).rejects.toMatchObject({ name });
    expect(injector.counts()).toEqual({ [rule.effect]: 1 });
    await service.close();
  });

  it('is killed after so many milliseconds, and the next invocation is not', async () => {
    const { lambda: service } = open({ ...lambda, effect: 'kill', when: 'afterMs', delayMs: 0, times: 1 });
    expect(await service.invoke('misbehave', { how: 'wait' })).toMatchObject({
      error: { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('signal: killed') },
    });
    expect(await service.invoke('misbehave', { how: 'nothing' })).toHaveProperty('payload');
    await service.close();
  });

  it('is another than the one named', async () => {
    const { lambda: service } = open({
      service: 'lambda',
      operation: 'other',
      effect: 'kill',
      when: 'afterMs',
      delayMs: 0,
    });
    expect(await service.invoke('misbehave', { how: 'nothing' })).toHaveProperty('payload');
    await service.close();
  });
});

describe('what is hit', () => {
  const rule = fc.record({
    service: fc.constant('dynamodb'),
    effect: fc.constantFrom('throttle' as const, 'http500' as const, 'slow' as const),
    rate: fc.double({ min: 0, max: 1, noNaN: true }),
    n: fc.integer({ min: 1, max: 5 }),
  });
  const calls = fc.array(fc.tuple(fc.constantFrom('Query', 'Scan'), fc.constantFrom('a', 'b')), { maxLength: 60 });
  const request = { method: 'POST', path: '/', query: new URLSearchParams(), headers: {}, body: Buffer.from('{}') };
  const principal = { arn: '', name: 'fn' };

  function hitsOf(seed: number, rules: readonly Rule[], sequence: readonly (readonly [string, string])[]) {
    const file = readFaults({ seed, rules: [...rules] });
    if (Array.isArray(file)) throw new Error(file.join());
    const faults = new Faults(file);
    return sequence.map(
      ([operation, table]) => faults.ofCall('dynamodb', operation, table, { ...request, principal })?.rule.effect,
    );
  }

  it('is the same for the same seed, and for each resource whatever is called in between', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0 }), fc.array(rule, { maxLength: 4 }), calls, (seed, rules, sequence) => {
        expect(hitsOf(seed, rules, sequence)).toEqual(hitsOf(seed, rules, sequence));
        const alone = sequence.filter(([operation, table]) => operation === 'Query' && table === 'a');
        const among = hitsOf(seed, rules, sequence).filter(
          (_, at) => sequence[at]?.[0] === 'Query' && sequence[at]?.[1] === 'a',
        );
        expect(hitsOf(seed, rules, alone)).toEqual(among);
      }),
    );
  });

  it('comes as often as its rate says', () => {
    const many = Array.from({ length: 4_000 }, () => ['Query', 'a'] as const);
    const hits = hitsOf(1, [{ service: 'dynamodb', effect: 'throttle', rate: 0.25 }], many).filter(Boolean).length;
    expect(hits / many.length).toBeGreaterThan(0.22);
    expect(hits / many.length).toBeLessThan(0.28);
  });
});

describe('a faults file', () => {
  it.each<[string, unknown, string]>([
    ['that is no object', 5, 'expected object'],
    ['with an unknown key', { rules: [], colour: 1 }, 'colour'],
    ['with an unknown key in a rule', { rules: [{ service: 's3', effect: 'slow', often: 1 }] }, 'rules[0]: '],
    ['with an unknown effect', { rules: [{ service: 's3', effect: 'explode' }] }, 'rules[0].effect: '],
    ['without a service', { rules: [{ effect: 'slow' }] }, 'rules[0].service: '],
    ['with a rate above 1', { rules: [{ service: 's3', effect: 'slow', rate: 2 }] }, 'rules[0].rate: '],
    ['with a kill of a table', { rules: [{ service: 'dynamodb', effect: 'kill' }] }, 'must be lambda for kill'],
    [
      'with a throttle after the call',
      { rules: [{ service: 's3', effect: 'throttle', when: 'afterCall' }] },
      'afterCall is for',
    ],
    [
      'with a reset after a time',
      { rules: [{ service: 's3', effect: 'reset', when: 'afterMs' }] },
      'afterMs is for kill',
    ],
    ['with unprocessed objects', { rules: [{ service: 's3', effect: 'unprocessed' }] }, 'must be dynamodb'],
    [
      'with a match it does not know',
      { rules: [{ service: 's3', effect: 'slow', match: { bucket: 'a' } }] },
      'rules[0].match: ',
    ],
  ])('%s is refused with the place and what is allowed', (_, value, told) => {
    const problems = readFaults(value);
    expect(Array.isArray(problems) ? problems.join('\n') : 'accepted').toContain(told);
  });
});
