import { Agent, request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { AwsError, type Caller, type Json } from '../../../local/aws/service.ts';
import type { Delivered } from '../../../local/http-api/gateway.ts';
import { createHttpApi, type HttpApi } from '../../../local/http-api/http-api.ts';
import { createMeter } from '../../../local/meter.ts';

// Unless a test cites another page, expectations are from
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html

const FUNCTION = 'arn:aws:lambda:us-east-1:123456789012:function:echo';
const silent = { line: () => undefined, detail: () => undefined };
const meter = createMeter();
const delivered: Delivered[] = [];
const details: string[] = [];
const calls: { readonly input: Json; readonly caller: Caller }[] = [];

/** What the function behind the API answers. */
let invoke: (event: APIGatewayProxyEventV2) => Promise<Json>;
let api: HttpApi;
let apiId: string;

const echo = async (event: APIGatewayProxyEventV2): Promise<Json> => ({
  Payload: JSON.stringify({ statusCode: 200, body: JSON.stringify(event) }),
});

function provision(target: HttpApi, type: string, logicalId: string, properties: Json) {
  const provisioner = target.provisioners[`AWS::ApiGatewayV2::${type}`];
  if (!provisioner) throw new Error(`No provisioner for ${type}`);
  return provisioner({ stackName: 'platform', logicalId, type, properties, metadata: {}, assemblyDir: '/' });
}

const INTEGRATION = { IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0', IntegrationUri: FUNCTION };

async function deployApi(target: HttpApi): Promise<string> {
  const { ref } = await provision(target, 'Api', 'Api', { Name: 'millrace', ProtocolType: 'HTTP' });
  const integration = await provision(target, 'Integration', 'Integration', { ApiId: ref, ...INTEGRATION });
  const slow = await provision(target, 'Integration', 'Slow', { ApiId: ref, ...INTEGRATION, TimeoutInMillis: 50 });
  const routes = {
    'ANY /webhook/{triggerId}': integration,
    'GET /slow': slow,
    'GET /limited': integration,
    'POST /files/{path+}': integration,
  };
  for (const [key, { ref: id }] of Object.entries(routes)) {
    await provision(target, 'Route', key, { ApiId: ref, RouteKey: key, Target: `integrations/${id}`, AuthorizationType: 'NONE' });
  }
  await provision(target, 'Stage', 'Stage', {
    ApiId: ref,
    StageName: '$default',
    AutoDeploy: true,
    DefaultRouteSettings: { ThrottlingRateLimit: 10_000, ThrottlingBurstLimit: 5000 },
    RouteSettings: { 'GET /limited': { ThrottlingRateLimit: 0.001, ThrottlingBurstLimit: 2 } },
    AccessLogSettings: { DestinationArn: 'arn:aws:logs:us-east-1:123456789012:log-group:access', Format: '$context.routeKey' },
  });
  return ref;
}

beforeAll(async () => {
  api = await createHttpApi({
    call: async (_service, _operation, input, caller) => {
      calls.push({ input, caller });
      return invoke(JSON.parse(String(input.Payload)));
    },
    log: { line: () => undefined, detail: (text) => details.push(text) },
    meter,
    port: 0,
    onRequest: (request) => delivered.push(request),
  });
  apiId = await deployApi(api);
  api.open();
});
afterAll(() => api.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends exactly what is given, which `fetch` would not. */
function send(
  path: string,
  options: RequestOptions & { readonly body?: string | Buffer; readonly to?: HttpApi } = {},
): Promise<Answer> {
  const { body, to = api, ...rest } = options;
  return new Promise((resolve, reject) => {
    const sending = httpRequest(to.baseUrl, { path, ...rest }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() });
      });
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

async function eventOf(...request: Parameters<typeof send>): Promise<APIGatewayProxyEventV2> {
  invoke = echo;
  return JSON.parse((await send(...request)).body);
}

const message = (text: string) => JSON.stringify({ message: text });

describe('the event', () => {
  test('has the documented fields', async () => {
    const event = await eventOf('/webhook/my%20trigger?a=1&a=2&b=x%2Cy&empty=', {
      method: 'POST',
      headers: { 'X-One': ['1', '2'], Cookie: 'a=1; b=2', 'User-Agent': 'test', 'Content-Type': 'text/plain' },
      body: 'grüezi',
    });

    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'ANY /webhook/{triggerId}',
      rawPath: '/webhook/my trigger',
      rawQueryString: 'a=1&a=2&b=x%2Cy&empty=',
      cookies: ['a=1', 'b=2'],
      headers: { 'x-one': '1,2', 'user-agent': 'test', 'x-forwarded-for': '127.0.0.1' },
      queryStringParameters: { a: '1,2', b: 'x,y', empty: '' },
      pathParameters: { triggerId: 'my trigger' },
      requestContext: {
        accountId: '123456789012',
        apiId,
        http: { method: 'POST', path: '/webhook/my trigger', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
        requestId: expect.any(String),
        routeKey: 'ANY /webhook/{triggerId}',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      body: 'grüezi',
      isBase64Encoded: false,
    });
    expect(event.headers).not.toHaveProperty('cookie');
  });

  test('of a request without query, cookies and body has none of these fields', async () => {
    const event = await eventOf('/webhook/a');

    expect(event).toMatchObject({ rawQueryString: '', isBase64Encoded: false });
    for (const field of ['cookies', 'queryStringParameters', 'body']) expect(event).not.toHaveProperty(field);
  });

  test.each(['text/html', 'application/json; charset=utf-8', 'application/xml', 'application/javascript'])(
    'has %s as text',
    async (type) => {
      const event = await eventOf('/webhook/a', { method: 'POST', headers: { 'content-type': type }, body: '{}' });

      expect(event).toMatchObject({ body: '{}', isBase64Encoded: false });
    },
  );

  test.each(['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/cloudevents+json', 'image/png'])(
    'has %s as base64',
    async (type) => {
      const event = await eventOf('/webhook/a', { method: 'POST', headers: { 'content-type': type }, body: 'a=1' });

      expect(event).toMatchObject({ body: Buffer.from('a=1').toString('base64'), isBase64Encoded: true });
    },
  );
});

describe('the invocation', () => {
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
  test('names the route as its source, so that the function’s permission can be checked', async () => {
    await eventOf('/webhook/abc', { method: 'PUT' });

    expect(calls.at(-1)).toMatchObject({
      input: { FunctionName: FUNCTION, InvocationType: 'RequestResponse' },
      caller: {
        kind: 'service',
        principal: 'apigateway.amazonaws.com',
        sourceArn: `arn:aws:execute-api:us-east-1:123456789012:${apiId}/$default/PUT/webhook/{triggerId}`,
      },
    });
  });

  test.each([
    ['is refused', () => Promise.reject(new AwsError('AccessDeniedException', 'no', 403)), 500, 'Internal Server Error'],
    ['fails', async () => ({ FunctionError: 'Unhandled', Payload: '{}' }), 500, 'Internal Server Error'],
    ['answers nonsense', async () => ({ Payload: '{"statusCode":"no"}' }), 500, 'Internal Server Error'],
    ['is throttled', () => Promise.reject(new AwsError('TooManyRequestsException', 'no', 429)), 503, 'Service Unavailable'],
    [
      'has too large a payload',
      () => Promise.reject(new AwsError('RequestTooLargeException', 'no', 413)),
      413,
      'Request Entity Too Large',
    ],
  ])('that %s is answered by the gateway', async (_, outcome, status, text) => {
    invoke = outcome;

    const answer = await send('/webhook/a');

    expect(answer).toMatchObject({ status, body: message(text) });
  });

  test('that takes longer than the integration’s timeout is answered with 503', async () => {
    invoke = () => new Promise(() => undefined);

    const answer = await send('/slow');

    expect(answer).toMatchObject({ status: 503, body: message('Service Unavailable') });
  });
});

describe('the answer', () => {
  test('carries status, headers and cookies', async () => {
    invoke = async () => ({
      Payload: JSON.stringify({ statusCode: 202, headers: { Location: '/x' }, cookies: ['a=1', 'b=2'], body: 'ok' }),
    });

    const answer = await send('/webhook/a');

    expect(answer).toMatchObject({ status: 202, body: 'ok', headers: { location: '/x', 'set-cookie': ['a=1', 'b=2'] } });
  });

  test('is told to the observer and, by route key only, to the access log', async () => {
    invoke = async () => ({ Payload: JSON.stringify({ statusCode: 202, body: '{"activityId":"x"}' }) });

    await send('/webhook/a?token=secret');

    expect(delivered.at(-1)).toMatchObject({
      method: 'GET',
      routeKey: 'ANY /webhook/{triggerId}',
      pathParameters: { triggerId: 'a' },
      status: 202,
      response: { body: Buffer.from('{"activityId":"x"}') },
    });
    expect(details.at(-1)).toMatch(/^ANY \/webhook\/\{triggerId\} 202 \d+ ms$/);
  });

  test('of an unknown route is 404', async () => {
    expect(await send('/nowhere')).toMatchObject({ status: 404, body: message('Not Found') });
  });

  test('of a path that is not decodable is 400', async () => {
    expect(await send('/webhook/%zz')).toMatchObject({ status: 400, body: message('Bad Request') });
  });
});

describe('the limits', () => {
  // 10 MB of payload, 10,240 bytes of head: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
  test.each([{}, { 'transfer-encoding': 'chunked' }])('refuse a body over 10 MB sent with %j', async (headers) => {
    invoke = echo;

    const answer = await send('/webhook/a', { method: 'POST', headers, body: Buffer.alloc(10 * 1024 * 1024 + 1) });

    expect(answer).toMatchObject({ status: 413, body: message('Request Entity Too Large') });
  });

  test('refuse a request line and headers over 10,240 bytes', async () => {
    const answer = await send('/webhook/a', { headers: { 'x-large': 'x'.repeat(10_240) } });

    expect(answer.status).toBe(431);
  });

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
  test('throttle a route by its own settings', async () => {
    invoke = echo;

    const answers = [await send('/limited'), await send('/limited'), await send('/limited')];

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[2]?.body).toBe(message('Too Many Requests'));
  });

  // https://aws.amazon.com/api-gateway/pricing/
  test('bill a request in increments of 512 KB', async () => {
    invoke = async () => ({ Payload: '{"statusCode":200}' });
    const before = Number(meter.read()['httpApi.requests'] ?? 0);

    await send('/webhook/a', { method: 'POST', body: Buffer.alloc(513 * 1024) });

    expect(Number(meter.read()['httpApi.requests']) - before).toBe(2);
  });
});

describe('the port', () => {
  const create = (port: number) => createHttpApi({ call: async () => ({}), log: silent, meter, port });

  test('answers 503 with Retry-After until the API is open', async () => {
    const early = await create(0);

    const answer = await send('/webhook/a', { to: early });
    await early.close();

    expect(answer).toMatchObject({ status: 503, body: message('Service Unavailable'), headers: { 'retry-after': '1' } });
  });

  test('that is taken is said in one sentence', async () => {
    const port = Number(new URL(api.baseUrl).port);

    await expect(create(port)).rejects.toThrow(`Port ${port} is in use; set MILLRACE_PORT`);
  });

  test('is closed only when requests under way are answered', async () => {
    const closing = await createHttpApi({ call: async () => invoke({} as APIGatewayProxyEventV2), log: silent, meter, port: 0 });
    await deployApi(closing);
    closing.open();
    let answer: (output: Json) => void = () => undefined;
    const invoked = new Promise<void>((resolve) => {
      invoke = () => {
        resolve();
        return new Promise((done) => {
          answer = done;
        });
      };
    });
    const pending = send('/webhook/a', { to: closing });
    await invoked;

    const closed = closing.close();
    answer({ Payload: '{"statusCode":204}' });

    expect(await pending).toMatchObject({ status: 204 });
    await closed;
  });

  test('is not kept open by the connection of an answer that came while it closed', async () => {
    const closing = await createHttpApi({ call: async () => invoke({} as APIGatewayProxyEventV2), log: silent, meter, port: 0 });
    await deployApi(closing);
    closing.open();
    let closed: Promise<void> | undefined;
    invoke = async () => {
      closed = closing.close();
      return { Payload: '{"statusCode":204}' };
    };
    const agent = new Agent({ keepAlive: true });
    const ended = new Promise((resolve) => agent.once('free', (socket) => socket.once('close', () => resolve('by the server'))));

    await send('/webhook/a', { to: closing, agent });

    await closed;
    expect(await ended).toBe('by the server');
    agent.destroy();
  });
});

describe('what is not supported', () => {
  test.each([
    ['Api', { Name: 'a', ProtocolType: 'WEBSOCKET' }, 'ProtocolType'],
    ['Api', { Name: 'a', ProtocolType: 'HTTP', CorsConfiguration: {} }, 'CorsConfiguration'],
    ['Integration', { ApiId: 'a', ...INTEGRATION, PayloadFormatVersion: '1.0' }, 'PayloadFormatVersion'],
    ['Integration', { ApiId: 'a', ...INTEGRATION, IntegrationType: 'HTTP_PROXY' }, 'IntegrationType'],
    ['Route', { ApiId: 'a', RouteKey: '$default', Target: 'integrations/a', AuthorizationType: 'JWT' }, 'AuthorizationType'],
    ['Stage', { ApiId: 'a', StageName: 'v1', AutoDeploy: true }, 'StageName'],
  ])('of an %s fails with a sentence', async (type, properties, property) => {
    await expect((async () => provision(api, type, 'Odd', properties))()).rejects.toThrow(property);
  });
});
