// The Lambda API through the front door, with the SDK's own client.
import {
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda';
import { expect, onTestFinished, test } from 'vitest';
import { makeLambda } from '../../local/lambda/lambda.ts';
import { makeSts } from '../../local/sts/sts.ts';
import { functionPath, makeAccount } from './account.ts';

const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:echo';

async function setUp() {
  const account = makeAccount({ clockSpeed: 2400 });
  const { clock, place, keys, calls, recorded } = account;
  const lines: string[] = [];
  const lambda = makeLambda({ clock, place, keys, calls, onLog: (name, line) => lines.push(`${name}: ${line}`) });
  onTestFinished(() => lambda.close());
  for (const name of ['echo', 'misbehave'])
    lambda.register({
      name,
      modulePath: functionPath(name),
      timeoutSeconds: 30,
      memoryMb: 512,
      roleArn: 'arn:aws:iam::123456789012:role/worker',
      environment: { TABLE: 'items' },
      aliases: ['live'],
    });
  const client = new LambdaClient(await account.serve(lambda.service));
  onTestFinished(() => client.destroy());
  const invoke = async (input: InvokeCommandInput) => {
    const { Payload, ...answer } = await client.send(new InvokeCommand(input));
    return { ...answer, payload: Payload?.length ? JSON.parse(Buffer.from(Payload).toString()) : undefined };
  };
  return { client, invoke, clock, recorded, lines };
}

test('Invoke answers with the function’s answer and the version that ran', async () => {
  const { invoke, recorded } = await setUp();

  const answer = await invoke({ FunctionName: 'echo', Payload: JSON.stringify({ a: 'ä' }) });

  expect(answer).toMatchObject({
    StatusCode: 200,
    ExecutedVersion: '$LATEST',
    payload: { event: { a: 'ä' }, context: { invokedFunctionArn: ARN } },
  });
  expect(answer.FunctionError).toBeUndefined();
  expect(answer.payload.context.awsRequestId).toBe(answer.$metadata.requestId);
  expect(recorded).toMatchObject([
    { service: 'lambda', operation: 'Invoke', resource: 'echo', by: 'caller', status: 200 },
  ]);
});

test('Invoke without a payload sends an empty event', async () => {
  const { invoke } = await setUp();

  expect(await invoke({ FunctionName: 'echo' })).toMatchObject({ payload: { event: {} } });
});

test.for([
  [{ FunctionName: ARN }, ARN],
  [{ FunctionName: `${ARN}:live` }, `${ARN}:live`],
  [{ FunctionName: 'echo:$LATEST' }, `${ARN}:$LATEST`],
  [{ FunctionName: '123456789012:function:echo' }, ARN],
  [{ FunctionName: 'echo', Qualifier: 'live' }, `${ARN}:live`],
  [{ FunctionName: `${ARN}:live`, Qualifier: 'live' }, `${ARN}:live`],
] as const)('Invoke finds the function by %j', async ([input, invokedFunctionArn]) => {
  const { invoke } = await setUp();

  expect(await invoke(input)).toMatchObject({ payload: { context: { invokedFunctionArn } } });
});

test.for([
  [{ FunctionName: 'nobody' }, 'arn:aws:lambda:eu-west-1:123456789012:function:nobody'],
  [{ FunctionName: 'echo', Qualifier: 'beta' }, `${ARN}:beta`],
  [{ FunctionName: ARN.replace('eu-west-1', 'us-east-1') }, ARN.replace('eu-west-1', 'us-east-1')],
  [{ FunctionName: ARN.replace('123456789012', '210987654321') }, ARN.replace('123456789012', '210987654321')],
] as const)('Invoke refuses the unknown function %j', async ([input, arn]) => {
  const { invoke } = await setUp();

  await expect(invoke(input)).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: `Function not found: ${arn}`,
    Type: 'User',
    $metadata: { httpStatusCode: 404 },
  });
});

test('Invoke answers 200 with FunctionError for a function that fails', async () => {
  const { invoke } = await setUp();

  expect(await invoke({ FunctionName: 'misbehave', Payload: '{"how":"throw"}' })).toMatchObject({
    StatusCode: 200,
    FunctionError: 'Unhandled',
    payload: { errorType: 'QuotaExceeded', errorMessage: 'no more than 3' },
  });
});

