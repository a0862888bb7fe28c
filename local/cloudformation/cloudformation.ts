// CloudFormation: DescribeStacks, so that tools find a deployment's outputs where they look for them on AWS.
import { randomUUID } from 'node:crypto';
import { AwsError } from '../kernel/aws-error.ts';
import { makeQueryService, type QueryInput, type XmlValue } from '../kernel/query-service.ts';
import type { AwsService, Place } from '../kernel/service.ts';

export interface Stack {
  readonly outputs: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
}

export interface CloudFormationOptions {
  readonly place: Place;
  /** Stacks by name; all of them stand complete. */
  readonly stacks: Readonly<Record<string, Stack>>;
}

export function makeCloudFormation({ place, stacks }: CloudFormationOptions): AwsService {
  const described = Object.entries(stacks).map(([name, stack]) => describe(name, stack, place));

  function describeStacks({ StackName: wanted }: QueryInput): XmlValue {
    if (wanted === undefined) return { Stacks: described };
    const found = described.filter(({ StackName, StackId }) => wanted === StackName || wanted === StackId);
    if (found.length === 0) throw new AwsError('ValidationError', `Stack with id ${wanted} does not exist`);
    return { Stacks: found };
  }

  return makeQueryService({
    name: 'cloudformation',
    version: '2010-05-15',
    namespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
    operations: { DescribeStacks: { accepts: ['StackName'], run: describeStacks } },
    resourceOf: (input) => input.StackName ?? null,
  });
}

function describe(name: string, stack: Stack, place: Place) {
  return {
    StackId: `arn:aws:cloudformation:${place.region}:${place.account}:stack/${name}/${randomUUID()}`,
    StackName: name,
    CreationTime: new Date(stack.createdAtMs).toISOString(),
    StackStatus: 'CREATE_COMPLETE',
    Outputs: Object.entries(stack.outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
  };
}
