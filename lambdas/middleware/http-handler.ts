import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { observability } from './observability.ts';
import { problems } from './problems.ts';
import { type RawRequest, rawRequest } from './raw-request.ts';

export type HttpEvent = APIGatewayProxyEventV2 & { readonly raw: RawRequest };
export type HttpResult = APIGatewayProxyStructuredResultV2;

/**
 * A function behind the HTTP API: its request as raw bytes, its errors as problem+json, one log line a request.
 * middy runs `before` in the order of `.use` and `onError` in reverse, so the line is written after the error has its answer.
 */
export const httpHandler = (handle: (event: HttpEvent) => Promise<HttpResult>) =>
  middy<HttpEvent, HttpResult>().use(observability()).use(problems()).use(rawRequest()).handler(handle);

export const json = (statusCode: number, body: unknown, headers: Record<string, string> = {}): HttpResult => ({
  statusCode,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
