import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GatewayError } from '../../../local/http-api/gateway-error.ts';
import { proxyResponse } from '../../../local/http-api/proxy-response.ts';

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
describe('a function’s answer', () => {
  test.each([
    ['"Hello from Lambda!"', 'Hello from Lambda!'],
    ['{"message":"Hello from Lambda!"}', '{"message":"Hello from Lambda!"}'],
  ])('%s without a status code is the body of a 200 with JSON', (payload, body) => {
    const response = proxyResponse(payload);

    expect(response).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json' } });
    expect(response.body.toString()).toBe(body);
  });

  test('with a status code is taken apart', () => {
    const answer = {
      statusCode: 201,
      headers: { 'My-Header': 'value', 'Content-Length': '99' },
      cookies: ['a=1; Secure', 'b=2'],
      body: Buffer.from([0, 255]).toString('base64'),
      isBase64Encoded: true,
    };

    expect(proxyResponse(JSON.stringify(answer))).toEqual({
      statusCode: 201,
      headers: { 'my-header': 'value' },
      cookies: ['a=1; Secure', 'b=2'],
      body: Buffer.from([0, 255]),
    });
  });

  test.each([{ statusCode: 'ok' }, { statusCode: 99 }, { statusCode: 200, body: {} }, { statusCode: 200, headers: { a: 'b\nc' } }])(
    'malformed as %j is an internal server error',
    (answer) => {
      expect(() => proxyResponse(JSON.stringify(answer))).toThrow(new GatewayError(500, 'Internal Server Error'));
    },
  );

  test('whatever it is, raises nothing but GatewayError', () => {
    const fields = { statusCode: fc.jsonValue(), headers: fc.jsonValue(), cookies: fc.jsonValue(), body: fc.jsonValue() };
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record(fields, { requiredKeys: ['statusCode'] })), (answer) => {
        try {
          proxyResponse(JSON.stringify(answer));
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayError);
        }
      }),
    );
  });
});
