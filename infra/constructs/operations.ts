// What operators look at: alarms, each with its entry in the runbook, and one dashboard.
import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  Metric,
  Stats,
  TextWidget,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { FunctionName } from '../../contracts/functions.ts';
import {
  ALARMS,
  type AlarmName,
  DEPLOYMENT_DIMENSION,
  METRICS,
  METRICS_NAMESPACE,
  OUTCOME_DIMENSION,
} from '../../contracts/operations.ts';
import type { LetheFunction } from './lethe-function.ts';
import type { Machine } from './machine.ts';

export interface OperationsProps {
  readonly name: string;
  readonly topic: Topic;
  readonly functions: Readonly<Record<FunctionName, LetheFunction>>;
  readonly erase: Machine;
  readonly close: Machine;
  readonly controlTable: Table;
  /** Events that could not start a run. */
  readonly starting: IQueue;
  /** Events that could not close one. */
  readonly closing: IQueue;
  /** Decisions that could not be delivered. */
  readonly undelivered: IQueue;
}

const PERIOD = Duration.minutes(5);
/** Beyond these a wait looks like nobody is coming, and a Region like it is running full (quota: 1,000 open map runs). */
const WAITING_SHARE = 0.5;
const OPEN_MAP_RUNS = 900;

export class Operations extends Construct {
  readonly #props: OperationsProps;

  constructor(scope: Construct, id: string, props: OperationsProps) {
    super(scope, id);
    this.#props = props;
    const { erase, close, starting, closing, undelivered, topic } = props;
    allowAlarms(topic);
    const ended = { failed: this.#ended('failed'), incomplete: this.#ended('incomplete') };
    this.#alarm('run-not-erased', ended);
    const unclosed = {
      failed: close.machine.metricFailed(),
      'timed-out': close.machine.metricTimedOut(),
      aborted: close.machine.metricAborted(),
    };
    this.#alarm('run-not-closed', unclosed);
    const waiting = { share: this.#lethe(METRICS.waitingShare, {}, Stats.MAXIMUM) };
    this.#alarm('approval-waiting', waiting, WAITING_SHARE);
    this.#alarm('throttled', this.#throttles());
    this.#alarm('map-run-backlog', { open: states('ApproximateOpenMapRunCount') }, OPEN_MAP_RUNS);
    this.#alarm('dead-letters', { start: visible(starting), close: visible(closing) });
    this.#alarm('decision-not-delivered', { decisions: visible(undelivered) });
    this.#dashboard({ ...ended, unclosed, started: erase.machine.metricStarted() });
  }

  /** One alarm for each metric, so that its name says what it is about; all lead to the same entry of the runbook. */
  #alarm(alarm: AlarmName, metrics: Readonly<Record<string, IMetric>>, threshold = 0): void {
    for (const [part, metric] of Object.entries(metrics)) {
      new Alarm(this, `${alarm}-${part}`, {
        alarmName: `${this.#props.name}-${alarm}-${part}`,
        alarmDescription: `${ALARMS[alarm]} What to do: docs/runbook.md#${alarm}`,
        metric,
        threshold,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }).addAlarmAction(new SnsAction(this.#props.topic));
    }
  }

  #lethe(metricName: string, dimensions: Record<string, string>, statistic: string = Stats.SUM): Metric {
    const deployment = { [DEPLOYMENT_DIMENSION]: this.#props.erase.machineName };
    const dimensionsMap = { ...deployment, ...dimensions };
    // Approvals are looked at every quarter of an hour, and a missing point must not end an alarm.
    const period = statistic === Stats.MAXIMUM ? Duration.minutes(15) : PERIOD;
    return new Metric({ namespace: METRICS_NAMESPACE, metricName, dimensionsMap, statistic, period });
  }

  #ended(outcome: string): Metric {
    return this.#lethe(METRICS.runs, { [OUTCOME_DIMENSION]: outcome });
  }

  #throttles(): Record<string, IMetric> {
    const { functions, erase, controlTable } = this.#props;
    return {
      workers: functions['work-shard'].function.metricThrottles({ period: PERIOD }),
      protectors: functions['protect-target'].function.metricThrottles({ period: PERIOD }),
      executions: erase.machine.metricThrottled({ period: PERIOD, statistic: Stats.SUM }),
      reads: controlTable.metric('ReadThrottleEvents', { period: PERIOD, statistic: Stats.SUM }),
      writes: controlTable.metric('WriteThrottleEvents', { period: PERIOD, statistic: Stats.SUM }),
    };
  }

  #dashboard(runs: { failed: Metric; incomplete: Metric; unclosed: Record<string, IMetric>; started: Metric }): void {
    const { name, functions, starting, closing, undelivered } = this.#props;
    const worker = functions['work-shard'].function;
    const erased = this.#ended('erased');
    const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
      new GraphWidget({ title, left, right, width: 8, period: PERIOD });
    new Dashboard(this, 'Dashboard', {
      dashboardName: name,
      widgets: [
        [
          new TextWidget({
            width: 24,
            height: 2,
            markdown: `# ${name}\nWhat each alarm means and what to do: docs/runbook.md`,
          }),
        ],
        [
          graph('Runs', [runs.started, erased, runs.failed, runs.incomplete]),
          graph('Items', [
            this.#lethe(METRICS.erased, { [OUTCOME_DIMENSION]: 'erased' }),
            this.#lethe(METRICS.remaining, { [OUTCOME_DIMENSION]: 'incomplete' }),
          ]),
          graph('Approvals: share of the time waited', [this.#lethe(METRICS.waitingShare, {}, Stats.MAXIMUM)]),
        ],
        [
          graph(
            'Workers',
            [worker.metricInvocations(), worker.metricErrors()],
            [worker.metricDuration({ statistic: 'p99' })],
          ),
          graph('Throttled', Object.values(this.#throttles())),
          graph('Map runs of the account', [
            states('ApproximateOpenMapRunCount'),
            states('ApproximateMapRunBacklogSize'),
          ]),
        ],
        [
          graph('Not closed', Object.values(runs.unclosed)),
          graph('Dead letters', [visible(starting), visible(closing)]),
          graph('Decisions not delivered', [visible(undelivered)]),
        ],
      ],
    });
  }
}

/** A topic with a policy has lost the one that let everybody of the account publish. */
function allowAlarms(topic: Topic): void {
  const stack = Stack.of(topic);
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'Alarms',
      actions: ['sns:Publish'],
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': stack.account } },
    }),
  );
}

/** Metrics of the whole account and Region. */
function states(metricName: string): Metric {
  return new Metric({ namespace: 'AWS/States', metricName, statistic: Stats.MAXIMUM, period: PERIOD });
}

function visible(queue: IQueue): Metric {
  return queue.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: Stats.MAXIMUM });
}
