import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Json } from '../../../../local/aws/service.ts';
import { createConnections } from '../../../../local/connections/connections.ts';
import { createSecrets } from '../../../../local/connections/secrets.ts';
import { createIam } from '../../../../local/iam/authorizer.ts';
import { StatesError } from '../../../../local/states/asl/errors.ts';
import { createInvokeHttp } from '../../../../local/states/integrations/http.ts';
import type { ProvisionedResource } from '../../../../local/template/provisioner.ts';
import { answerJson, type Received, startApi } from '../../connections/loopback-api.ts';
import { createManualClock, eventually } from '../../manual-clock.ts';

// What is expected comes from https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:welcome';

let api: Awaited<ReturnType<typeof startApi>>;
let answer: (request: Received, response: ServerResponse) => void;
beforeAll(async () => {
  api = await startApi((request, response) => answer(request, response));
});
afterAll(() => api.close());
beforeEach(() => {
  api.received.length = 0;
  answer = (_, response) => answerJson(response, 200, { ok: true });
});

/** A role with the policy that AWS's page shows, for GET and POST below `api.url`. */
function world(options: { endpoint?: string; without?: string; secret?: string } = {}) {
  const lines: string[] = [];
  const log = { line: (text: string) => void lines.push(text), detail: (text: string) => void lines.push(text) };
  const clock = createManualClock();
  const environment = { MILLRACE_SECRET_DIRECTORY: options.secret ?? 'k3y' };
  const connections = createConnections({ secrets: createSecrets({ environment, file: '/nowhere/.env' }), clock, log });
  const provision = (provisioners: typeof connections.provisioners, type: string, properties: Json) => {
    const resource = { stackName: 'S', logicalId: type.replace(/.*::/, ''), type, properties, metadata: {}, assemblyDir: '' };
    return provisioners[type]?.(resource) as ProvisionedResource;
  };
  const { Arn = '', SecretArn = '' } = provision(connections.provisioners, 'AWS::Events::Connection', {
    AuthorizationType: 'API_KEY',
    AuthParameters: {
      ApiKeyAuthParameters: { ApiKeyName: 'x-api-key', ApiKeyValue: '{{resolve:secretsmanager:directory:SecretString:::}}' },
    },
  }).attributes;

  const statements = [
    {
      Effect: 'Allow',
      Action: 'states:InvokeHTTPEndpoint',
      Resource: MACHINE,
      Condition: {
        StringEquals: { 'states:HTTPMethod': ['GET', 'POST'] },
        StringLike: { 'states:HTTPEndpoint': options.endpoint ?? `${api.url}/*` },
      },
    },
    { Effect: 'Allow', Action: 'events:RetrieveConnectionCredentials', Resource: Arn },
    { Effect: 'Allow', Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'], Resource: SecretArn },
  ].filter(({ Action }) => !Action.includes(options.without ?? 'nothing'));
  const iam = createIam();
  const role = provision(iam.provisioners, 'AWS::IAM::Role', {
    AssumeRolePolicyDocument: {
      Statement: { Effect: 'Allow', Principal: { Service: 'states.amazonaws.com' }, Action: 'sts:AssumeRole' },
    },
    Policies: [{ PolicyName: 'P', PolicyDocument: { Statement: statements } }],
  });
  const invoke = createInvokeHttp({ authorize: iam.authorize, connections, clock, log });
  const caller = { kind: 'role', arn: role.attributes.Arn ?? '' } as const;
  const stop = new AbortController();
  return {
    clock,
    lines,
    stop,
    invoke: (changes: Json = {}) =>
      invoke(
        { Method: 'GET', ApiEndpoint: `${api.url}/users`, Authentication: { ConnectionArn: Arn }, ...changes },
        { caller, stateMachineArn: MACHINE, signal: stop.signal },
      ),
  };
}

async function failureOf(work: Promise<unknown>): Promise<StatesError> {
  const failure = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof StatesError) return failure;
  throw new Error(`It gave ${String(failure)}.`);
}

