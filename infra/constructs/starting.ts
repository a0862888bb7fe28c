// Runs by event: a bus of Lethe's own, and a rule that hands ErasureRequested events to the function that starts runs.
import { Duration } from 'aws-cdk-lib';
import { EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Construct } from 'constructs';
import { ERASURE_REQUESTED } from '../../contracts/events.ts';
import { DeadLetters } from './dead-letters.ts';
import type { LetheFunction } from './lethe-function.ts';

export interface StartingProps {
  readonly name: string;
  readonly startRun: LetheFunction;
}

/** A request that could not be started for so long needs a person. */
const PATIENCE = Duration.hours(2);

export class Starting extends Construct {
  readonly bus: EventBus;
  /** Events that are no request, or that nothing could be started for. */
  readonly refused: DeadLetters;

  constructor(scope: Construct, id: string, { name, startRun }: StartingProps) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', { eventBusName: name, description: `${ERASURE_REQUESTED} events start runs` });
    this.refused = new DeadLetters(this, 'Refused');
    const { queue } = this.refused;
    startRun.live.configureAsyncInvoke({
      maxEventAge: PATIENCE,
      retryAttempts: 2,
      onFailure: new SqsDestination(queue),
    });
    new Rule(this, 'Rule', {
      eventBus: this.bus,
      description: 'Starts a run for every request',
      eventPattern: { detailType: [ERASURE_REQUESTED] },
      targets: [
        new LambdaFunction(startRun.live, { deadLetterQueue: queue, maxEventAge: PATIENCE, retryAttempts: 10 }),
      ],
    });
  }
}
