// Lethe itself, for a stack of its own or inside somebody else's application.
import { ArnFormat, Lazy, Stack } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import {
  type EnvironmentName,
  FUNCTIONS,
  type FunctionName,
  LIVE_ALIAS,
  STATE_MACHINES,
  signingAlias,
} from '../../contracts/functions.ts';
import { bundleFunctions } from '../bundles.ts';
import { readDeployedCatalog } from '../catalog.ts';
import { functionStatements, peopleToMail, type World } from '../permissions/functions.ts';
import type { StoreArns } from '../permissions/stores.ts';
import { ApprovalTopic } from './approval-topic.ts';
import { Closing } from './closing.ts';
import { DeadLetters } from './dead-letters.ts';
import { EraserRole } from './eraser-role.ts';
import { LetheFunction } from './lethe-function.ts';
import { LetheState } from './lethe-state.ts';
import { Machine } from './machine.ts';
import { Operations } from './operations.ts';
import { Reminding } from './reminding.ts';
import { Starting } from './starting.ts';
import { Watching } from './watching.ts';
import { WebApi } from './web-api.ts';

export interface LetheProps {
  /** Path of the catalog. Problems of it fail the synthesis. */
  readonly catalog: string;
  /** What Lethe remembers. @default its own, retained when this stack goes */
  readonly state?: LetheState;
  /** First part of the names of functions, state machines and the bus. @default lethe */
  readonly name?: string;
  /**
   * From whom approvers get mail; SES must know the address or its domain.
   * @default `lethe@` and the domain of the first approver
   */
  readonly mailFrom?: string;
  /**
   * `sns`: without SES, by a topic to which everybody who may approve is subscribed, each filtered to his own messages. Each
   * must confirm once; messages have no HTML, and come from AWS's address.
   * @default ses
   */
  readonly mailBy?: 'ses' | 'sns';
  /** How much the functions log. @default INFO */
  readonly logLevel?: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
}

export class Lethe extends Construct {
  /** Executions of it are runs. */
  readonly stateMachineArn: string;
  readonly webUrl: string;
  /** Alarms arrive here. */
  readonly topic: Topic;
  /** `ErasureRequested` events on it start runs. */
  readonly bus: EventBus;
  readonly state: LetheState;

