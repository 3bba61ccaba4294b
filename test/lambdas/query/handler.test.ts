import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Context } from 'aws-lambda';
import type { Table } from '../../../core/aws/table.ts';
import { saveDelivery } from '../../../core/deliveries/delivery.repository.ts';
import { saveToken } from '../../../core/tokens/token.repository.ts';
import type { HttpEvent, HttpResult } from '../../../lambdas/middleware/http-handler.ts';
import { aToken } from '../../core/builders.ts';
import { ACTIVITY_ID, aDelivery } from '../../core/runs/world.ts';
import { openTestTable } from '../../core/test-table.ts';

const reader = aToken({ scopes: ['runs:read'] });
const canceller = aToken({ scopes: ['runs:cancel'] });

let table: Table;
let close: () => Promise<void>;
let handler: (event: HttpEvent, context: Context) => Promise<HttpResult>;

beforeAll(async () => {
  const opened = await openTestTable();
  ({ table, close } = opened);
  Object.assign(process.env, {
    TABLE_NAME: table.name,
    BUS_NAME: 'bus',
    AWS_ENDPOINT_URL_DYNAMODB: opened.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
  });
  jest.spyOn(console, 'info').mockImplementation(() => undefined);
  ({ handler } = (await import('../../../lambdas/query/handler.ts')) as unknown as { handler: typeof handler });
  await Promise.all([reader, canceller].map(({ token }) => saveToken(table, token)));
  await saveDelivery(table, aDelivery());
});
afterAll(() => close());

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html, payload format 2.0 */
const ask = async (method: string, with_: { id?: string; token?: string; rawQueryString?: string; json?: unknown } = {}) => {
  const { id = ACTIVITY_ID, token, rawQueryString = '', json } = with_;
  const event = {
    version: '2.0',
    routeKey: 'ANY /webhook/status/{activityId}',
    rawPath: `/webhook/status/${id}`,
    rawQueryString,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(json !== undefined && { 'content-type': 'application/json' }),
    },
    pathParameters: { activityId: id },
    requestContext: { http: { method, sourceIp: '127.0.0.1' }, requestId: 'r', timeEpoch: 0 },
    ...(json !== undefined && { body: JSON.stringify(json) }),
    isBase64Encoded: false,
  };
  const answer = await handler(event as unknown as HttpEvent, {} as Context);
  return { status: answer.statusCode, headers: answer.headers, body: JSON.parse(String(answer.body)) };
};

describe('GET /webhook/status/{activityId}', () => {
  test.each([
    ['a header', { token: reader.text }],
    ['the query', { rawQueryString: `token=${reader.text}` }],
    ['a JSON body', { json: { token: reader.text } }],
  ])('tells the status to a token in %s', async (_, with_) => {
    const { status, headers, body } = await ask('GET', with_);
    expect(status).toBe(200);
    expect(headers?.['cache-control']).toBe('no-store');
    expect(body).toMatchObject({ id: ACTIVITY_ID, status: 'notstarted', steps: [] });
  });

  test.each([
    ['401 without a token', {}, 401],
    ['401 with a body that holds none', { json: ['token'] }, 401],
    ['401 before it says that an id is unknown', { id: 'unknown' }, 401],
    ['403 without the scope', { token: canceller.text }, 403],
    ['404 for an id that is malformed', { token: reader.text, id: '../..' }, 404],
  ])('answers %s', async (_, with_, expected) => {
    const { status, headers, body } = await ask('GET', with_);
    expect(status).toBe(expected);
    expect(headers?.['content-type']).toBe('application/problem+json');
    expect(body).toMatchObject({ status: expected, detail: expect.any(String) });
  });
});

test('DELETE cancels, and answers with the status; it needs its own scope', async () => {
  expect((await ask('DELETE', { token: reader.text })).status).toBe(403);
  expect(await ask('DELETE', { token: canceller.text })).toMatchObject({ status: 200, body: { status: 'cancelled' } });
  expect((await ask('DELETE', { json: { token: canceller.text } })).body).toMatchObject({ status: 'cancelled' });
  expect((await ask('GET', { token: reader.text })).body.status).toBe('cancelled');
});

test('other methods are refused with those that are allowed', async () => {
  const { status, headers } = await ask('POST', { token: reader.text });
  expect(status).toBe(405);
  expect(headers?.allow).toBe('GET, DELETE');
});
