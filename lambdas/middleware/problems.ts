import type { MiddlewareObj } from '@middy/core';
import { Problem, unavailable } from '../../core/errors.ts';
import type { HttpEvent, HttpResult } from './http-handler.ts';

/**
 * What passes by itself: names of throttling and time-outs, which DynamoDB answers as 400, and Node.js' codes of connections that broke
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html).
 */
const TRANSIENT: readonly unknown[] = [
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TimeoutError',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
];

/** Throttling and faults of AWS, by the SDK's mark (https://smithy.io/2.0/spec/behavior-traits.html#retryable-trait), the answer's status or the name. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $retryable, $metadata, code } = error as {
    $retryable?: unknown;
    $metadata?: { httpStatusCode?: number };
    code?: unknown;
  };
  const isFaultOfAws = ($metadata?.httpStatusCode ?? 0) >= 500;
  return $retryable !== undefined || isFaultOfAws || TRANSIENT.includes(error.name) || TRANSIENT.includes(code);
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isTransient(error)) {
    return unavailable('The request could not be answered just now; send it again.', error);
  }
  return new Problem(
    500,
    'internal',
    'Internal error',
    'The request failed on our side; the log has the reason under its request id.',
    {
      cause: error,
    },
  );
}

/** Answers every error with RFC 9457 problem+json; what is not ours becomes a 500 or 503 without its message. */
export const problems = (): MiddlewareObj<HttpEvent, HttpResult> => ({
  onError: (request) => {
    const problem = asProblem(request.error);
    request.error = problem;
    request.response = {
      statusCode: problem.status,
      headers: { 'content-type': 'application/problem+json', ...problem.headers },
      body: JSON.stringify(problem),
    };
  },
});
