import type { MiddlewareObj } from '@middy/core';
import { Problem } from '../../core/errors.ts';
import type { HttpEvent, HttpResult } from './http-handler.ts';

/** Throttling and faults of AWS, by the SDK's mark (https://smithy.io/2.0/spec/behavior-traits.html#retryable-trait) or the answer's status. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { $retryable, $metadata } = error as { $retryable?: unknown; $metadata?: { httpStatusCode?: number } };
  return (
    $retryable !== undefined ||
    ($metadata?.httpStatusCode ?? 0) >= 500 ||
    error.name === 'TimeoutError' ||
    error.name === 'ThrottlingException'
  );
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isTransient(error)) {
    return new Problem(503, 'unavailable', 'Temporarily unavailable', 'Nothing was accepted; send the request again.', {
      headers: { 'retry-after': '5' },
      cause: error,
    });
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
