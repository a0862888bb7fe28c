// The Lambda API over HTTP: Invoke and GetFunctionConfiguration.
import { AwsError, notImplemented } from '../kernel/aws-error.ts';
import { makeRestJsonService, type RestAnswer, type RestCall } from '../kernel/rest-json-service.ts';
import type { AwsRequest, AwsService } from '../kernel/service.ts';
import type { FunctionError } from './environment-messages.ts';
import { type FoundFunction, functionNameOf } from './function-registry.ts';

export interface LambdaApi {
  find(nameOrArn: string, qualifier?: string): FoundFunction;
  /** Both take JSON and throw RequestTooLargeException. */
  invokeNow(target: FoundFunction, payload: string): Promise<Invoked>;
  invokeLater(target: FoundFunction, payload: string): string;
}

export interface Invoked {
  readonly requestId: string;
  readonly outcome: { readonly payload: string } | { readonly error: FunctionError };
}

/** Of the headers that carry parameters; those of signing, tracing and retrying are not looked at. */
const PARAMETER_HEADER = /^x-amz-(?!date$|content-sha256$|security-token$|user-agent$)/;
const HONOURED_HEADERS = ['x-amz-invocation-type', 'x-amz-log-type'];

export function makeLambdaService(api: LambdaApi): AwsService {
  async function invoke({ params, request }: RestCall): Promise<RestAnswer> {
    const { invocationType, logType } = parametersOf(request);
    if (logType !== 'None') throw notImplemented(`lambda Invoke with LogType ${logType}`);
    const target = findFunction(params, request);
    const payload = parsePayload(request.body);
    switch (invocationType) {
      case 'RequestResponse':
        return answerOf(await api.invokeNow(target, payload));
      case 'Event':
        return { status: 202, headers: { 'x-amzn-requestid': api.invokeLater(target, payload) } };
      default:
        throw notImplemented(`lambda Invoke with InvocationType ${invocationType}`);
    }
  }

  function getFunctionConfiguration({ params, request }: RestCall): RestAnswer {
    const { definition, invokedArn } = findFunction(params, request);
    const configuration = {
      FunctionName: definition.name,
      FunctionArn: invokedArn,
      Runtime: 'nodejs24.x',
      Role: definition.roleArn,
      Timeout: definition.timeoutSeconds,
      MemorySize: definition.memoryMb,
      Version: '$LATEST',
      Environment: { Variables: definition.environment },
      PackageType: 'Zip',
      State: 'Active',
      LastUpdateStatus: 'Successful',
    };
    return { status: 200, body: JSON.stringify(configuration) };
  }

  function findFunction({ FunctionName = '' }: RestCall['params'], { query }: AwsRequest): FoundFunction {
    return api.find(FunctionName, query.get('Qualifier') ?? undefined);
  }

  return makeRestJsonService({
    name: 'lambda',
    operations: [
      {
        operation: 'Invoke',
        method: 'POST',
        path: '/2015-03-31/functions/{FunctionName}/invocations',
        accepts: ['Qualifier'],
        answer: invoke,
      },
      {
        operation: 'GetFunctionConfiguration',
        method: 'GET',
        path: '/2015-03-31/functions/{FunctionName}/configuration',
        accepts: ['Qualifier'],
        answer: getFunctionConfiguration,
      },
    ],
    resourceOf: ({ FunctionName }) => (FunctionName === undefined ? null : functionNameOf(FunctionName)),
  });
}

function parametersOf({ headers }: AwsRequest): { readonly invocationType: string; readonly logType: string } {
  const unknown = Object.keys(headers).filter(
    (name) => PARAMETER_HEADER.test(name) && !HONOURED_HEADERS.includes(name),
  );
  if (unknown.length > 0) throw notImplemented(`lambda Invoke with ${unknown.join(', ')}`);
  return {
    invocationType: String(headers['x-amz-invocation-type'] ?? 'RequestResponse'),
    logType: String(headers['x-amz-log-type'] ?? 'None'),
  };
}

/** Nothing at all is an empty event. */
function parsePayload(body: Buffer): string {
  const payload = body.toString('utf8');
  if (payload === '') return '{}';
  try {
    JSON.parse(payload);
  } catch (cause) {
    const message = `Could not parse request body into json: ${String(cause)}`;
    throw new AwsError('InvalidRequestContentException', message, 400, { Type: 'User' });
  }
  return payload;
}

function answerOf({ requestId, outcome }: Invoked): RestAnswer {
  const headers = { 'x-amzn-requestid': requestId, 'x-amz-executed-version': '$LATEST' };
  if ('payload' in outcome) return { status: 200, headers, body: outcome.payload };
  return {
    status: 200,
    headers: { ...headers, 'x-amz-function-error': 'Unhandled' },
    body: JSON.stringify(outcome.error),
  };
}
