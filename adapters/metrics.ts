// Metrics in CloudWatch's embedded format: lines of the log, from which CloudWatch makes them.
import { MetricUnit, Metrics as Powertools } from '@aws-lambda-powertools/metrics';
import { METRICS, METRICS_NAMESPACE, OUTCOME_DIMENSION } from '../contracts/operations.ts';
import type { Outcome } from '../contracts/report.ts';

export class Metrics {
  readonly #metrics: Powertools;

  /** @param stateMachineArn whose name tells deployments apart */
  constructor(stateMachineArn: string) {
    const serviceName = stateMachineArn.slice(stateMachineArn.lastIndexOf(':') + 1);
    this.#metrics = new Powertools({ namespace: METRICS_NAMESPACE, serviceName });
  }

  /** At least once for each run: a report that is repeated says so again. */
  runEnded(outcome: Outcome, totals: { readonly erased: number; readonly remaining: number }): void {
    this.#metrics.addDimension(OUTCOME_DIMENSION, outcome);
    this.#metrics.addMetric(METRICS.runs, MetricUnit.Count, 1);
    this.#metrics.addMetric(METRICS.erased, MetricUnit.Count, totals.erased);
    this.#metrics.addMetric(METRICS.remaining, MetricUnit.Count, totals.remaining);
    this.#metrics.publishStoredMetrics();
  }

  approvalsWaiting(share: number): void {
    this.#metrics.addMetric(METRICS.waitingShare, MetricUnit.NoUnit, share);
    this.#metrics.publishStoredMetrics();
  }
}
