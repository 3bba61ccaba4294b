import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { conflict } from '../../../core/errors.ts';
import { type HttpEvent, httpHandler } from '../../../lambdas/middleware/http-handler.ts';

beforeEach(() => {
  for (const method of ['info', 'error'] as const) jest.spyOn(console, method).mockImplementation(() => undefined);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const SECRET = 'the payload';

const anEvent = {
  routeKey: 'POST /webhook/{triggerId}',
  rawPath: '/webhook/hello',
  rawQueryString: '',
  headers: {},
  requestContext: { requestId: 'r1', timeEpoch: 0, http: { method: 'POST', sourceIp: '192.0.2.1' } },
  isBase64Encoded: false,
} as unknown as APIGatewayProxyEventV2;

const answerTo = async (error: unknown) => {
  const handler = httpHandler(async () => {
    throw error;
  });
  const { statusCode, headers, body } = await handler(anEvent as HttpEvent, {} as Context);
  return { statusCode, headers, text: body ?? '', problem: JSON.parse(body ?? '') };
};

const fromAws = (name: string, httpStatusCode: number) =>
  new DynamoDBServiceException({ name, message: SECRET, $fault: 'client', $metadata: { httpStatusCode } });

describe('what a handler throws is answered as a problem', () => {
  test('of ours as it is', async () => {
    const { statusCode, headers, problem } = await answerTo(conflict('The trigger is disabled.'));
    expect(statusCode).toBe(409);
    expect(headers?.['content-type']).toBe('application/problem+json');
    expect(problem).toEqual({
      type: 'urn:millrace:problem:conflict',
      title: 'Conflict',
      status: 409,
      detail: 'The trigger is disabled.',
    });
  });

  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
  test.each([
    ['a throttled table', fromAws('ProvisionedThroughputExceededException', 400)],
    ['a throttled account', fromAws('RequestLimitExceeded', 400)],
    ['a fault of AWS', fromAws('InternalServerError', 500)],
    ['a broken connection', Object.assign(new Error(SECRET), { code: 'ECONNRESET' })],
    ['a time-out', Object.assign(new Error(SECRET), { name: 'TimeoutError' })],
  ])('of %s as a 503 to try again, without its message', async (_, error) => {
    const { statusCode, headers, text } = await answerTo(error);
    expect(statusCode).toBe(503);
    expect(headers?.['retry-after']).toBeDefined();
    expect(text).not.toContain(SECRET);
  });

  test.each([
    ['a refusal of AWS', fromAws('AccessDeniedException', 400)],
    ['a mistake of ours', new TypeError(SECRET)],
    ['something that is no error', SECRET],
  ])('of %s as a 500 without its message', async (_, error) => {
    const { statusCode, text } = await answerTo(error);
    expect(statusCode).toBe(500);
    expect(text).not.toContain(SECRET);
  });
});
