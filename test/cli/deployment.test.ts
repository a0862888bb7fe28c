import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, it } from 'vitest';
import { findDeployment, NoDeployment } from '../../adapters/deployment.ts';
import { lethe as run } from './command.ts';

const REGION = 'eu-west-1';
const OUTPUTS = {
  Lethe: { StateMachineArn: 'arn:machine', WebUrl: 'https://web' },
  LetheState: { ControlTable: 'control', WorkBucket: 'work', EvidenceBucket: 'evidence' },
};

/** The stacks of a deployment, or an error for every call: the embedded AWS has only complete ones. */
function cloudFormation(answer: Readonly<Record<string, Readonly<Record<string, string>>>> | Error) {
  const client = new CloudFormationClient({ region: REGION });
  const mock = mockClient(client);
  if (answer instanceof Error) mock.rejects(answer);
  else {
    for (const [StackName, outputs] of Object.entries(answer)) {
      const Outputs = Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
      const stack = { StackName, CreationTime: new Date(0), StackStatus: 'CREATE_COMPLETE' as const, Outputs };
      mock.on(DescribeStacksCommand, { StackName }).resolves({ Stacks: [stack] });
    }
  }
  return client;
}

const failure = (name: string, message: string, more: object = {}) => Object.assign(new Error(message), { name }, more);

async function problem(answer: Parameters<typeof cloudFormation>[0]): Promise<unknown> {
  return findDeployment(cloudFormation(answer), 'Lethe').catch((error: unknown) => error);
}

describe('a deployment', () => {
  it('is found by the outputs of its two stacks', async () => {
    expect(await findDeployment(cloudFormation(OUTPUTS), 'Lethe')).toEqual({
      stateMachineArn: 'arn:machine',
      controlTable: 'control',
      workBucket: 'work',
      evidenceBucket: 'evidence',
      webUrl: 'https://web',
    });
  });

  it('under another name has a state stack under that name', async () => {
    const { Lethe, LetheState } = OUTPUTS;
    const client = cloudFormation({ Eraser: Lethe, EraserState: LetheState });
    expect(await findDeployment(client, 'Eraser')).toMatchObject({ controlTable: 'control' });
  });

  it('without an output is none, and the output is named', async () => {
    const { ControlTable: _, ...rest } = OUTPUTS.LetheState;
    const error = await problem({ Lethe: { WebUrl: 'https://web' }, LetheState: rest });
    expect(error).toBeInstanceOf(NoDeployment);
    expect((error as NoDeployment).details).toMatchObject({
      what: 'The stacks Lethe and LetheState in eu-west-1 have no output StateMachineArn, ControlTable.',
    });
  });

  const failures: readonly [string, Error, string][] = [
    [
      'no such stack',
      failure('ValidationError', 'Stack with id Lethe does not exist'),
      'There is no stack Lethe in eu-west-1.',
    ],
    [
      'no credentials',
      failure('CredentialsProviderError', 'Could not load credentials'),
      'No AWS credentials were found: Could not load credentials',
    ],
    [
      'expired credentials',
      failure('ExpiredToken', 'The security token is expired'),
      'AWS does not accept the credentials',
    ],
    [
      'a host that is not known',
      failure('Error', 'getaddrinfo ENOTFOUND x', { code: 'ENOTFOUND' }),
      'AWS cannot be reached: getaddrinfo ENOTFOUND x.',
    ],
    [
      'a connection that takes too long',
      failure('TimeoutError', 'took 5000 ms'),
      'AWS cannot be reached: took 5000 ms.',
    ],
    [
      'refusals at every address of a name',
      Object.assign(new AggregateError([failure('Error', 'refused', { code: 'ECONNREFUSED' })]), {
        code: 'ECONNREFUSED',
      }),
      'AWS cannot be reached: ECONNREFUSED.',
    ],
  ];

  it.each(failures)('behind %s is none, with what to do', async (_, answer, what) => {
    const error = await problem(answer);
    expect(error).toBeInstanceOf(NoDeployment);
    const { details } = error as NoDeployment;
    expect(details.what).toContain(what);
    expect(details.next).not.toBe('');
  });

  it('that may not be described leaves the error of AWS as it is', async () => {
    const denied = failure('AccessDenied', 'not authorized to perform cloudformation:DescribeStacks');
    expect(await problem(denied)).toBe(denied);
  });
});

describe('a command without a deployment', () => {
  it.each([
    ['no Region', [], 'No Region is known.'],
    ['no credentials', ['--region', REGION], 'No AWS credentials were found: Could not load credentials'],
    [
      'nobody at the endpoint',
      ['--region', REGION, '--endpoint-url', 'http://127.0.0.1:9'],
      'ECONNREFUSED 127.0.0.1:9',
    ],
  ])('for %s exits 2 and says what to do', async (_, flags, what) => {
    const { code, stdout, stderr } = await run(['status', 'run-1', ...flags]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(what);
    expect(stderr).toMatch(/^ {2}Next /m);
  });
});
