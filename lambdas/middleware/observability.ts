import type { MiddlewareObj, Request } from '@middy/core';
import type { HttpEvent, HttpResult } from './http-handler.ts';

/**
 * One log line a request: route, status, time taken, and for a fault of ours its cause. Never path, query, headers or bodies:
 * tokens and payloads travel there.
 */
export const observability = (): MiddlewareObj<HttpEvent, HttpResult> => {
  const write = (request: Request<HttpEvent, HttpResult | undefined>) => {
    const { event, response, error } = request;
    const statusCode = response?.statusCode ?? 500;
    const line = {
      message: 'request',
      routeKey: event.routeKey,
      requestId: event.requestContext.requestId,
      statusCode,
      durationMs: Date.now() - event.requestContext.timeEpoch,
      ...(error && { problem: error.message }),
      ...(statusCode >= 500 && { cause: describe(error?.cause) }),
    };
    if (statusCode >= 500) console.error(line);
    else console.info(line);
  };
  return { after: write, onError: write };
};

/** An error's name, message and stack for our own log; AWS errors and ours hold no payloads. */
const describe = (cause: unknown) =>
  cause instanceof Error ? { name: cause.name, message: cause.message, stack: cause.stack } : String(cause);
