// The event EventBridge is sent when the status of an execution changes.
import { randomUUID } from 'node:crypto';
import type { Json } from '../kernel/json-service.ts';
import type { Place } from '../kernel/service.ts';
import type { ServiceClock } from '../kernel/service-clock.ts';
import type { Execution } from './execution.ts';

/** Of input and output together, escaped; beyond it the input is left out, and the output when it is too large alone. */
const MAX_ESCAPED_BYTES = 248 * 1024;

export function statusChangeOf(execution: Execution, { account, region }: Place, clock: ServiceClock): Json {
  const { arn, machineArn, name, input } = execution.start;
  const { ending, stopMs } = execution;
  const output = ending?.status === 'SUCCEEDED' ? ending.output : undefined;
  const failure = ending?.status === 'SUCCEEDED' ? undefined : ending;
  const outputBytes = escapedBytes(output);
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    account,
    time: `${clock.nowIso().slice(0, -'.000Z'.length)}Z`,
    region,
    resources: [arn],
    detail: {
      executionArn: arn,
      stateMachineArn: machineArn,
      name,
      status: execution.status,
      startDate: execution.startMs,
      stopDate: stopMs ?? null,
      ...member('input', input, escapedBytes(input) + outputBytes <= MAX_ESCAPED_BYTES),
      ...member('output', output, outputBytes <= MAX_ESCAPED_BYTES),
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount: 0,
      redriveDate: null,
      error: failure?.error ?? null,
      cause: failure?.cause ?? null,
    },
  };
}

function member(name: 'input' | 'output', text: string | undefined, isIncluded: boolean): Json {
  const details = text === undefined ? null : { included: isIncluded };
  return { [name]: isIncluded ? (text ?? null) : null, [`${name}Details`]: details };
}

function escapedBytes(text: string | undefined): number {
  return text === undefined ? 0 : Buffer.byteLength(JSON.stringify(text));
}
