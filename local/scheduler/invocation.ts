import { randomBytes } from 'node:crypto';
import { type AwsCall, AwsError, type Caller } from '../aws/service.ts';
import type { DeliveryError } from '../bus/delivery-error.ts';
import type { RetryDecision } from '../bus/retry.ts';
import { queueUrl } from '../bus/target.ts';
import type { Invocation } from './schedule-store.ts';

/** `2026-03-01T02:00:00Z`. */
const isoSeconds = (time: number): string => new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');

/** The target's input with the context attributes filled in: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
function inputOf({ arn, target, scheduledAt, attempts }: Invocation): string {
  return target.Input.replaceAll('<aws.scheduler.schedule-arn>', arn)
    .replaceAll('<aws.scheduler.scheduled-time>', isoSeconds(scheduledAt))
    .replaceAll('<aws.scheduler.execution-id>', randomBytes(8).toString('hex'))
    .replaceAll('<aws.scheduler.attempt-number>', String(attempts + 1));
}

/** The scheduler acts with the role that the schedule names. */
const callerOf = ({ target }: Invocation): Caller => ({ kind: 'role', arn: target.RoleArn });

/** Puts a schedule's event on its bus. Rejects with the bus's error. */
export async function invoke(call: AwsCall, invocation: Invocation): Promise<void> {
  const { Arn, EventBridgeParameters } = invocation.target;
  const entry = { EventBusName: Arn, ...EventBridgeParameters, Detail: inputOf(invocation) };
  const { FailedEntryCount, Entries } = await call('events', 'PutEvents', { Entries: [entry] }, callerOf(invocation));
  if (FailedEntryCount === 0) return;
  const [failed] = Array.isArray(Entries) ? Entries : [];
  throw new AwsError(String(failed?.ErrorCode ?? 'InternalFailure'), 'The event bus refused the event.');
}

/**
 * Sends what could not be delivered to the schedule's dead-letter queue, with the attributes of
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html. Resolves to false when it has none. Rejects with the queue's error.
 */
export async function sendToDeadLetterQueue(
  call: AwsCall,
  invocation: Invocation,
  error: DeliveryError,
  decision: Extract<RetryDecision, { giveUp: string }>,
): Promise<boolean> {
  const { arn, target, scheduledAt, attempts } = invocation;
  const queue = target.DeadLetterConfig?.Arn;
  if (queue === undefined) return false;
  const attributes = {
    SCHEDULE_ARN: text(arn),
    SCHEDULED_TIME: text(isoSeconds(scheduledAt)),
    TARGET_ARN: text(target.Arn),
    ERROR_CODE: text(error.code),
    ERROR_MESSAGE: text(error.message || error.code),
    RETRY_ATTEMPTS: text(String(attempts)),
    IS_PAYLOAD_TRUNCATED: text('false'),
    ...(decision.giveUp !== 'not retryable' && { EXHAUSTED_RETRY_CONDITION: text(decision.giveUp) }),
  };
  const message = { QueueUrl: queueUrl(queue), MessageBody: inputOf(invocation), MessageAttributes: attributes };
  await call('sqs', 'SendMessage', message, callerOf(invocation));
  return true;
}

const text = (value: string) => ({ DataType: 'String', StringValue: value });
