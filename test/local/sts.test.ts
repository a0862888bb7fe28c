// STS through the front door, with the SDK's own client.
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { expect, onTestFinished, test } from 'vitest';
import { makeSts } from '../../local/sts/sts.ts';
import { makeAccount, START_MS } from './account.ts';

const ROLE = 'arn:aws:iam::123456789012:role/service/eraser';
const POLICY = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] });

async function setUp() {
  const account = makeAccount({ clockSpeed: 100_000 });
  const { clock, place, keys, recorded } = account;
  const configuration = await account.serve(makeSts({ clock, place, keys, roles: [ROLE] }));
  const clientWith = (changes: object = {}) => {
    const client = new STSClient({ ...configuration, ...changes });
    onTestFinished(() => client.destroy());
    return client;
  };
  const assume = (changes: Partial<AssumeRoleCommandInput> = {}, client = clientWith()) =>
    client.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'run-1', ...changes }));
  /** A client that signs with the keys of an assumed role. */
  const clientOf = ({ Credentials: issued }: Awaited<ReturnType<typeof assume>>) =>
    clientWith({
      credentials: {
        accessKeyId: issued?.AccessKeyId,
        secretAccessKey: issued?.SecretAccessKey,
        sessionToken: issued?.SessionToken,
      },
    });
  return { clientWith, clientOf, assume, clock, keys, recorded };
}

test('AssumeRole issues keys that know their role, session and session policy', async () => {
  const { assume, keys, clock, recorded } = await setUp();

  const { Credentials, AssumedRoleUser } = await assume({ Policy: POLICY });

  const arn = 'arn:aws:sts::123456789012:assumed-role/eraser/run-1';
  expect(AssumedRoleUser).toEqual({ Arn: arn, AssumedRoleId: expect.stringMatching(/^AROA[0-9A-Z]{17}:run-1$/) });
  expect(keys.principalOf(Credentials?.AccessKeyId ?? '', clock.nowMs())).toEqual({
    arn,
    name: 'eraser/run-1',
    sessionPolicy: POLICY,
  });
  expect(recorded).toMatchObject([{ service: 'sts', operation: 'AssumeRole', resource: ROLE, by: 'caller' }]);
});

test('keys expire in service time, after an hour unless another duration was asked for', async () => {
  const { assume, clientOf, clock } = await setUp();

  const hour = await assume();
  const quarter = await assume({ DurationSeconds: 900 });

  const expiresMs = hour.Credentials?.Expiration?.getTime() ?? 0;
  expect(expiresMs).toSatisfy((ms: number) => ms >= START_MS + 3_600_000 && ms <= clock.nowMs() + 3_600_000);
  await clock.sleep(900_000);
  await expect(clientOf(quarter).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: 'ExpiredToken',
    $metadata: { httpStatusCode: 403 },
  });
});

test('GetCallerIdentity tells who signed', async () => {
  const { assume, clientOf, clientWith } = await setUp();
  const session = await assume();

  expect(await clientWith().send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: '123456789012',
    Arn: 'arn:aws:iam::123456789012:root',
    UserId: '123456789012',
  });
  expect(await clientOf(session).send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: '123456789012',
    Arn: session.AssumedRoleUser?.Arn,
    UserId: session.AssumedRoleUser?.AssumedRoleId,
  });
});

test('a role nobody registered is denied, in the words of AWS', async () => {
  const { assume, clientOf } = await setUp();
  const session = clientOf(await assume());
  const RoleArn = 'arn:aws:iam::123456789012:role/admin';

  await expect(assume({ RoleArn }, session)).rejects.toMatchObject({
    name: 'AccessDenied',
    message: `User: arn:aws:sts::123456789012:assumed-role/eraser/run-1 is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
    $metadata: { httpStatusCode: 403 },
  });
});

test('a session that assumes a role again may ask for an hour at most', async () => {
  const { assume, clientOf } = await setUp();
  const session = clientOf(await assume({ DurationSeconds: 43_200 }));

  await expect(assume({ DurationSeconds: 3601 }, session)).rejects.toMatchObject({
    name: 'ValidationError',
    message: 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
  });
  await expect(assume({ DurationSeconds: 3600 }, session)).resolves.toHaveProperty('Credentials');
});

test.for([
  [{ DurationSeconds: 899 }, "Value '899' at 'durationSeconds'", 'Member must have value greater than or equal to 900'],
  [
    { DurationSeconds: 43_201 },
    "Value '43201' at 'durationSeconds'",
    'Member must have value less than or equal to 43200',
  ],
  [{ RoleSessionName: 'a' }, "Value 'a' at 'roleSessionName'", 'Member must have length greater than or equal to 2'],
  [{ RoleSessionName: 'a'.repeat(65) }, "at 'roleSessionName'", 'Member must have length less than or equal to 64'],
  [{ RoleSessionName: 'a b' }, "Value 'a b' at 'roleSessionName'", 'regular expression pattern: [\\w+=,.@-]*'],
  [{ RoleSessionName: undefined }, "Value null at 'roleSessionName'", 'Member must not be null'],
  [{ Policy: POLICY.padEnd(2049) }, "at 'policy'", 'Member must have length less than or equal to 2048'],
] as const)('AssumeRole with %j is refused', async ([changes, what, constraint]) => {
  const { assume } = await setUp();

  await expect(assume(changes as Partial<AssumeRoleCommandInput>)).rejects.toMatchObject({
    name: 'ValidationError',
    message: expect.stringMatching(
      new RegExp(
        `^1 validation error detected: .*${escaped(what)} failed to satisfy constraint: .*${escaped(constraint)}`,
      ),
    ),
    $metadata: { httpStatusCode: 400 },
  });
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

test('a session policy of 2,048 characters is taken', async () => {
  const { assume } = await setUp();

  await expect(assume({ Policy: POLICY.padEnd(2048) })).resolves.toHaveProperty('Credentials');
});

test.for(['{', '"text"', '[]', '{"Version":"2012-10-17"}'])('the session policy %j is malformed', async (Policy) => {
  const { assume } = await setUp();

  await expect(assume({ Policy })).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
});

test.for([
  [{ PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }] }],
  [{ Tags: [{ Key: 'tenant', Value: 'acme' }] }],
  [{ TransitiveTagKeys: ['tenant'] }],
  [{ ExternalId: 'external' }],
  [{ SourceIdentity: 'source' }],
  [{ SerialNumber: 'arn:aws:iam::123456789012:mfa/me', TokenCode: '123456' }],
] satisfies [Partial<AssumeRoleCommandInput>][])('AssumeRole with %j is not implemented', async ([changes]) => {
  const { assume } = await setUp();

  await expect(assume(changes)).rejects.toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
});

test('other operations are not implemented', async () => {
  const { clientWith } = await setUp();

  await expect(clientWith().send(new GetSessionTokenCommand({}))).rejects.toMatchObject({ name: 'NotImplemented' });
});
