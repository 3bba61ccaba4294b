import { AwsError } from '../aws/service.ts';

/** Why a delivery failed, in the words of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html. */
export interface DeliveryError {
  /** `ERROR_CODE` of the message in the dead-letter queue. */
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
}

const BY_CODE: ReadonlyArray<readonly [pattern: RegExp, code: string, retryable: boolean]> = [
  [/AccessDenied|NotAuthorized|UnauthorizedOperation/, 'NO_PERMISSIONS', false],
  [/NotFound|DoesNotExist|NonExistentQueue|StateMachineDeleting/, 'NO_RESOURCE', false],
  [/AlreadyExists/, 'RESOURCE_ALREADY_EXISTS', false],
  [/Throttl|TooManyRequests|LimitExceeded|RequestThrottled/, 'THROTTLING', true],
  [/Timeout|TimedOut/, 'TIMEOUT', true],
  [/InvalidJson|InvalidRequestContent|InvalidExecutionInput/, 'INVALID_JSON', false],
  [/Validation|Invalid|TooLarge|TooLong/, 'INVALID_PARAMETER', false],
];

/** Missing permissions, missing targets and requests that can't become valid are not tried again; everything else is. */
export function classifyError(cause: unknown): DeliveryError {
  if (!(cause instanceof AwsError)) return { code: 'UNKNOWN', message: 'The target failed to answer.', retryable: true };
  const { message } = cause;
  for (const [pattern, code, retryable] of BY_CODE) {
    if (pattern.test(cause.code)) return { code, message, retryable };
  }
  return cause.status < 500
    ? { code: 'SDK_CLIENT_ERROR', message, retryable: false }
    : { code: 'INTERNAL_ERROR', message, retryable: true };
}