test('Invoke as an event answers 202 at once and runs the function afterwards, with its retries', async () => {
  const { invoke, clock, lines } = await setUp();

  const answer = await invoke({ FunctionName: 'misbehave', InvocationType: 'Event', Payload: '{"how":"throw"}' });
  await clock.sleep(600_000);

  expect(answer).toMatchObject({ StatusCode: 202, payload: undefined });
  expect(lines.at(-1)).toBe(
    `misbehave: RequestId: ${answer.$metadata.requestId} event dropped after 3 attempts: QuotaExceeded: no more than 3`,
  );
});

test('Invoke refuses a payload that is not JSON', async () => {
  const { invoke } = await setUp();

  await expect(invoke({ FunctionName: 'echo', Payload: '{"a":' })).rejects.toMatchObject({
    name: 'InvalidRequestContentException',
    message: expect.stringMatching(/^Could not parse request body into json: /),
    $metadata: { httpStatusCode: 400 },
  });
});

test.for([
  ['RequestResponse', 6_291_456],
  ['Event', 1_048_576],
] as const)('Invoke refuses a %s of more than %i bytes', async ([InvocationType, limit]) => {
  const { invoke } = await setUp();
  const Payload = JSON.stringify('x'.repeat(limit - 1));

  await expect(invoke({ FunctionName: 'echo', InvocationType, Payload })).rejects.toMatchObject({
    name: 'RequestTooLargeException',
    message: `Request must be smaller than ${limit} bytes for the InvokeFunction operation`,
    $metadata: { httpStatusCode: 413 },
  });
});

test.for([
  [{ InvocationType: 'DryRun' }],
  [{ LogType: 'Tail' }],
  [{ ClientContext: 'e30=' }],
  [{ TenantId: 'acme' }],
] satisfies [Partial<InvokeCommandInput>][])('Invoke with %j is not implemented', async ([parameters]) => {
  const { invoke } = await setUp();

  await expect(invoke({ FunctionName: 'echo', ...parameters })).rejects.toMatchObject({
    name: 'NotImplemented',
    $metadata: { httpStatusCode: 501 },
  });
});

test('a function’s own SDK client finds the endpoint and signs as the function', async () => {
  const account = makeAccount();
  const { clock, place, keys, recorded } = account;
  const lambda = makeLambda({ clock, place, keys });
  onTestFinished(() => lambda.close());
  const { endpoint } = await account.serve(lambda.service, makeSts({ clock, place, keys, roles: [] }));
  lambda.register({
    name: 'identity',
    modulePath: functionPath('identity'),
    timeoutSeconds: 30,
    memoryMb: 256,
    roleArn: 'arn:aws:iam::123456789012:role/worker',
    environment: { AWS_ENDPOINT_URL: endpoint },
  });

  const result = await lambda.invoke('identity', {});

  expect(result).toEqual({ payload: 'arn:aws:sts::123456789012:assumed-role/worker/identity' });
  expect(recorded).toMatchObject([{ service: 'sts', operation: 'GetCallerIdentity', by: 'identity' }]);
});

test('GetFunctionConfiguration tells what the function was registered with', async () => {
  const { client } = await setUp();

  const configuration = await client.send(new GetFunctionConfigurationCommand({ FunctionName: 'echo' }));

  expect(configuration).toMatchObject({
    FunctionName: 'echo',
    FunctionArn: ARN,
    Runtime: 'nodejs24.x',
    Role: 'arn:aws:iam::123456789012:role/worker',
    Timeout: 30,
    MemorySize: 512,
    Version: '$LATEST',
    Environment: { Variables: { TABLE: 'items' } },
    State: 'Active',
  });
});

test.for([
  ['ListFunctions', new ListFunctionsCommand({})],
  ['DeleteFunction', new DeleteFunctionCommand({ FunctionName: 'echo' })],
] as const)('%s is not implemented', async ([, command]) => {
  const { client } = await setUp();

  await expect(client.send(command as ListFunctionsCommand)).rejects.toMatchObject({
    name: 'NotImplemented',
    $metadata: { httpStatusCode: 501 },
  });
});