describe('an HTTP step', () => {
  test('sends what it says, with the key of its connection', async () => {
    await world().invoke({
      Method: 'POST',
      QueryParameters: { id: 'a b&c', tag: ['x', 'y'] },
      Headers: { 'Request-Id': 'r1', 'X-API-Key': 'the connection wins' },
      RequestBody: { userIds: ['u1'] },
    });

    expect(api.received[0]).toMatchObject({ method: 'POST', url: '/users?id=a+b%26c&tag=x&tag=y', body: '{"userIds":["u1"]}' });
    expect(api.received[0]?.headers).toMatchObject({
      'x-api-key': 'k3y',
      'request-id': 'r1',
      'content-type': 'application/json; charset=UTF-8',
      range: 'bytes=0-262144',
      'user-agent': 'Amazon|StepFunctions|HttpInvoke|us-east-1',
    });
  });

  test('gives the body, the headers, the status and its text', async () => {
    answer = (_, response) => response.writeHead(201, { 'content-type': 'application/json', 'x-a': ['1', '2'] }).end('{"id":7}');

    expect(await world().invoke()).toMatchObject({
      ResponseBody: { id: 7 },
      Headers: { 'content-type': ['application/json'], 'x-a': ['1', '2'] },
      StatusCode: 201,
      StatusText: 'Created',
    });
  });

  test.each([
    ['text/plain', '{"id":7}', '{"id":7}'],
    ['application/problem+json', '{"id":7}', { id: 7 }],
    ['application/json', 'not json', 'not json'],
  ])('gives a body of the type %s as it is', async (type, text, expected) => {
    answer = (_, response) => response.writeHead(200, { 'content-type': type }).end(text);

    expect((await world().invoke()).ResponseBody).toEqual(expected);
  });

  test.each([
    ['INDICES', 'array[0]=a&array[1]=b&meta[key]=v w'],
    ['REPEAT', 'array=a&array=b&meta[key]=v w'],
    ['COMMAS', 'array=a,b&meta[key]=v w'],
    ['BRACKETS', 'array[]=a&array[]=b&meta[key]=v w'],
  ])('writes a form with its lists as %s', async (ArrayFormat, expected) => {
    await world().invoke({
      Method: 'POST',
      Headers: { 'content-type': 'application/x-www-form-urlencoded' },
      RequestBody: { array: ['a', 'b'], meta: { key: 'v w' } },
      Transform: { RequestBodyEncoding: 'URL_ENCODED', RequestEncodingOptions: { ArrayFormat } },
    });

    expect(decodeURIComponent(api.received[0]?.body ?? '')).toBe(expected);
    expect(api.received[0]?.body).not.toContain('[');
    expect(api.received[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  });
});

describe('it fails', () => {
  test.each([404, 429, 500, 302])('with the status %i, without following it', async (status) => {
    answer = (_, response) => response.writeHead(status, { location: '/elsewhere', 'content-type': 'text/plain' }).end('no');

    expect(await failureOf(world().invoke())).toMatchObject({ error: `States.Http.StatusCode.${status}`, cause: 'no' });
    expect(api.received).toHaveLength(1);
  });

  test.each(['Authorization', 'Host', 'x-amzn-trace-id', 'X-Forwarded-For'])('for the header %s', async (header) => {
    expect(await failureOf(world().invoke({ Headers: { [header]: 'x' } }))).toMatchObject({ error: 'States.Runtime' });
    expect(api.received).toHaveLength(0);
  });

  test.each([{ 'not a name': 'x' }, { 'x-line': 'a\r\nb' }])('for the headers %j', async (Headers) => {
    expect(await failureOf(world().invoke({ Headers }))).toMatchObject({ error: 'States.Runtime' });
  });

  test.each(['http://example.com/', 'ftp://example.com/', 'http://127.0.0.1.example.com/'])(
    'for the endpoint %s',
    async (endpoint) => {
      const failure = await failureOf(world({ endpoint: '*' }).invoke({ ApiEndpoint: endpoint }));

      expect(failure).toMatchObject({ error: 'States.Runtime', cause: expect.stringContaining('must be an https URL') });
    },
  );

  test.each([
    ['what is no text', Buffer.from([0xff, 0xfe]), 'text/plain'],
    ['an image', Buffer.from('x'), 'image/png'],
    ['any bytes', Buffer.from('x'), 'application/octet-stream'],
  ])('for %s', async (_, body, type) => {
    answer = (_request, response) => response.writeHead(200, { 'content-type': type }).end(body);

    expect(await failureOf(world().invoke())).toMatchObject({ error: 'States.Runtime' });
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
  test('for more than 256 KB', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('x'.repeat(262_145));

    expect(await failureOf(world().invoke())).toMatchObject({ error: 'States.DataLimitExceeded' });
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
  test('after 60 seconds', async () => {
    answer = () => undefined;
    const { invoke, clock } = world();
    const failure = failureOf(invoke());
    await eventually(() => api.received.length === 1);
    clock.advance(60_000);

    expect(await failure).toMatchObject({ error: 'States.Http.Socket' });
  });

  test('where nobody listens', async () => {
    const failure = await failureOf(world({ endpoint: '*' }).invoke({ ApiEndpoint: 'http://127.0.0.1:1/' }));

    expect(failure).toMatchObject({ error: 'States.Http.Socket' });
  });

  test('without its secret, and names the variable', async () => {
    const failure = await failureOf(world({ secret: '' }).invoke());

    expect(failure).toMatchObject({
      error: 'Events.ConnectionResource.InvalidConnectionState',
      cause: 'The secret directory is not set: put MILLRACE_SECRET_DIRECTORY into the environment or into .env.',
    });
  });

  test('when it is stopped, at once', async () => {
    answer = () => undefined;
    const { invoke, stop } = world();
    const work = invoke();
    await eventually(() => api.received.length === 1);
    stop.abort(new Error('stopped'));

    await expect(work).rejects.toThrow('stopped');
  });
});

describe('IAM', () => {
  test.each([
    ['another endpoint', { ApiEndpoint: 'https://api.example.com/users' }],
    ['another method', { Method: 'DELETE' }],
  ])('refuses %s', async (_, changes) => {
    expect(await failureOf(world().invoke(changes))).toMatchObject({
      error: 'States.Permissions',
      cause: expect.stringContaining(`is not authorized to perform: states:InvokeHTTPEndpoint on resource: ${MACHINE}`),
    });
  });

  test.each([
    ['states:InvokeHTTPEndpoint', 'States.Permissions'],
    ['events:RetrieveConnectionCredentials', 'Events.ConnectionResource.AccessDenied'],
    ['secretsmanager:GetSecretValue', 'Events.ConnectionResource.AccessDenied'],
  ])('refuses without %s', async (without, error) => {
    expect(await failureOf(world({ without }).invoke())).toMatchObject({ error });
    expect(api.received).toHaveLength(0);
  });

  test('is asked before it is told whether a connection exists', async () => {
    const ConnectionArn = 'arn:aws:events:us-east-1:123456789012:connection/other/1';

    expect(await failureOf(world().invoke({ Authentication: { ConnectionArn } }))).toMatchObject({
      error: 'Events.ConnectionResource.AccessDenied',
    });
  });
});

test('no secret is in what is logged', async () => {
  answer = (_, response) => answerJson(response, 500, {});
  const { invoke, lines } = world();
  await failureOf(invoke({ QueryParameters: { token: 'other' } }));

  expect(lines).toEqual([expect.stringMatching(/^http:invoke GET http:\/\/127\.0\.0\.1:\d+ 500 \d+ ms$/)]);
});
