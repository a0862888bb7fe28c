// Writes what the children of a map run gave: a manifest, and a file for each kind of end.
import { AwsError } from '../kernel/aws-error.ts';
import type { Json } from '../kernel/json-service.ts';
import type { ResultWriter } from './asl.ts';
import { StatesError } from './errors.ts';
import type { Execution } from './execution.ts';
import type { Objects } from './frame.ts';
import type { MapRun } from './map-run.ts';
import { evaluateText, type Visit } from './visit.ts';

export interface ResultTarget {
  readonly bucket: string;
  /** Empty, or as it stands in the definition. */
  readonly prefix: string;
}

export async function targetOfResults({ Arguments }: ResultWriter, visit: Visit): Promise<ResultTarget> {
  const { Bucket, Prefix } = Arguments;
  const prefix = Prefix === undefined ? '' : await evaluateText(visit, Prefix, 'ResultWriter/Arguments/Prefix');
  return { bucket: await evaluateText(visit, Bucket, 'ResultWriter/Arguments/Bucket'), prefix };
}

/**
 * Files with nothing in them are not written. FAILED holds children that failed, timed out or were aborted; PENDING
 * holds items whose child never started.
 * @param pending what those children would have been given
 * @returns the output of the Map state
 * @throws StatesError States.ResultWriterFailed
 */
export async function writeResults(
  { bucket, prefix }: ResultTarget,
  run: MapRun,
  pending: readonly Json[],
  objects: Objects,
): Promise<Json> {
  const folder = `${prefix === '' ? '' : `${prefix}/`}${run.id}`;
  const put = async (name: string, json: string) => {
    const body = Buffer.from(json);
    try {
      await objects.put(bucket, `${folder}/${name}`, body);
    } catch (thrown) {
      if (!(thrown instanceof AwsError)) throw thrown;
      const text = `${thrown.name}: ${thrown.message} (s3://${bucket}/${folder}/${name})`;
      throw new StatesError('States.ResultWriterFailed', text);
    }
    return { Key: `${folder}/${name}`, Size: body.length };
  };
  const putRecords = async (name: string, records: readonly string[]) =>
    records.length > 0 ? [await put(name, `[${records.join(',')}]`)] : [];
  const children = (hasSucceeded: boolean) =>
    run.children.filter(({ status }) => (status === 'SUCCEEDED') === hasSucceeded).map(recordOf);
  const ResultFiles = {
    FAILED: await putRecords('FAILED_0.json', children(false)),
    PENDING: await putRecords('PENDING_0.json', pendingOf(run, pending)),
    SUCCEEDED: await putRecords('SUCCEEDED_0.json', children(true)),
  };
  const manifest = { DestinationBucket: bucket, MapRunArn: run.arn, ResultFiles };
  const { Key } = await put('manifest.json', JSON.stringify(manifest));
  return { MapRunArn: run.arn, ResultWriterDetails: { Bucket: bucket, Key } };
}

/** A child as the files, and the array without a ResultWriter, show it. */
export function recordOf(child: Execution): string {
  const { arn, name, machineArn, input } = child.start;
  const { ending } = child;
  const result =
    ending?.status === 'SUCCEEDED' ? { Output: ending.output } : { Error: ending?.error, Cause: ending?.cause };
  return JSON.stringify({
    ExecutionArn: arn,
    Input: input,
    InputDetails: { Included: true },
    Name: name,
    ...result,
    OutputDetails: { Included: true },
    RedriveCount: 0,
    StartDate: new Date(child.startMs).toISOString(),
    StateMachineArn: machineArn,
    Status: child.status,
    ...(child.stopMs !== undefined && { StopDate: new Date(child.stopMs).toISOString() }),
  });
}

function pendingOf({ machineArn }: MapRun, inputs: readonly Json[]): string[] {
  const common = { InputDetails: { Included: true }, StateMachineArn: machineArn, Status: 'PENDING' };
  return inputs.map((input) => JSON.stringify({ Input: JSON.stringify(input), ...common }));
}
