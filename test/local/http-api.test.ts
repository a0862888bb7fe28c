// An HTTP API in front of a function, over plain HTTP.
import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openHttpApi } from '../../local/http-api/http-api.ts';
import { makeLambda } from '../../local/lambda/lambda.ts';
import { functionPath, makeAccount, START_MS } from './account.ts';

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

async function setUp({ timeoutMs = 30_000 } = {}) {
  const account = makeAccount();
  const { clock, place, keys, calls } = account;
  const lambda = makeLambda({ clock, place, keys, calls });
  lambda.register({
    name: 'web',
    modulePath: functionPath('web'),
    timeoutSeconds: 60,
    memoryMb: 256,
    roleArn: 'arn:aws:iam::123456789012:role/web',
    environment: {},
  });
  const { invoke } = lambda;
  const api = await openHttpApi({
    clock,
    place,
    invoke,
    routes: [{ key: '$default', functionName: 'web' }],
    port: 0,
    timeoutMs,
  });
  onTestFinished(async () => {
    await api.close();
    await lambda.close();
  });
  const ask = (path: string, { body, ...options }: RequestOptions & { body?: string | Buffer } = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const sent = request(`${api.url}${path}`, { agent: false, ...options }, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  const eventOf = async (...args: Parameters<typeof ask>) => JSON.parse((await ask(...args)).body.toString());
  return { api, ask, eventOf, account };
}

test('the function gets the request as an event of payload format 2.0', async () => {
  const { api, eventOf, account } = await setUp();

  const event = await eventOf('/a/path?one=1&two=2&one=3&sp=a%20b', {
    headers: { 'User-Agent': 'tester', 'X-Many': ['1', '2'], Cookie: 'a=1; b=2' },
  });

  const { port } = new URL(api.url);
  expect(event).toEqual({
    version: '2.0',
    routeKey: '$default',
    rawPath: '/a/path',
    rawQueryString: 'one=1&two=2&one=3&sp=a%20b',
    cookies: ['a=1', 'b=2'],
    headers: {
      host: `127.0.0.1:${port}`,
      'user-agent': 'tester',
      'x-many': '1,2',
      'content-length': '0',
      'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-port': port,
      'x-forwarded-proto': 'http',
    },
    queryStringParameters: { one: '1,3', two: '2', sp: 'a b' },
    requestContext: {
      accountId: '123456789012',
      apiId: expect.stringMatching(/^[0-9a-f]{10}$/),
      domainName: '127.0.0.1',
      domainPrefix: '127',
      http: { method: 'GET', path: '/a/path', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'tester' },
      requestId: expect.any(String),
      routeKey: '$default',
      stage: '$default',
      time: expect.stringMatching(/^06\/May\/2031:07:08:\d\d \+0000$/),
      timeEpoch: expect.toSatisfy((ms: number) => ms >= START_MS && ms <= account.clock.nowMs()),
    },
    isBase64Encoded: false,
  });
});

test('the path arrives decoded, cut at a question mark that was encoded', async () => {
  const { eventOf } = await setUp();

  expect(await eventOf('/a%2Fb%20%C3%A4?x=%3F')).toMatchObject({ rawPath: '/a/b ä', rawQueryString: 'x=%3F' });
  expect(await eventOf('/a%3Fb')).toMatchObject({ rawPath: '/a', requestContext: { http: { path: '/a' } } });
});

test('a path that is not percent-encoded text is a bad request', async () => {
  const { ask } = await setUp();

  expect(await ask('/%FF')).toMatchObject({ status: 400, body: Buffer.from('{"message":"Bad Request"}') });
});

test.for([
  ['text/plain', false],
  ['TEXT/html; charset=utf-8', false],
  ['application/json', false],
  ['application/xml', false],
  ['application/javascript', false],
  ['application/x-www-form-urlencoded', true],
  ['application/octet-stream', true],
  ['multipart/form-data; boundary=x', true],
  [undefined, true],
] as const)('a body of type %s arrives in base64: %s', async ([type, isBase64Encoded]) => {
  const { eventOf } = await setUp();
  const text = 'decision=approve&phrase=gr%C3%BC%C3%9Fe';

  const event = await eventOf('/', { method: 'POST', body: text, headers: type ? { 'Content-Type': type } : {} });

  expect(event).toMatchObject({ isBase64Encoded, headers: { 'content-length': String(text.length) } });
  expect(event.body).toBe(isBase64Encoded ? Buffer.from(text).toString('base64') : text);
});

test('what a caller says about where it comes from does not become its address', async () => {
  const { eventOf } = await setUp();

  const event = await eventOf('/', { headers: { 'X-Forwarded-For': '203.0.113.9' } });

  expect(event.requestContext.http.sourceIp).toBe('127.0.0.1');
  expect(event.headers['x-forwarded-for']).toBe('203.0.113.9, 127.0.0.1');
});

test.for(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s reaches the function', async (method) => {
  const { ask } = await setUp();

  expect(await ask('/', { method })).toMatchObject({ status: 200, headers: { 'x-method': method } });
});

test('HEAD reaches the function as HEAD and is answered without a body', async () => {
  const { ask } = await setUp();

  const { status, headers, body } = await ask('/', { method: 'HEAD' });

  expect({ status, method: headers['x-method'], length: body.length }).toEqual({
    status: 200,
    method: 'HEAD',
    length: 0,
  });
});

test('TRACE is not answered by the function, and CONNECT not at all', async () => {
  const { api, ask } = await setUp();
  const { status, headers } = await ask('/', { method: 'TRACE' });
  const closed = new Promise<string>((resolve) => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1', () =>
      socket.write('CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n'),
    );
    let received = '';
    socket.on('data', (data) => {
      received += data;
    });
    socket.on('close', () => resolve(received));
  });

  expect({ status, method: headers['x-method'] }).toEqual({ status: 405, method: undefined });
  expect(await closed).toBe('');
});

