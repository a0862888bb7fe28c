// CloudFormation through the front door, with the SDK's own client.
import { CloudFormationClient, DescribeStacksCommand, ListStacksCommand } from '@aws-sdk/client-cloudformation';
import { expect, onTestFinished, test } from 'vitest';
import { makeCloudFormation } from '../../local/cloudformation/cloudformation.ts';
import { makeAccount, START_MS } from './account.ts';

const STACKS = {
  Lethe: { outputs: { WebUrl: 'http://127.0.0.1:1/?a=1&b=<2>', TopicArn: 'arn:aws:sns:…' }, createdAtMs: START_MS },
  LetheState: { outputs: {}, createdAtMs: START_MS + 1 },
};

async function setUp() {
  const account = makeAccount();
  const client = new CloudFormationClient(
    await account.serve(makeCloudFormation({ place: account.place, stacks: STACKS })),
  );
  onTestFinished(() => client.destroy());
  const describe = async (StackName?: string) => (await client.send(new DescribeStacksCommand({ StackName }))).Stacks;
  return { client, describe, recorded: account.recorded };
}

test('DescribeStacks tells a stack’s outputs', async () => {
  const { describe, recorded } = await setUp();

  expect(await describe('Lethe')).toEqual([
    {
      StackId: expect.stringMatching(/^arn:aws:cloudformation:eu-west-1:123456789012:stack\/Lethe\/[0-9a-f-]{36}$/),
      StackName: 'Lethe',
      CreationTime: new Date(START_MS),
      StackStatus: 'CREATE_COMPLETE',
      Outputs: [
        { OutputKey: 'WebUrl', OutputValue: 'http://127.0.0.1:1/?a=1&b=<2>' },
        { OutputKey: 'TopicArn', OutputValue: 'arn:aws:sns:…' },
      ],
    },
  ]);
  expect(recorded).toMatchObject([{ service: 'cloudformation', operation: 'DescribeStacks', resource: 'Lethe' }]);
});

test('DescribeStacks finds a stack by its id, and all stacks without a name', async () => {
  const { describe } = await setUp();
  const all = await describe();

  expect(all?.map(({ StackName }) => StackName)).toEqual(['Lethe', 'LetheState']);
  expect(await describe(all?.[1]?.StackId)).toEqual([all?.[1]]);
});

test('DescribeStacks refuses a stack that is not there', async () => {
  const { describe } = await setUp();

  await expect(describe('Nothing')).rejects.toMatchObject({
    name: 'ValidationError',
    message: 'Stack with id Nothing does not exist',
    $metadata: { httpStatusCode: 400 },
  });
});

test('other operations and parameters are not implemented', async () => {
  const { client } = await setUp();
  const notImplemented = { name: 'NotImplemented', $metadata: { httpStatusCode: 501 } };

  await expect(client.send(new ListStacksCommand({}))).rejects.toMatchObject(notImplemented);
  await expect(client.send(new DescribeStacksCommand({ NextToken: 'n' }))).rejects.toMatchObject(notImplemented);
});
