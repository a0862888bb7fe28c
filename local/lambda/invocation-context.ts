// The second argument of a handler.
import { randomUUID } from 'node:crypto';
import type { SharedTime } from '../kernel/shared-time.ts';
import type { Assignment } from './environment-messages.ts';

/** One per environment, as on Lambda; made lazily because its date is service time. */
let logStreamName: string | undefined;

export function makeInvocationContext(assignment: Assignment, memoryMb: number, time: SharedTime): object {
  const functionName = process.env.AWS_LAMBDA_FUNCTION_NAME;
  logStreamName ??= `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${randomUUID().replaceAll('-', '')}`;
  return {
    awsRequestId: assignment.requestId,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: assignment.invokedFunctionArn,
    memoryLimitInMB: String(memoryMb),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => assignment.deadlineMs - time.nowMs(),
  };
}
