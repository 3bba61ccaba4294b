import type { AwsCall } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { FunctionVersion } from './configuration.ts';
import type { FunctionRegistry } from './function-registry.ts';

export interface StoredEvent {
  readonly requestId: string;
  readonly invokedFunctionArn: string;
  readonly payload: string;
  readonly acceptedAt: number;
  readonly nextAttemptAt: number;
  /** How often the function has failed on it. */
  readonly failures: number;
  /** How often in a row it could not be run. */
  readonly throttles: number;
  /** The last function error's JSON. */
  readonly lastError: string | null;
}

export type DiscardCondition = 'RetriesExhausted' | 'EventAgeExceeded';

/** Where asynchronous events go that a function could not process. */
export interface FailedEvents {
  /** Sends to the function's dead-letter queue and to its on-failure destination, if it has them. Does not reject. */
  record(event: StoredEvent, fn: FunctionVersion, condition: DiscardCondition): Promise<void>;
}

/** `ErrorMessage` is cut to its first 1 KB: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
const LONGEST_ERROR_MESSAGE = 1024;

/**
 * Lambda sends with the function's own role; a message that it cannot send is lost (the DeadLetterErrors and
 * DestinationDeliveryFailures metrics count it), which here is a line in the log.
 * See https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export function createFailedEvents(options: { call: AwsCall; clock: Clock; log: Log; registry: FunctionRegistry }): FailedEvents {
  const { call, clock, log, registry } = options;

  async function send(fn: FunctionVersion, queueArn: string, message: Readonly<Record<string, unknown>>): Promise<void> {
    const name = queueArn.slice(queueArn.lastIndexOf(':') + 1);
    try {
      // The queue is named by its ARN and Lambda needs no permission to find it, so the look-up is not the role's.
      const { QueueUrl } = await call('sqs', 'GetQueueUrl', { QueueName: name }, { kind: 'operator' });
      await call('sqs', 'SendMessage', { QueueUrl, ...message }, { kind: 'role', arn: fn.role });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.line(`${fn.name} could not send a failed event to the queue ${name}, so it is lost: ${reason}`);
    }
  }

  return {
    async record(event, fn, condition) {
      const { onFailureQueueArn } = registry.asynchronous(fn.name, fn.version);
      if (fn.deadLetterQueueArn !== undefined) {
        await send(fn, fn.deadLetterQueueArn, { MessageBody: event.payload, MessageAttributes: deadLetterAttributes(event) });
      }
      if (onFailureQueueArn !== undefined) {
        const timestamp = new Date(clock.now()).toISOString();
        await send(fn, onFailureQueueArn, { MessageBody: JSON.stringify(invocationRecord(event, fn, condition, timestamp)) });
      }
    },
  };
}

function deadLetterAttributes(event: StoredEvent) {
  const { errorMessage } = errorOf(event);
  return {
    RequestID: { DataType: 'String', StringValue: event.requestId },
    // The HTTP status code: a function that ran and failed is a 200, one that could not be run a 429.
    ErrorCode: { DataType: 'Number', StringValue: event.lastError === null ? '429' : '200' },
    ErrorMessage: { DataType: 'String', StringValue: errorMessage.slice(0, LONGEST_ERROR_MESSAGE) || 'Unknown' },
  };
}

/** The record as in the example on https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
function invocationRecord(event: StoredEvent, fn: FunctionVersion, condition: DiscardCondition, timestamp: string) {
  return {
    version: '1.0',
    timestamp,
    requestContext: {
      requestId: event.requestId,
      functionArn: `${fn.arn}:${fn.version}`,
      condition,
      approximateInvokeCount: event.failures,
    },
    requestPayload: JSON.parse(event.payload),
    ...(event.lastError !== null && {
      responseContext: { statusCode: 200, executedVersion: fn.version, functionError: 'Unhandled' },
      responsePayload: JSON.parse(event.lastError),
    }),
  };
}

function errorOf(event: StoredEvent): { errorMessage: string } {
  if (event.lastError === null) return { errorMessage: 'Rate Exceeded.' };
  const { errorMessage } = JSON.parse(event.lastError) as { errorMessage?: unknown };
  return { errorMessage: typeof errorMessage === 'string' ? errorMessage : '' };
}
