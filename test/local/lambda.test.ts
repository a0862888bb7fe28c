// Functions in threads: what a handler sees, how it may end, and who runs when.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type FunctionDefinition, type Lambda, type LambdaOptions, makeLambda } from '../../local/lambda/lambda.ts';
import { type Account, functionPath, makeAccount, START_MS } from './account.ts';

type Setup = Partial<LambdaOptions> & { readonly account?: Account };

function lambdaOf({ account = makeAccount(), ...options }: Setup = {}): Lambda & { readonly account: Account } {
  const { clock, place, keys, calls } = account;
  const lambda = makeLambda({ clock, place, keys, calls, ...options });
  onTestFinished(() => lambda.close());
  return { ...lambda, account };
}

function functionOf(file: string, overrides: Partial<FunctionDefinition> = {}): FunctionDefinition {
  return {
    name: file,
    modulePath: functionPath(file),
    timeoutSeconds: 20,
    memoryMb: 256,
    roleArn: 'arn:aws:iam::123456789012:role/service/worker',
    environment: {},
    ...overrides,
  };
}

/** Registers one function and answers how to invoke it. */
function setUp(file: string, overrides: Partial<FunctionDefinition> = {}, setup: Setup = {}) {
  const lines: string[] = [];
  const lambda = lambdaOf({ onLog: (_name, line) => lines.push(line), ...setup });
  const definition = functionOf(file, overrides);
  lambda.register(definition);
  const invoke = (payload?: unknown) => lambda.invoke(definition.name, payload);
  return { lambda, account: lambda.account, lines, invoke };
}

/** A server that closes its connections once they have been idle for a moment, without announcing it. */
async function makeImpatientServer(): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
      setTimeout(() => socket.destroy(), 5);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server whose answers wait until the gate is opened; `arrivals` counts who came. */
