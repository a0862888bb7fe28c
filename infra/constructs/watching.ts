// Looks at waiting approvals on a schedule: nothing else would tell that nobody decides.
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { LetheFunction } from './lethe-function.ts';

export class Watching extends Construct {
  constructor(scope: Construct, id: string, { watchApprovals }: { readonly watchApprovals: LetheFunction }) {
    super(scope, id);
    new Rule(this, 'Rule', {
      description: 'Looks how long approvals have waited',
      schedule: Schedule.rate(Duration.minutes(15)),
      targets: [new LambdaFunction(watchApprovals.live, { retryAttempts: 0 })],
    });
  }
}
