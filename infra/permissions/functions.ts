// All that each function may do, besides logging: Lethe's own table and files, the application's stores, other services.
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Catalog } from '../../contracts/catalog.ts';
import type { FunctionName } from '../../contracts/functions.ts';
import { reachOf } from './catalog-reach.ts';
import { controlStatements } from './control-table.ts';
import { evidenceStatements, workStatements } from './run-files.ts';
import {
  planningStatements,
  preservingStatements,
  protectingStatements,
  reportingStatements,
  type StoreArns,
} from './stores.ts';

export interface World {
  readonly catalog: Catalog;
  readonly stores: StoreArns;
  readonly controlTableArn: string;
  readonly workBucketArn: string;
  readonly evidenceBucketArn: string;
  readonly eraserRoleArn: string;
  readonly mailFrom: string;
  /** Of the topic that mails in place of SES. */
  readonly approvalTopicArn?: string;
  /** ARN of the machine that erases, of its executions, and of their map runs. */
  readonly machineArn: string;
  readonly executionArns: string;
  readonly mapRunArns: string;
  readonly mailIdentityArn: (identity: string) => string;
  readonly delivererArn: string;
  readonly tellerArn: string;
  /** Of the schedules of reminders, and of the role they run as. */
  readonly reminderArns: string;
  readonly reminderRoleArn: string;
  /** Of the key that signs evidence. */
  readonly signingKeyArn: string;
}

/** @throws Error for a function without a line in the tables: what nobody thought about is not deployed */
export function functionStatements(functionName: FunctionName, world: World): PolicyStatement[] {
  return [
    ...controlStatements(functionName, world.controlTableArn),
    ...workStatements(functionName, world.workBucketArn),
    ...evidenceStatements(functionName, world.evidenceBucketArn),
    ...ownStatements(functionName, world),
  ];
}

function ownStatements(functionName: FunctionName, world: World): PolicyStatement[] {
  const { catalog, stores } = world;
  const reach = reachOf(catalog);
  switch (functionName) {
    case 'plan-run':
      return [...planningStatements(reach, stores), ...preservingStatements(reach, stores), ...watching(world)];
    case 'protect-target':
      return [...protectingStatements(reach, catalog, stores), ...preservingStatements(reach, stores)];
    case 'work-shard':
      return [allow(['sts:AssumeRole'], world.eraserRoleArn)];
    case 'write-report':
      return [
        ...reportingStatements(reach, stores),
        ...preservingStatements(reach, stores),
        allow(['kms:GetPublicKey', 'kms:Sign'], world.signingKeyArn),
        allow(['lambda:InvokeFunction'], world.tellerArn),
      ];
    case 'request-approval':
      return [
        ...mailing(world, []),
        allow(['lambda:InvokeFunction'], world.delivererArn),
        allow(['scheduler:CreateSchedule'], world.reminderArns),
        new PolicyStatement({
          actions: ['iam:PassRole'],
          resources: [world.reminderRoleArn],
          conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
        }),
      ];
    case 'check-decision':
      return [allow(['lambda:InvokeFunction'], world.tellerArn)];
    case 'web':
      return [allow(['lambda:InvokeFunction'], world.delivererArn)];
    case 'tell-outcome':
      return mailing(world, [`*@${domainOf(world.mailFrom)}`]);
    case 'deliver-decision':
      // The service checks the state machine's ARN, though its documentation names no resource.
      return [allow(['states:SendTaskSuccess'], world.machineArn)];
    case 'close-run':
      return watching(world);
    case 'start-run':
      return [allow(['states:StartExecution'], world.machineArn)];
    case 'watch-approvals':
      return [allow(['states:ListExecutions'], world.machineArn)];
    case 'seal-plan':
    case 'show-run':
    case 'weigh-pass':
      return [];
  }
}

/** Whether a run is still alive. */
function watching({ executionArns, mapRunArns }: World): PolicyStatement[] {
  return [
    allow(['states:DescribeExecution', 'states:ListMapRuns'], executionArns),
    allow(['states:DescribeMapRun'], mapRunArns),
  ];
}

/** From the one address to approvers, deputies and `others`; in SES's sandbox their identities are asked for too. */
function mailing(
  { catalog, mailFrom, mailIdentityArn, approvalTopicArn }: World,
  others: readonly string[],
): PolicyStatement[] {
  const people = peopleToMail(catalog);
  if (people.length === 0) return [];
  // SNS judges what is asked about a subscription by its topic.
  if (approvalTopicArn !== undefined)
    return [allow(['sns:GetSubscriptionAttributes', 'sns:ListSubscriptionsByTopic', 'sns:Publish'], approvalTopicArn)];
  const identities = [mailFrom, domainOf(mailFrom), ...people];
  return [
    new PolicyStatement({
      actions: ['ses:SendEmail'],
      resources: [...new Set(identities)].map(mailIdentityArn),
      conditions: {
        StringEquals: { 'ses:FromAddress': mailFrom },
        'ForAllValues:StringLike': { 'ses:Recipients': [...people, ...others] },
      },
    }),
  ];
}

/** Approvers, and deputies who may be put in their place. */
export function peopleToMail({ approval: { approvers, deputies = [] } }: Catalog): string[] {
  return [...approvers, ...deputies];
}

function domainOf(address: string): string {
  return address.slice(address.indexOf('@') + 1);
}

function allow(actions: string[], resource: string): PolicyStatement {
  return new PolicyStatement({ actions, resources: [resource] });
}
