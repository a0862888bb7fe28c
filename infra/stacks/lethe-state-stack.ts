// The stack of what must outlive everything else: control table, work bucket, evidence bucket.
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { LetheState, type LetheStateProps } from '../constructs/lethe-state.ts';

export class LetheStateStack extends Stack {
  readonly lethe: LetheState;

  constructor(scope: Construct, id: string, props: StackProps & LetheStateProps = {}) {
    super(scope, id, {
      description: 'What Lethe remembers: runs, plans, evidence',
      ...props,
    });
    this.lethe = new LetheState(this, 'State', props);
    new CfnOutput(this, 'ControlTable', { value: this.lethe.controlTable.tableName });
    new CfnOutput(this, 'WorkBucket', { value: this.lethe.workBucket.bucketName });
    new CfnOutput(this, 'EvidenceBucket', { value: this.lethe.evidenceBucket.bucketName });
  }
}
