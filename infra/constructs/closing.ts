// Closes what no Catch sees: executions that were stopped, timed out or failed without a report.
import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { CLOSED_STATUSES } from '../../contracts/functions.ts';
import { DeadLetters } from './dead-letters.ts';
import type { Machine } from './machine.ts';

export interface ClosingProps {
  readonly erase: Machine;
  readonly close: Machine;
}

export class Closing extends Construct {
  /** Ended executions that nobody closed. */
  readonly unclosed: DeadLetters;

  constructor(scope: Construct, id: string, { erase, close }: ClosingProps) {
    super(scope, id);
    this.unclosed = new DeadLetters(this, 'Unclosed');
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('events.amazonaws.com'),
      description: 'Starts the state machine that closes runs',
    });
    new Rule(this, 'Rule', {
      description: 'Closes runs whose execution ended without its report',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [erase.machine.stateMachineArn], status: [...CLOSED_STATUSES] },
      },
      targets: [
        new SfnStateMachine(close.machine, {
          role,
          deadLetterQueue: this.unclosed.queue,
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
        }),
      ],
    });
  }
}