async function makeGate() {
  const waiting: (() => void)[] = [];
  const arrived: (() => void)[] = [];
  let isOpen = false;
  const server = createServer((_request, response) => {
    if (isOpen) response.end();
    else waiting.push(() => response.end());
    for (const notify of arrived.splice(0)) notify();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async arrivals(count: number) {
      while (waiting.length < count) await new Promise<void>((resolve) => arrived.push(resolve));
    },
    open() {
      isOpen = true;
      for (const release of waiting.splice(0)) release();
    },
  };
}

function temporaryFile(content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'lambda-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'file.mjs');
  writeFileSync(file, content);
  return file;
}

describe('a handler', () => {
  test('gets the event as JSON and the context of Lambda', async () => {
    const { invoke } = setUp('echo', { timeoutSeconds: 7 });

    const result = await invoke({ at: new Date(0), dropped: undefined, nested: [1, { two: null }] });

    expect(result).toEqual({
      payload: {
        event: { at: '1970-01-01T00:00:00.000Z', nested: [1, { two: null }] },
        context: {
          awsRequestId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
          functionName: 'echo',
          functionVersion: '$LATEST',
          invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:echo',
          memoryLimitInMB: '256',
          logGroupName: '/aws/lambda/echo',
          logStreamName: expect.stringMatching(/^2031\/05\/06\/\[\$LATEST\][0-9a-f]{32}$/),
          callbackWaitsForEmptyEventLoop: true,
        },
        remainingMs: expect.toSatisfy((ms: number) => ms > 5000 && ms <= 7000),
      },
    });
  });

  test('gets an empty event when there is no payload, and answers null for nothing', async () => {
    const { lambda } = setUp('echo');
    lambda.register(functionOf('misbehave'));

    expect(await lambda.invoke('echo', undefined)).toMatchObject({ payload: { event: {} } });
    expect(await lambda.invoke('misbehave', { how: 'nothing' })).toEqual({ payload: null });
  });

  test('sees service time, from the loading of its module on', async () => {
    const { invoke, account } = setUp('clock');

    const { payload } = (await invoke({})) as { payload: Record<string, number> };

    const endMs = account.clock.nowMs();
    for (const reading of ['loadedAtMs', 'now', 'newDate'])
      expect(payload[reading]).toSatisfy((ms: number) => ms >= START_MS && ms <= endMs);
    expect(payload).toMatchObject({ fromValue: 2001, isDate: true });
    expect(payload.text).toBeGreaterThanOrEqual(START_MS - 1000);
  });

  test('holds the clock to the pace of the wall while it runs, and its timers are real', async () => {
    const { invoke, account } = setUp('clock', {}, { account: makeAccount({ clockSpeed: 600 }) });

    const { payload } = (await invoke({ waitMs: 50 })) as { payload: { waitedMs: number; serviceWaitedMs: number } };

    expect(payload.waitedMs).toBeGreaterThanOrEqual(49);
    expect(payload.serviceWaitedMs).toSatisfy((ms: number) => ms >= 49 && ms < payload.waitedMs + 50);
    const afterMs = account.clock.nowMs();
    await account.clock.sleep(60_000);
    expect(account.clock.nowMs() - afterMs).toBeGreaterThanOrEqual(60_000);
  });

  test('has an environment of its own with the keys of its role, and nothing of the host', async () => {
    const { invoke, account } = setUp('environment', { environment: { TABLE: 'items' } });

    const { payload } = (await invoke()) as { payload: Record<string, string> };

    expect(payload).toEqual({
      TABLE: 'items',
      AWS_REGION: 'eu-west-1',
      LAMBDA_TASK_ROOT: expect.stringMatching(/functions$/),
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: 'environment',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA[0-9A-F]{16}$/),
      AWS_SECRET_ACCESS_KEY: expect.any(String),
      AWS_SESSION_TOKEN: expect.any(String),
      HOME: expect.any(String),
    });
    expect(account.keys.principalOf(payload.AWS_ACCESS_KEY_ID ?? '', START_MS)).toEqual({
      arn: 'arn:aws:sts::123456789012:assumed-role/worker/environment',
      name: 'environment',
      environment: expect.any(String),
    });
  });

  test('may come from a module that is still being built', async () => {
    const built = Promise.withResolvers<string>();
    const { invoke } = setUp('echo', { modulePath: built.promise });
    const invoked = invoke({ n: 1 });

    built.resolve(functionPath('echo'));

    expect(await invoked).toMatchObject({ payload: { event: { n: 1 } } });
  });

  test('has its output logged line by line, in order, before it has answered', async () => {
    const { invoke, lines } = setUp('talk');

    await invoke();

    expect(lines.slice(0, 6)).toEqual([
      'first line',
      'an error line',
      'in two pieces',
      'and two',
      'lines',
      "{ an: 'object' }",
    ]);
    expect(lines[6]).toMatch(/Warning: mind the gap$/);
  });
});

