import type { MiddlewareObj } from '@middy/core';
import type { ReceivedRequest } from '../../core/events/envelope.ts';
import { parseFields } from '../../core/events/fields.ts';
import type { HttpEvent, HttpResult } from './http-handler.ts';

/** A request before anything is made of it. */
export interface RawRequest extends ReceivedRequest {
  /** The bytes as they came: signatures are checked on these. */
  readonly body: Buffer;
  readonly sourceIp: string;
  readonly receivedAt: Date;
}

/**
 * Adds `event.raw`. Payload format 2.0 joins repeated query fields with commas, so the query is read from the raw string:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export const rawRequest = (): MiddlewareObj<HttpEvent, HttpResult> => ({
  before: ({ event }) => {
    const raw: RawRequest = {
      method: event.requestContext.http.method.toUpperCase(),
      query: parseFields(event.rawQueryString),
      headers: Object.fromEntries(Object.entries(event.headers).map(([name, value]) => [name.toLowerCase(), value ?? ''])),
      body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
      sourceIp: event.requestContext.http.sourceIp,
      receivedAt: new Date(),
    };
    Object.assign(event, { raw });
  },
});
