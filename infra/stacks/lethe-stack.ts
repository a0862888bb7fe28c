// The stack of all that can be deployed anew at any time: functions, state machines, pages, events, alarms.
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Lethe, type LetheProps } from '../constructs/lethe.ts';

export class LetheStack extends Stack {
  readonly lethe: Lethe;

  constructor(scope: Construct, id: string, props: StackProps & LetheProps) {
    super(scope, id, { description: 'Lethe erases data so that nobody regrets it', ...props });
    this.lethe = new Lethe(this, 'Lethe', { name: id.toLowerCase(), ...props });
    new CfnOutput(this, 'StateMachineArn', { value: this.lethe.stateMachineArn });
    new CfnOutput(this, 'WebUrl', { value: this.lethe.webUrl });
    new CfnOutput(this, 'TopicArn', { value: this.lethe.topic.topicArn });
    new CfnOutput(this, 'EventBusName', { value: this.lethe.bus.eventBusName });
  }
}