describe('an invocation that fails', () => {
  test.for([
    ['an error thrown', { how: 'throw' }, 'QuotaExceeded', 'no more than 3'],
    ['text thrown', { how: 'throwText' }, 'string', 'just text'],
    ['an error thrown later', { how: 'uncaught' }, 'TypeError', 'thrown later'],
    [
      'a rejection nobody handles',
      { how: 'unhandled' },
      'Runtime.UnhandledPromiseRejection',
      'RangeError: nobody listens',
    ],
    [
      'an answer that is not JSON',
      { how: 'circular' },
      'Runtime.JSONStringifyError',
      'Unable to stringify response body',
    ],
  ] as const)('reports %s with its type, message and trace', async ([, event, errorType, errorMessage]) => {
    const { invoke } = setUp('misbehave');

    expect(await invoke(event)).toEqual({ error: { errorType, errorMessage, trace: expect.any(Array) } });
  });

  test('names the error in the first line of its trace', async () => {
    const { invoke } = setUp('misbehave');

    const result = await invoke({ how: 'throw' });

    expect(result).toHaveProperty('error.trace.0', 'QuotaExceeded: no more than 3');
    expect(result).toHaveProperty('error.trace.1', expect.stringContaining('misbehave.mjs'));
  });

  test.for([
    ['exit status 3', { how: 'exit', code: 3 }, 'exited with error: exit status 3'],
    ['exit status 0', { how: 'exit', code: 0 }, 'exited without providing a reason'],
  ] as const)('reports the end of the runtime by %s', async ([, event, end]) => {
    const { invoke } = setUp('misbehave');

    expect(await invoke(event)).toEqual({
      error: {
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(new RegExp(`^RequestId: [0-9a-f-]{36} Error: Runtime ${end}$`)),
      },
    });
  });

  test('reports a promise that nothing can settle any more', async () => {
    const { invoke } = setUp('misbehave');

    expect(await invoke({ how: 'neverSettles' })).toHaveProperty('error.errorType', 'Runtime.NodeJsExit');
  });

  test.for(['wait', 'loop'])('is ended when its time is over: %s', async (how) => {
    const { invoke, lines } = setUp('misbehave', { timeoutSeconds: 0.25 });

    const result = await invoke({ how });

    expect(result).toEqual({
      error: {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 0\.25 seconds$/),
      },
    });
    const last = 'error' in result && result.error.errorMessage;
    expect(lines).toEqual(how === 'loop' ? ['about to loop', last] : [last]);
  });

  test.for([
    ['throw', 2],
    ['unhandled', 1],
    ['exit', 1],
  ] as const)('leaves an environment to the next only where Lambda does so: %s', async ([how, count]) => {
    const { invoke } = setUp('misbehave', {}, { maxEnvironments: 1 });

    await invoke({ how, code: 1 });

    expect(await invoke({ how: 'count' })).toEqual({ payload: count });
  });

  test('stands in the log', async () => {
    const { invoke, lines } = setUp('misbehave');

    await invoke({ how: 'throw' });
    await invoke({ how: 'unhandled' });
    await invoke({ how: 'exit', code: 3 });

    expect(lines).toEqual([
      expect.stringMatching(
        /^2031-05-06T07:08:[0-9.]+Z\t[0-9a-f-]{36}\tERROR\tInvoke Error \t\{"errorType":"QuotaExceeded"/,
      ),
      expect.stringMatching(/\tERROR\tUnhandled Promise Rejection \t\{"errorType":"RangeError".*misbehave\.mjs/),
      expect.stringMatching(
        /\tERROR\tUnhandled Promise Rejection \t\{"errorType":"Runtime\.UnhandledPromiseRejection"/,
      ),
      expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 3$/),
    ]);
  });

  test.for([
    ['no-handler', 'Runtime.HandlerNotFound', 'no-handler.handler is undefined or not exported'],
    ['not-a-function', 'Runtime.HandlerNotFound', 'not-a-function.handler is not a function'],
    ['callback', 'Runtime.CallbackHandlerDeprecated', expect.stringContaining('removed support for callback-based')],
    ['broken-init', 'ReferenceError', 'no configuration'],
    ['missing-import', 'Error', expect.stringContaining('Cannot find module')],
    ['does-not-exist', 'Runtime.ImportModuleError', expect.stringContaining('does-not-exist.mjs')],
  ] as const)('reports what is wrong with the module %s, each time anew', async ([file, errorType, errorMessage]) => {
    const { invoke } = setUp(file);

    for (let attempt = 0; attempt < 2; attempt++)
      expect(await invoke({})).toMatchObject({ error: { errorType, errorMessage } });
  });

  test('reports a syntax error as the error of the function’s code', async () => {
    const { invoke } = setUp('broken', { modulePath: temporaryFile('export const handler = async ( => 1;\n') });

    expect(await invoke()).toMatchObject({ error: { errorType: 'Runtime.UserCodeSyntaxError' } });
  });

  test('reports a module that could not be built', async () => {
    const modulePath = Promise.reject(new Error('esbuild: no such file'));
    const { invoke } = setUp('echo', { modulePath });

    expect(await invoke()).toMatchObject({
      error: { errorType: 'Runtime.ImportModuleError', errorMessage: 'Error: esbuild: no such file' },
    });
  });
});

describe('environments', () => {
  test('are used again for the same function, one invocation at a time', async () => {
    const { invoke } = setUp('thread');

    const first = await invoke();
    const second = await invoke();

    expect(first).toMatchObject({ payload: { count: 1 } });
    expect(second).toEqual({ payload: { ...('payload' in first && first.payload), count: 2 } });
  });

  test('stand still between invocations: what was left unfinished goes on only during the next', async () => {
    const file = join(temporaryFile(''), '..', 'written');
    const { invoke } = setUp('unfinished');

    await invoke({ file, afterMs: 5 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(existsSync(file)).toBe(false);
    await invoke({});

    expect(existsSync(file)).toBe(true);
  });

  test('do not use a connection again that was closed while they stood still', async () => {
    const url = await makeImpatientServer();
    const { invoke } = setUp('keep-alive');

    for (let round = 0; round < 3; round++) {
      expect(await invoke({ url })).toEqual({ payload: 200 });
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  });

  test('run side by side up to the limit', async () => {
    const gate = await makeGate();
    const { invoke } = setUp('thread', {}, { maxEnvironments: 2 });
    const invoked = [1, 2, 3].map(() => invoke({ gate: gate.url }));
    const threads = () =>
      Promise.all(invoked).then((results) => results.map((r) => 'payload' in r && r.payload.threadId));

    await gate.arrivals(2);
    gate.open();

    expect(new Set(await threads()).size).toBe(2);
  });

  test('serve those who wait in order', async () => {
    const { invoke } = setUp('thread', {}, { maxEnvironments: 1 });

    const results = await Promise.all([1, 2, 3, 4, 5].map(() => invoke()));

    expect(results.map((result) => 'payload' in result && result.payload.count)).toEqual([1, 2, 3, 4, 5]);
  });

  test('that are idle make room for another function', async () => {
    const { lambda, invoke } = setUp('thread', {}, { maxEnvironments: 1 });
    lambda.register(functionOf('thread', { name: 'other' }));

    await invoke();
    expect(await lambda.invoke('other', {})).toMatchObject({ payload: { count: 1 } });
    expect(await invoke()).toMatchObject({ payload: { count: 1 } });
  });

  test('that wait for the longest make room first', async () => {
    const { lambda } = setUp('thread', { name: 'a' }, { maxEnvironments: 2 });
    lambda.register(functionOf('thread', { name: 'b' }));
    lambda.register(functionOf('thread', { name: 'c' }));
    for (const name of ['a', 'b', 'a', 'c']) await lambda.invoke(name, {});

    expect(await lambda.invoke('a', {})).toMatchObject({ payload: { count: 3 } });
    expect(await lambda.invoke('b', {})).toMatchObject({ payload: { count: 1 } });
  });

  test('are killed when Lambda closes, and nothing runs afterwards', async () => {
    const gate = await makeGate();
    const { lambda, invoke } = setUp('thread', {}, { maxEnvironments: 1 });
    const underWay = invoke({ gate: gate.url });
    const waiting = invoke();
    await gate.arrivals(1);

    await lambda.close();

    for (const result of [await underWay, await waiting, await invoke()])
      expect(result).toHaveProperty(
        'error.errorMessage',
        expect.stringMatching(/Runtime exited with error: signal: killed$/),
      );
  });
});

describe('Lambda itself', () => {
  test('refuses a function nobody registered', async () => {
    const lambda = lambdaOf();
    const error = {
      name: 'Lambda.ResourceNotFoundException',
      message: 'Function not found: arn:aws:lambda:eu-west-1:123456789012:function:nobody',
    };

    await expect(lambda.invoke('nobody', {})).rejects.toMatchObject(error);
    expect(() => lambda.invokeLater('nobody', {})).toThrow(expect.objectContaining(error));
  });

  test('refuses a request over 6 MB, and an event over 1 MB', async () => {
    const { lambda, invoke } = setUp('echo');
    const tooLarge = { name: 'Lambda.RequestTooLargeException' };

    await expect(invoke('x'.repeat(6_291_456 - 1))).rejects.toMatchObject(tooLarge);
    expect(() => lambda.invokeLater('echo', 'x'.repeat(1_048_576 - 1))).toThrow(expect.objectContaining(tooLarge));
  });

  test.for([
    [6_291_554, { payload: expect.any(String) }],
    [
      6_291_555,
      {
        error: {
          errorType: 'Function.ResponseSizeTooLarge',
          errorMessage: 'Response payload size (6291557 bytes) exceeded maximum allowed payload size (6291556 bytes).',
        },
      },
    ],
  ] as const)('passes an answer of up to 6 MB: %i characters and two quotes', async ([length, expected]) => {
    const { invoke } = setUp('misbehave');

    expect(await invoke({ how: 'text', length })).toEqual(expected);
  });

  test('refuses reserved environment variables and a name twice', () => {
    const lambda = lambdaOf();
    const reserved = functionOf('echo', { environment: { AWS_REGION: 'us-east-1' } });

    expect(() => lambda.register(reserved)).toThrow(/Reserved keys used in this request: AWS_REGION$/);
    expect(lambda.register(functionOf('echo'))).toBe('arn:aws:lambda:eu-west-1:123456789012:function:echo');
    expect(() => lambda.register(functionOf('echo'))).toThrow('Function already exist: echo');
  });

  test('records an invocation in this process with who made it', async () => {
    const { lambda, account } = setUp('echo');

    await lambda.invoke('echo', { a: 1 }, 'lethe-run');

    expect(account.recorded).toEqual([
      {
        n: 1,
        at: expect.stringMatching(/^2031-05-06T07:08:/),
        service: 'lambda',
        operation: 'Invoke',
        resource: 'echo',
        by: 'lethe-run',
        items: 0,
        bytesIn: 7,
        bytesOut: expect.toSatisfy((bytes: number) => bytes > 100),
        status: 200,
        fault: null,
      },
    ]);
  });
});

describe('an event', () => {
  async function runEvent(failures: number) {
    const { lambda, lines, account } = setUp('flaky', {}, { account: makeAccount({ clockSpeed: 2400 }) });
    const file = temporaryFile('');
    const attempts = () =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { awsRequestId: string; at: number });
    lambda.invokeLater('flaky', { file, failures }, 'tester');
    await account.clock.sleep(600_000);
    return { attempts: attempts(), lines, account };
  }

  test('is retried one minute and then two minutes after a failure, and then dropped with a line in the log', async () => {
    const { attempts, lines, account } = await runEvent(3);

    const [first, second, third] = attempts.map(({ at }) => at) as [number, number, number];
    expect(attempts).toHaveLength(3);
    expect(second - first).toBeGreaterThanOrEqual(60_000);
    expect(third - second).toBeGreaterThanOrEqual(120_000);
    expect(new Set(attempts.map(({ awsRequestId }) => awsRequestId)).size).toBe(1);
    expect(lines.slice(3)).toEqual([
      `RequestId: ${attempts[0]?.awsRequestId} event dropped after 3 attempts: Error: attempt 3 fails`,
    ]);
    expect(account.recorded).toMatchObject([{ operation: 'Invoke', resource: 'flaky', by: 'tester', status: 202 }]);
  });

  test.for([0, 1])('is not run again once it succeeded, here after %i failures', async (failures) => {
    const { attempts, lines } = await runEvent(failures);

    expect(attempts).toHaveLength(failures + 1);
    expect(lines).toHaveLength(failures);
  });
});
