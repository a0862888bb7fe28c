// What each principal is granted for a catalog: the statements that go into the template, with names of the embedded AWS.
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type Catalog, catalog as catalogSchema } from '../../../contracts/catalog.ts';
import { FUNCTIONS, type FunctionName, LIVE_ALIAS } from '../../../contracts/functions.ts';
import { reachOf } from '../../../infra/permissions/catalog-reach.ts';
import { functionStatements } from '../../../infra/permissions/functions.ts';
import { erasingStatements, preservingStatements } from '../../../infra/permissions/stores.ts';
import type { Ready, StartOptions } from '../../../local/start.ts';
import { signingKeyArn } from './calls.ts';
import type { Statement } from './policy.ts';

const ERASER = 'lethe-eraser';
export const PRINCIPALS: readonly string[] = [...Object.keys(FUNCTIONS), ERASER];

/** A catalog that no deployment takes reaches no store. */
export function grantsOf(
  catalog: unknown,
  ready: Ready,
  mailBy: StartOptions['mailBy'] = 'ses',
): ReadonlyMap<string, readonly Statement[]> {
  const read = catalogSchema.safeParse(catalog);
  const value = read.success ? read.data : catalogSchema.parse(NOTHING);
  const world = {
    ...worldOf(value, ready),
    ...(mailBy === 'sns' && { approvalTopicArn: `arn:aws:sns:${ready.region}:${ready.account}:lethe-approvals` }),
  };
  const reach = reachOf(value);
  const eraser = [...erasingStatements(reach, world.stores), ...preservingStatements(reach, world.stores)];
  return new Map(
    PRINCIPALS.map((name) => [
      name,
      asJson(name === ERASER ? eraser : functionStatements(name as FunctionName, world)),
    ]),
  );
}

const NOTHING = {
  version: 1,
  name: 'nothing',
  environment: 'test',
  scopes: { tenant: { pattern: '^[a-z]{1,8}$' } },
  stores: { none: { table: 'none', preserve: true, select: { tenant: { key: { tenant: '{tenant}' } } } } },
  approval: { approvers: [], required: 0, expiresAfter: '1h' },
};

function asJson(statements: readonly PolicyStatement[]): Statement[] {
  return statements.map((statement) => statement.toStatementJson() as Statement);
}

function worldOf(catalog: Catalog, { region, account, stateMachineArn, ...ready }: Ready) {
  return {
    catalog,
    stores: {
      table: (name: string) => `arn:aws:dynamodb:${region}:${account}:table/${name}`,
      bucket: (name: string) => `arn:aws:s3:::${name}`,
      key: (name: string) => (name.startsWith('arn:') ? name : `arn:aws:kms:${region}:${account}:key/${name}`),
    },
    controlTableArn: `arn:aws:dynamodb:${region}:${account}:table/${ready.controlTable}`,
    workBucketArn: `arn:aws:s3:::${ready.workBucket}`,
    evidenceBucketArn: `arn:aws:s3:::${ready.evidenceBucket}`,
    eraserRoleArn: `arn:aws:iam::${account}:role/${ERASER}`,
    reminderArns: `arn:aws:scheduler:${region}:${account}:schedule/reminders/*`,
    reminderRoleArn: `arn:aws:iam::${account}:role/reminders-${region}`,
    signingKeyArn: signingKeyArn({ region, account }),
    mailFrom: 'lethe@example.com',
    machineArn: stateMachineArn,
    executionArns: `${stateMachineArn.replace(':stateMachine:', ':execution:')}:*`,
    mapRunArns: `${stateMachineArn.replace(':stateMachine:', ':mapRun:')}/*`,
    mailIdentityArn: (identity: string) => `arn:aws:ses:${region}:${account}:identity/${identity}`,
    delivererArn: `arn:aws:lambda:${region}:${account}:function:deliver-decision:${LIVE_ALIAS}`,
    tellerArn: `arn:aws:lambda:${region}:${account}:function:tell-outcome:${LIVE_ALIAS}`,
  };
}
