// The whole process.env of an execution environment: nothing of the host's reaches a function.
import { devNull, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { KeyRing } from '../kernel/key-ring.ts';
import type { Place } from '../kernel/service.ts';
import type { FunctionDefinition } from './function-registry.ts';

/** Node keeps compiled code in its own default directory, so that later cold starts skip most of the compiling. */
const COMPILE_CACHE = process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), 'node-compile-cache');

export function variablesOf(
  definition: FunctionDefinition,
  modulePath: string,
  place: Place,
  keys: KeyRing,
  environmentId: string,
): Record<string, string> {
  const { name, memoryMb, roleArn, environment, taskRoot = dirname(modulePath) } = definition;
  const roleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  const arn = `arn:aws:sts::${place.account}:assumed-role/${roleName}/${name}`;
  const issued = keys.issue({ arn, name, environment: environmentId });
  return {
    // A home without files: without one the SDK would look up the host user's and read ~/.aws/config there.
    HOME: devNull,
    ...environment,
    AWS_REGION: place.region,
    AWS_DEFAULT_REGION: place.region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    LAMBDA_TASK_ROOT: taskRoot,
    AWS_ACCESS_KEY_ID: issued.accessKeyId,
    AWS_SECRET_ACCESS_KEY: issued.secretAccessKey,
    AWS_SESSION_TOKEN: issued.sessionToken,
    // Removed by the thread before the function's module is loaded.
    NODE_COMPILE_CACHE: COMPILE_CACHE,
  };
}
