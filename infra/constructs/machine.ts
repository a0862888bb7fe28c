// The state machines: one for each file of statemachines/, its tokens filled in, with a role that fits its text.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RemovalPolicy } from 'aws-cdk-lib';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { BUCKET_TOKEN, FUNCTIONS, type FunctionName } from '../../contracts/functions.ts';
import { type LetheFunction, LOG_RETENTION } from './lethe-function.ts';

export interface MachineProps {
  /** In statemachines/. */
  readonly file: string;
  readonly machineName: string;
  readonly functions: Readonly<Record<FunctionName, LetheFunction>>;
  readonly workBucket: Bucket;
  /** Of executions of this machine and its maps' children. */
  readonly executionArns: string;
}

const FOLDER = join(import.meta.dirname, '../../statemachines');

export class Machine extends Construct {
  readonly machine: StateMachine;
  readonly machineName: string;

  constructor(scope: Construct, id: string, { file, machineName, functions, workBucket, executionArns }: MachineProps) {
    super(scope, id);
    this.machineName = machineName;
    const text = readFileSync(join(FOLDER, file), 'utf8');
    const called = (Object.entries(FUNCTIONS) as [FunctionName, { token: string | null }][]).flatMap(
      ([name, { token }]) =>
        token !== null && text.includes(`\${${token}}`) ? [{ token, arn: functions[name].live.functionArn }] : [],
    );
    const hasMaps = text.includes(`\${${BUCKET_TOKEN}}`);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      description: `What ${machineName} may do: call its functions${hasMaps ? ', and run its maps' : ''}`,
    });
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName: machineName,
      definitionBody: DefinitionBody.fromString(text),
      definitionSubstitutions: {
        ...Object.fromEntries(called.map(({ token, arn }) => [token, arn])),
        ...(hasMaps && { [BUCKET_TOKEN]: workBucket.bucketName }),
      },
      role,
      logs: {
        destination: new LogGroup(this, 'Logs', {
          // The prefix keeps the log group's resource policy short (Step Functions, logging best practices).
          logGroupName: `/aws/vendedlogs/states/${machineName}`,
          retention: LOG_RETENTION,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
        // Requests and task tokens stay out of logs.
        includeExecutionData: false,
      },
      tracingEnabled: true,
    });
    const calls = new Policy(this, 'Calls', {
      roles: [role],
      statements: [
        new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: called.map(({ arn }) => arn) }),
        ...(hasMaps ? mapFiles(workBucket.bucketArn) : []),
      ],
    });
    this.machine.node.addDependency(calls);
    if (!hasMaps) return;
    // Apart from the role that the machine needs to be made, so that nothing is circular.
    new Policy(this, 'Maps', {
      roles: [role],
      statements: [
        new PolicyStatement({ actions: ['states:StartExecution'], resources: [this.machine.stateMachineArn] }),
        new PolicyStatement({
          actions: ['states:DescribeExecution', 'states:StopExecution'],
          resources: [executionArns],
        }),
      ],
    });
  }
}

/** What maps read their items from, by version, and write their results to (Step Functions, IAM for Distributed Map). */
function mapFiles(bucketArn: string): PolicyStatement[] {
  return [
    new PolicyStatement({
      actions: ['s3:GetObject', 's3:GetObjectVersion'],
      resources: ['shards.jsonl', 'protect.jsonl'].map((file) => `${bucketArn}/runs/*/${file}`),
    }),
    new PolicyStatement({
      actions: ['s3:PutObject', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'],
      resources: [`${bucketArn}/runs/*/maps/*`],
    }),
  ];
}
