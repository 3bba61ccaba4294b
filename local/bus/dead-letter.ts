import type { AwsCall } from '../aws/service.ts';
import type { DeliveryError } from './delivery-error.ts';
import type { PendingDelivery } from './delivery-store.ts';
import type { RetryDecision } from './retry.ts';
import { asEventBridge, queueUrl } from './target.ts';

/**
 * Sends what a target could not be given to the target's dead-letter queue, with the attributes of
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html. Resolves to false when the target has no such queue.
 * Rejects with the queue's error.
 */
export async function sendToDeadLetterQueue(
  call: AwsCall,
  delivery: PendingDelivery,
  failure: {
    readonly payload: string;
    readonly error: DeliveryError;
    readonly decision: Extract<RetryDecision, { giveUp: string }>;
  },
): Promise<boolean> {
  const { target, ruleArn, attempts } = delivery;
  const { payload, error, decision } = failure;
  const queue = target.DeadLetterConfig?.Arn;
  if (queue === undefined) return false;
  const attributes = {
    RULE_ARN: text(ruleArn),
    TARGET_ARN: text(target.Arn),
    ERROR_CODE: text(error.code),
    ERROR_MESSAGE: text(error.message || error.code),
    RETRY_ATTEMPTS: { DataType: 'Number', StringValue: String(attempts) },
    ...(decision.giveUp !== 'not retryable' && { EXHAUSTED_RETRY_CONDITION: text(decision.giveUp) }),
  };
  await call(
    'sqs',
    'SendMessage',
    { QueueUrl: queueUrl(queue), MessageBody: payload, MessageAttributes: attributes },
    asEventBridge(ruleArn),
  );
  return true;
}

const text = (value: string) => ({ DataType: 'String', StringValue: value });
