// Reminders of approvals that wait: a group of one-time schedules, and the role as which they call.
import { Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { reminderNames } from '../../contracts/functions.ts';

export interface RemindingProps {
  /** First part of the names of a deployment. */
  readonly name: string;
  /** What is called when a reminder is due. */
  readonly functionArn: string;
}

export class Reminding extends Construct {
  /** Of all schedules in the group. */
  readonly scheduleArns: string;
  readonly roleArn: string;

  constructor(scope: Construct, id: string, { name, functionArn }: RemindingProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const { group, role } = reminderNames(`${name}-`, stack.region);
    // Deleted with the stack, and its schedules with it.
    new CfnScheduleGroup(this, 'Group', { name: group });
    const groupArn = stack.formatArn({ service: 'scheduler', resource: 'schedule-group', resourceName: group });
    this.scheduleArns = stack.formatArn({ service: 'scheduler', resource: 'schedule', resourceName: `${group}/*` });
    this.roleArn = stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: role });
    new Role(this, 'Role', {
      roleName: role,
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account, 'aws:SourceArn': groupArn } },
      }),
      description: 'Reminds approvers',
      inlinePolicies: {
        Remind: new PolicyDocument({
          statements: [new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] })],
        }),
      },
    });
  }
}
