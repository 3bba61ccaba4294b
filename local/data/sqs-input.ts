import * as v from 'valibot';
import { AwsError } from '../aws/service.ts';
import { LOCAL_ACCOUNT } from '../template/provisioner.ts';
import { messageAttributesSchema } from './sqs-message.ts';

const seconds = (minimum: number, maximum: number) => v.pipe(v.number(), v.integer(), v.minValue(minimum), v.maxValue(maximum));
const QueueUrl = v.string();
const message = {
  MessageBody: v.pipe(v.string(), v.nonEmpty()),
  DelaySeconds: v.optional(seconds(0, 900)),
  MessageAttributes: v.optional(messageAttributesSchema, {}),
  MessageSystemAttributes: v.optional(v.strictObject({ AWSTraceHeader: v.optional(v.object({ StringValue: v.string() })) })),
  MessageGroupId: v.optional(v.string()),
};
const receipt = { ReceiptHandle: v.string() };
const visibility = { ...receipt, VisibilityTimeout: seconds(0, 43_200) };
const names = v.optional(v.array(v.string()), []);
const Id = v.string();

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html */
export const schemas = {
  SendMessage: v.strictObject({ QueueUrl, ...message }),
  SendMessageBatch: v.strictObject({ QueueUrl, Entries: v.array(v.strictObject({ Id, ...message })) }),
  ReceiveMessage: v.strictObject({
    QueueUrl,
    MaxNumberOfMessages: v.optional(seconds(1, 10), 1),
    VisibilityTimeout: v.optional(seconds(0, 43_200)),
    WaitTimeSeconds: v.optional(seconds(0, 20)),
    AttributeNames: names,
    MessageSystemAttributeNames: names,
    MessageAttributeNames: names,
  }),
  DeleteMessage: v.strictObject({ QueueUrl, ...receipt }),
  DeleteMessageBatch: v.strictObject({ QueueUrl, Entries: v.array(v.strictObject({ Id, ...receipt })) }),
  ChangeMessageVisibility: v.strictObject({ QueueUrl, ...visibility }),
  ChangeMessageVisibilityBatch: v.strictObject({ QueueUrl, Entries: v.array(v.strictObject({ Id, ...visibility })) }),
  GetQueueUrl: v.strictObject({ QueueName: v.string(), QueueOwnerAWSAccountId: v.optional(v.literal(LOCAL_ACCOUNT)) }),
  GetQueueAttributes: v.strictObject({ QueueUrl, AttributeNames: names }),
  PurgeQueue: v.strictObject({ QueueUrl }),
};
export type Operation = keyof typeof schemas;
export type Input<O extends Operation> = v.InferOutput<(typeof schemas)[O]>;

const RECEIPT_HANDLE = /^[0-9a-f-]{36}:[0-9A-F]{32}$/;

export const isOperation = (operation: string): operation is Operation => Object.hasOwn(schemas, operation);

export function checkHandle(handle: string): void {
  if (!RECEIPT_HANDLE.test(handle)) throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
}

export function checkBatch(entries: readonly { Id: string }[]): void {
  if (entries.length === 0) throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > 10) throw new AwsError('TooManyEntriesInBatchRequest', 'Maximum number of entries per request are 10.');
  if (new Set(entries.map((entry) => entry.Id)).size < entries.length)
    throw new AwsError('BatchEntryIdsNotDistinct', 'Two or more batch entries have the same Id.');
}