  constructor(scope: Construct, id: string, props: LetheProps) {
    super(scope, id);
    const { name = 'lethe', logLevel = 'INFO' } = props;
    const catalog = readDeployedCatalog(props.catalog);
    this.state = props.state ?? new LetheState(this, 'State');
    this.topic = new Topic(this, 'Topic', { enforceSSL: true });
    const { controlTable, workBucket, evidenceBucket, signingKey } = this.state;
    const people = peopleToMail(catalog.value);
    const approvals =
      props.mailBy === 'sns' && people.length > 0 ? new ApprovalTopic(this, 'Approvals', { name, people }) : undefined;
    if (approvals && props.mailFrom !== undefined)
      throw new Error(
        `mailFrom is ${props.mailFrom}, but SNS mails from its own address: leave one of mailFrom and mailBy out`,
      );
    const mailFrom = approvals?.arn ?? props.mailFrom ?? senderFor(catalog.value.approval.approvers);
    const web = new WebApi(this, 'Web', { name });
    const eraser = new EraserRole(this, 'Eraser', {
      catalog: catalog.value,
      stores: storeArns(this),
      assumedBy: new ArnPrincipal(Lazy.string({ produce: () => functions['work-shard'].role.roleArn })),
    });
    const arns = machineArns(this, `${name}-erase`);
    const environment: Readonly<Record<EnvironmentName, string>> = {
      LETHE_CONTROL_TABLE: controlTable.tableName,
      LETHE_WORK_BUCKET: workBucket.bucketName,
      LETHE_EVIDENCE_BUCKET: evidenceBucket.bucketName,
      LETHE_CATALOG_SHA256: catalog.sha256,
      LETHE_WEB_URL: web.url,
      LETHE_STATE_MACHINE_ARN: arns.machineArn,
      LETHE_MAIL_FROM: mailFrom,
      LETHE_TOPIC_ARN: this.topic.topicArn,
      LETHE_ERASER_ROLE_ARN: eraser.role.roleArn,
      LETHE_LOG_LEVEL: logLevel,
    };
    const reminding = new Reminding(this, 'Reminding', {
      name,
      functionArn: functionArn(this, `${name}-request-approval`),
    });
    const world: World = {
      ...arns,
      catalog: catalog.value,
      stores: storeArns(this),
      controlTableArn: controlTable.tableArn,
      workBucketArn: workBucket.bucketArn,
      evidenceBucketArn: evidenceBucket.bucketArn,
      eraserRoleArn: eraser.role.roleArn,
      reminderArns: reminding.scheduleArns,
      reminderRoleArn: reminding.roleArn,
      signingKeyArn: signingKey.keyArn,
      mailFrom,
      ...(approvals && { approvalTopicArn: approvals.arn }),
      mailIdentityArn: (identity) => arnOf(this, 'ses', 'identity', identity),
      delivererArn: functionArn(this, `${name}-deliver-decision`),
      tellerArn: functionArn(this, `${name}-tell-outcome`),
    };
    new Alias(this, 'SigningAlias', {
      aliasName: signingAlias(`${name}-write-report`, 'write-report'),
      targetKey: signingKey,
    });
    const bundles = bundleFunctions(catalog.json);
    const functions = forEachFunction(
      (functionName) =>
        new LetheFunction(this, functionName, {
          functionName,
          prefix: name,
          code: bundles(functionName),
          environment,
          statements: functionStatements(functionName, world),
        }),
    );
    approvals?.publishOnlyAs([functions['request-approval'].role.roleArn, functions['tell-outcome'].role.roleArn]);
    web.serve((name) => functions[name].live);
    const undelivered = new DeadLetters(this, 'Undelivered');
    for (const told of ['deliver-decision', 'request-approval', 'tell-outcome'] as const)
      functions[told].live.configureAsyncInvoke({ onFailure: new SqsDestination(undelivered.queue) });
    const machine = (file: keyof typeof STATE_MACHINES) => {
      const machineName = STATE_MACHINES[file].replace(/^lethe/, name);
      const { executionArns } = machineArns(this, machineName);
      return new Machine(this, file, { file, machineName, functions, workBucket, executionArns });
    };
    const erase = machine('erase.asl.json');
    const close = machine('close.asl.json');
    const closing = new Closing(this, 'Closing', { erase, close });
    const starting = new Starting(this, 'Starting', { name, startRun: functions['start-run'] });
    new Watching(this, 'Watching', { watchApprovals: functions['watch-approvals'] });
    new Operations(this, 'Operations', {
      name,
      topic: this.topic,
      functions,
      erase,
      close,
      controlTable,
      starting: starting.refused.queue,
      closing: closing.unclosed.queue,
      undelivered: undelivered.queue,
    });
    this.bus = starting.bus;
    this.stateMachineArn = erase.machine.stateMachineArn;
    this.webUrl = web.url;
  }
}

function forEachFunction(make: (name: FunctionName) => LetheFunction): Record<FunctionName, LetheFunction> {
  const names = Object.keys(FUNCTIONS) as FunctionName[];
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<FunctionName, LetheFunction>;
}

function senderFor([first]: readonly string[]): string {
  return `lethe@${first?.slice(first.indexOf('@') + 1) ?? 'example.com'}`;
}

/** By its name, because the machine's own functions are told it. */
function machineArns(scope: Construct, machineName: string) {
  return {
    machineArn: arnOf(scope, 'states', 'stateMachine', machineName, ArnFormat.COLON_RESOURCE_NAME),
    executionArns: arnOf(scope, 'states', 'execution', `${machineName}:*`, ArnFormat.COLON_RESOURCE_NAME),
    mapRunArns: arnOf(scope, 'states', 'mapRun', `${machineName}/*`, ArnFormat.COLON_RESOURCE_NAME),
  };
}

function functionArn(scope: Construct, functionName: string): string {
  return arnOf(scope, 'lambda', 'function', `${functionName}:${LIVE_ALIAS}`, ArnFormat.COLON_RESOURCE_NAME);
}

function storeArns(scope: Construct): StoreArns {
  return {
    table: (name) => arnOf(scope, 'dynamodb', 'table', name),
    bucket: (name) => Stack.of(scope).formatArn({ service: 's3', account: '', region: '', resource: name }),
    key: (name) => (name.startsWith('arn:') ? name : arnOf(scope, 'kms', 'key', name)),
  };
}

function arnOf(
  scope: Construct,
  service: string,
  resource: string,
  resourceName: string,
  arnFormat = ArnFormat.SLASH_RESOURCE_NAME,
): string {
  return Stack.of(scope).formatArn({ service, resource, resourceName, arnFormat });
}
