import * as v from 'valibot';
import { localArn, physicalName, type TemplateResource } from '../template/provisioner.ts';
import { parseProperties, wholeNumber, withoutEffect } from './input.ts';

export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly visibilityTimeoutSeconds: number;
  readonly delaySeconds: number;
  readonly retentionSeconds: number;
  readonly waitTimeSeconds: number;
  readonly maximumMessageBytes: number;
  readonly redrive?: { readonly deadLetterArn: string; readonly maxReceiveCount: number };
}

const redrivePolicySchema = v.object({ deadLetterTargetArn: v.string(), maxReceiveCount: wholeNumber(1, 1000) });

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html; standard queues only. */
const propertiesSchema = v.strictObject({
  QueueName: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9_-]{1,80}$/, 'only standard queues are supported, with a name of 80 letters, digits, - and _'),
    ),
  ),
  FifoQueue: v.optional(v.union([v.literal(false), v.literal('false')], 'FIFO queues are not supported')),
  VisibilityTimeout: v.optional(wholeNumber(0, 43_200), 30),
  DelaySeconds: v.optional(wholeNumber(0, 900), 0),
  MessageRetentionPeriod: v.optional(wholeNumber(60, 1_209_600), 345_600),
  ReceiveMessageWaitTimeSeconds: v.optional(wholeNumber(0, 20), 0),
  // 1 MiB since 2025: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
  MaximumMessageSize: v.optional(wholeNumber(1024, 1_048_576), 1_048_576),
  RedrivePolicy: v.optional(redrivePolicySchema),
  RedriveAllowPolicy: withoutEffect,
  KmsMasterKeyId: withoutEffect,
  KmsDataKeyReusePeriodSeconds: withoutEffect,
  SqsManagedSseEnabled: withoutEffect,
  Tags: withoutEffect,
});

/** Throws an `Error` that names the property which is not supported. */
export function queueOf(resource: TemplateResource): Queue {
  const properties = parseProperties(propertiesSchema, resource);
  const name = properties.QueueName ?? physicalName(resource, 80);
  const redrive = properties.RedrivePolicy;
  return {
    name,
    arn: queueArn(name),
    visibilityTimeoutSeconds: properties.VisibilityTimeout,
    delaySeconds: properties.DelaySeconds,
    retentionSeconds: properties.MessageRetentionPeriod,
    waitTimeSeconds: properties.ReceiveMessageWaitTimeSeconds,
    maximumMessageBytes: properties.MaximumMessageSize,
    ...(redrive && { redrive: { deadLetterArn: redrive.deadLetterTargetArn, maxReceiveCount: redrive.maxReceiveCount } }),
  };
}

export const queueArn = (name: string): string => localArn('sqs', name);

/** The name in a queue's URL, whatever its host, or in its ARN. */
export const queueName = (urlOrArn: string): string =>
  urlOrArn.slice(Math.max(urlOrArn.lastIndexOf('/'), urlOrArn.lastIndexOf(':')) + 1);
