// The edge of a function: logs with the run's id, and errors in the form Step Functions branches on.
import { Logger } from '@aws-lambda-powertools/logger';
import { LetheError } from '../contracts/errors.ts';

export interface InvocationContext {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

export type Task<Result> = (event: unknown, context: InvocationContext) => Promise<Result>;

/**
 * Wraps a handler. A LetheError leaves with its literal name, and with its explanation as JSON in the message, from
 * where the report and the Cause of the execution take it. Logs carry names and numbers, never requests or keys.
 */
export function asTask<Result>(functionName: string, handler: Task<Result>): Task<Result> {
  const logger = new Logger({ serviceName: functionName, logLevel: logLevel() });
  return async (event, context) => {
    logger.resetKeys();
    logger.appendKeys({ runId: runIdOf(event), requestId: context.awsRequestId });
    const startedMs = performance.now();
    try {
      const result = await handler(event, context);
      logger.info('done', { milliseconds: Math.round(performance.now() - startedMs) });
      return result;
    } catch (error) {
      logger.warn('failed', { error: error instanceof Error ? error.name : 'unknown' });
      throw error instanceof LetheError ? asWire(error) : error;
    }
  };
}

function asWire(error: LetheError): Error {
  const wire = new Error(JSON.stringify(error.details), { cause: error });
  wire.name = error.name;
  return wire;
}

function runIdOf(event: unknown): string | undefined {
  const runId = (event as { runId?: unknown } | null)?.runId;
  return typeof runId === 'string' ? runId : undefined;
}

type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
const LOG_LEVELS: readonly string[] = ['DEBUG', 'INFO', 'WARN', 'ERROR'] satisfies LogLevel[];

function logLevel(): LogLevel {
  const level = process.env['LETHE_LOG_LEVEL'] ?? 'INFO';
  if (!LOG_LEVELS.includes(level)) throw new Error(`LETHE_LOG_LEVEL is ${level}; allowed are ${LOG_LEVELS.join(', ')}`);
  return level as LogLevel;
}