test('the answer has the function’s status, headers, cookies and body', async () => {
  const { ask } = await setUp();

  expect(await ask('/plain')).toMatchObject({
    status: 418,
    headers: { 'content-type': 'text/plain;charset=UTF-8', 'apigw-requestid': expect.any(String) },
    body: Buffer.from('short and stout'),
  });
  expect(await ask('/cookies')).toMatchObject({ headers: { 'set-cookie': ['a=1; HttpOnly', 'b=2'] } });
  expect(await ask('/binary')).toMatchObject({
    headers: { 'content-type': 'image/png', 'content-length': '4' },
    body: Buffer.from([0x89, 0x50, 0x4e, 0x47]),
  });
  expect(await ask('/no-content')).toMatchObject({ status: 204, headers: { 'cache-control': 'no-store' } });
});

test('the answer is dated by the service clock', async () => {
  const { ask } = await setUp();

  expect((await ask('/plain')).headers.date).toMatch(/^Tue, 06 May 2031 07:08:\d\d GMT$/);
});

test('an answer without a status code is the body itself, as JSON with status 200', async () => {
  const { ask } = await setUp();
  const asJson = { status: 200, headers: { 'content-type': 'application/json' } };

  expect(await ask('/bare-object')).toMatchObject({ ...asJson, body: Buffer.from('{"message":"hello"}') });
  expect(await ask('/bare-text')).toMatchObject({ ...asJson, body: Buffer.from('hello') });
});

test.for([
  '/throw',
  '/wrong-status',
  '/wrong-body',
  '/wrong-header',
])('what goes wrong in the function stays there: %s', async (path) => {
  const { ask } = await setUp();

  expect(await ask(path)).toMatchObject({
    status: 500,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from('{"message":"Internal Server Error"}'),
  });
});

test('a function that takes longer than the integration’s timeout is 503', async () => {
  const { ask } = await setUp({ timeoutMs: 200 });

  expect(await ask('/never')).toMatchObject({ status: 503, body: Buffer.from('{"message":"Service Unavailable"}') });
});

test('a body over 10 MB is 413, and so is one over the 6 MB that Lambda takes', async () => {
  const { ask } = await setUp();
  const tooLarge = { status: 413, body: Buffer.from('{"message":"Request Entity Too Large"}') };
  const headers = { 'Content-Type': 'text/plain' };

  expect(await ask('/', { method: 'POST', body: Buffer.alloc(10 * 1024 * 1024 + 1, 'x') })).toMatchObject(tooLarge);
  expect(await ask('/', { method: 'POST', headers, body: Buffer.alloc(7 * 1024 * 1024, 'x') })).toMatchObject(tooLarge);
  expect(await ask('/plain', { method: 'POST', headers, body: Buffer.alloc(2 * 1024 * 1024, 'x') })).toMatchObject({
    status: 418,
  });
});

test('headers over 10,240 bytes are refused', async () => {
  const { ask } = await setUp();

  expect(await ask('/', { headers: { 'x-long': 'x'.repeat(10_240) } })).toMatchObject({ status: 431 });
});

test('invocations are recorded as the gateway’s', async () => {
  const { ask, account } = await setUp();

  await ask('/plain');

  expect(account.recorded).toMatchObject([
    { service: 'lambda', operation: 'Invoke', resource: 'web', by: 'apigateway', status: 200 },
  ]);
});
