// Finds a deployment of Lethe by the outputs of its two stacks.
import { type CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { LetheError } from '../contracts/errors.ts';

export interface Deployment {
  readonly stateMachineArn: string;
  readonly controlTable: string;
  readonly workBucket: string;
  readonly evidenceBucket: string;
  readonly webUrl: string;
}

/** Thrown where no deployment can be found: no such stack, no such output, no way to the account. */
export class NoDeployment extends LetheError {
  override readonly name = 'Lethe.NoDeployment';
  override readonly retryable = false;
}

const OUTPUTS = {
  stateMachineArn: 'StateMachineArn',
  controlTable: 'ControlTable',
  workBucket: 'WorkBucket',
  evidenceBucket: 'EvidenceBucket',
  webUrl: 'WebUrl',
} as const satisfies Record<keyof Deployment, string>;

/** @throws NoDeployment */
export async function findDeployment(client: CloudFormationClient, stack: string): Promise<Deployment> {
  const region = await regionOf(client);
  const stacks = [stack, `${stack}State`];
  const outputs = new Map<string, string>();
  for (const name of stacks) {
    for (const [key, value] of await outputsOf(client, name, region)) outputs.set(key, value);
  }
  const missing = Object.values(OUTPUTS).filter((output) => !outputs.has(output));
  if (missing.length > 0) {
    throw new NoDeployment({
      what: `The stacks ${stacks.join(' and ')} in ${region} have no output ${missing.join(', ')}.`,
      received: [...outputs.keys()],
      allowed: Object.values(OUTPUTS),
      next: 'Name the stack of Lethe with --stack, or finish its deployment.',
    });
  }
  const value = (output: string) => outputs.get(output) ?? '';
  return {
    stateMachineArn: value(OUTPUTS.stateMachineArn),
    controlTable: value(OUTPUTS.controlTable),
    workBucket: value(OUTPUTS.workBucket),
    evidenceBucket: value(OUTPUTS.evidenceBucket),
    webUrl: value(OUTPUTS.webUrl),
  };
}

async function outputsOf(client: CloudFormationClient, stack: string, region: string): Promise<[string, string][]> {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const outputs = Stacks.flatMap(({ Outputs = [] }) => Outputs);
    return outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]);
  } catch (error) {
    throw asNoDeployment(error, stack, region);
  }
}

async function regionOf(client: CloudFormationClient): Promise<string> {
  try {
    return await client.config.region();
  } catch (error) {
    throw new NoDeployment(
      {
        what: 'No Region is known.',
        received: null,
        allowed: 'the Region that Lethe is deployed in',
        next: 'Give --region, or set AWS_REGION.',
      },
      { cause: error },
    );
  }
}

/** Sorts the ways in which the very first call fails by what its caller can do; anything else stays what it is. */
function asNoDeployment(error: unknown, stack: string, region: string): unknown {
  if (!(error instanceof Error)) return error;
  const details = explain(error, stack, region);
  return details ? new NoDeployment(details, { cause: error }) : error;
}

const UNREACHABLE = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
];
const NOT_ACCEPTED = [
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
];

function explain(error: Error, stack: string, region: string): NoDeployment['details'] | undefined {
  const { name, message } = error;
  if (name === 'ValidationError' && message.includes('does not exist')) {
    return {
      what: `There is no stack ${stack} in ${region}.`,
      received: stack,
      allowed: 'the stack of Lethe; its state stack has the same name and State at the end',
      next: 'Check --stack and --region, and that the credentials are those of the right account.',
    };
  }
  if (name === 'CredentialsProviderError') {
    return {
      what: `No AWS credentials were found: ${message}.`,
      received: null,
      allowed: 'credentials from the environment, a profile, SSO or an instance role',
      next: 'Sign in, for instance with `aws sso login`, or set AWS_PROFILE.',
    };
  }
  if (NOT_ACCEPTED.includes(name)) {
    return {
      what: `AWS does not accept the credentials: ${message}`,
      received: name,
      allowed: 'credentials that are valid now',
      next: 'Sign in again, and check the clock of this machine.',
    };
  }
  const code = codeOf(error);
  if (name !== 'TimeoutError' && (code === undefined || !UNREACHABLE.includes(code))) return undefined;
  return {
    what: `AWS cannot be reached: ${message || code}.`,
    received: code ?? name,
    allowed: 'an endpoint that answers',
    next: 'Check --endpoint-url, --region and the network.',
  };
}

/** Of a connection that was tried at several addresses, the first failure's. */
function codeOf(error: Error): string | undefined {
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  const code = (inner as { code?: unknown }).code;
  return typeof code === 'string' ? code : undefined;
}
