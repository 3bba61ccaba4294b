import type { DatabaseSync } from 'node:sqlite';
import { AwsError, type AwsService, type Caller, type Json } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import type { Meter } from '../meter.ts';
import { LOCAL_ACCOUNT, type Provisioners } from '../template/provisioner.ts';
import { createArrivals } from './arrivals.ts';
import { parseInput } from './input.ts';
import { checkBatch, checkHandle, type Input, isOperation, type Operation, schemas } from './sqs-input.ts';
import { attributesMd5, hasAllowedCharacters, type MessageAttributes, md5, messageBytes } from './sqs-message.ts';
import { createSqsMessages, type StoredMessage } from './sqs-messages.ts';
import { type Queue, queueArn, queueName, queueOf } from './sqs-queue.ts';

export interface LocalSqs {
  readonly service: AwsService;
  readonly provisioners: Provisioners;
  /** Ends long polls, which answer without messages; later ones fail. */
  close(): void;
}

/** Every 64 KB of a request's payload is billed as one request: https://aws.amazon.com/sqs/pricing/ */
const BILLED_BYTES = 64 * 1024;

/**
 * SQS standard queues, their messages in SQLite. `awsEndpoint` gives the URL that queue URLs begin with; queues are found again by the name in
 * any given URL. Counts `sqs.requests`.
 */
export function createSqs(options: { db: DatabaseSync; clock: Clock; meter: Meter; awsEndpoint: () => string }): LocalSqs {
  const { db, clock, meter, awsEndpoint } = options;
  const queues = new Map<string, Queue>();
  const messages = createSqsMessages(db);
  const arrivals = createArrivals(clock);
  let closing = false;
  const queueUrl = (name: string) => `${awsEndpoint()}/${LOCAL_ACCOUNT}/${name}`;
  const bill = (bytes: number) => meter.add('sqs.requests', Math.max(1, Math.ceil(bytes / BILLED_BYTES)));

  function existing(name: string): Queue {
    const queue = queues.get(name);
    if (!queue) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
    return queue;
  }
  const existingAt = (url: string) => existing(queueName(url));

  function send(queue: Queue, input: Omit<Input<'SendMessage'>, 'QueueUrl'>, caller: Caller): Json {
    const { MessageBody: body, MessageAttributes: attributes, MessageSystemAttributes: system, MessageGroupId: groupId } = input;
    if (messageBytes(body, attributes) > queue.maximumMessageBytes) {
      throw new AwsError(
        'InvalidParameterValue',
        `One or more parameters are invalid. Reason: Message must be shorter than ${queue.maximumMessageBytes} bytes.`,
      );
    }
    if (!hasAllowedCharacters(body))
      throw new AwsError('InvalidMessageContents', 'The message contains characters outside the allowed set.');
    const sentAt = clock.now();
    const MessageId = messages.send(queue, {
      body,
      attributes,
      senderId: caller.kind === 'role' ? queueName(caller.arn) : caller.kind,
      ...(system?.AWSTraceHeader && { traceHeader: system.AWSTraceHeader.StringValue }),
      ...(groupId !== undefined && { groupId }),
      sentAt,
      visibleAt: sentAt + (input.DelaySeconds ?? queue.delaySeconds) * 1000,
    });
    arrivals.tell(queue.name);
    return { MessageId, MD5OfMessageBody: md5(body), ...withAttributesMd5(attributes) };
  }

  async function receive(input: Input<'ReceiveMessage'>): Promise<Json> {
    if (closing) throw new AwsError('ServiceUnavailable', 'The queue service is closing.', 503);
    const queue = existingAt(input.QueueUrl);
    const deadline = clock.now() + (input.WaitTimeSeconds ?? queue.waitTimeSeconds) * 1000;
    const deadLetterQueue = queue.redrive && queueName(queue.redrive.deadLetterArn);
    for (;;) {
      const now = clock.now();
      if (deadLetterQueue !== undefined && messages.redrive(queue, deadLetterQueue, now)) arrivals.tell(deadLetterQueue);
      const hiddenUntil = now + (input.VisibilityTimeout ?? queue.visibilityTimeoutSeconds) * 1000;
      const received = messages.receive(queue, { now, hiddenUntil, maximum: input.MaxNumberOfMessages });
      if (received.length > 0 || now >= deadline || closing) {
        bill(received.reduce((bytes, { body, attributes }) => bytes + messageBytes(body, attributes), 0));
        return received.length > 0 ? { Messages: received.map((each) => receivedMessage(each, input)) } : {};
      }
      const next = Math.min(deadline, messages.nextVisibleAt(queue, now) ?? deadline);
      await arrivals.wait(queue.name, next - now);
    }
  }

  function deleteMessage(queue: Queue, handle: string): Json {
    checkHandle(handle);
    messages.delete(queue, handle);
    return {};
  }

  function changeVisibility(queue: Queue, handle: string, timeoutSeconds: number): Json {
    checkHandle(handle);
    const now = clock.now();
    if (!messages.hideUntil(queue, handle, now + timeoutSeconds * 1000, now)) {
      throw new AwsError('MessageNotInflight', "The specified message isn't in flight.");
    }
    arrivals.tell(queue.name);
    return {};
  }

  function attributesOf(queue: Queue, names: readonly string[]): Json {
    const counts = messages.count(queue, clock.now());
    const all: Record<string, string> = {
      QueueArn: queue.arn,
      ApproximateNumberOfMessages: String(counts.visible),
      ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
      ApproximateNumberOfMessagesDelayed: String(counts.delayed),
      VisibilityTimeout: String(queue.visibilityTimeoutSeconds),
      DelaySeconds: String(queue.delaySeconds),
      MessageRetentionPeriod: String(queue.retentionSeconds),
      ReceiveMessageWaitTimeSeconds: String(queue.waitTimeSeconds),
      MaximumMessageSize: String(queue.maximumMessageBytes),
    };
    if (queue.redrive) {
      const { deadLetterArn, maxReceiveCount } = queue.redrive;
      all.RedrivePolicy = JSON.stringify({ deadLetterTargetArn: deadLetterArn, maxReceiveCount });
    }
    return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes('All') || names.includes(name)));
  }

  const operations: { [O in Operation]: (input: Input<O>, caller: Caller) => Json | Promise<Json> } = {
    SendMessage: ({ QueueUrl: url, ...input }, caller) => send(existingAt(url), input, caller),
    SendMessageBatch: ({ QueueUrl: url, Entries }, caller) => {
      const queue = existingAt(url);
      checkBatch(Entries);
      const bytes = Entries.reduce((sum, entry) => sum + messageBytes(entry.MessageBody, entry.MessageAttributes), 0);
      if (bytes > 1_048_576) throw new AwsError('BatchRequestTooLong', 'Batch requests cannot be longer than 1048576 bytes.');
      return batch(Entries, ({ Id: _, ...entry }) => send(queue, entry, caller));
    },
    ReceiveMessage: receive,
    DeleteMessage: (input) => deleteMessage(existingAt(input.QueueUrl), input.ReceiptHandle),
    DeleteMessageBatch: ({ QueueUrl: url, Entries }) => {
      const queue = existingAt(url);
      checkBatch(Entries);
      return batch(Entries, (entry) => deleteMessage(queue, entry.ReceiptHandle));
    },
    ChangeMessageVisibility: (input) => changeVisibility(existingAt(input.QueueUrl), input.ReceiptHandle, input.VisibilityTimeout),
    ChangeMessageVisibilityBatch: ({ QueueUrl: url, Entries }) => {
      const queue = existingAt(url);
      checkBatch(Entries);
      return batch(Entries, (entry) => changeVisibility(queue, entry.ReceiptHandle, entry.VisibilityTimeout));
    },
    GetQueueUrl: ({ QueueName }) => ({ QueueUrl: queueUrl(existing(QueueName).name) }),
    GetQueueAttributes: ({ QueueUrl: url, AttributeNames }) => ({ Attributes: attributesOf(existingAt(url), AttributeNames) }),
    PurgeQueue: ({ QueueUrl: url }) => {
      messages.purge(existingAt(url));
      return {};
    },
  };

  const run = async <O extends Operation>(operation: O, input: Json, caller: Caller): Promise<Json> => {
    const parsed = parseInput(schemas[operation], input, 'InvalidParameterValue') as Input<O>;
    if (operation !== 'ReceiveMessage') bill(operation.startsWith('SendMessage') ? Buffer.byteLength(JSON.stringify(input)) : 0);
    return operations[operation](parsed, caller);
  };

  return {
    service: {
      name: 'sqs',
      permissions: (operation, input) => [
        {
          action: `sqs:${operation.replace(/Batch$/, '')}`,
          resource: queueArn(queueName(String(input.QueueUrl ?? input.QueueName))),
        },
      ],
      call: async (operation, input, caller) => {
        if (!isOperation(operation)) throw new AwsError('UnknownOperationException', `SQS ${operation} is not supported locally.`);
        return run(operation, input, caller);
      },
    },
    provisioners: {
      'AWS::SQS::Queue': (resource) => {
        const queue = queueOf(resource);
        queues.set(queue.name, queue);
        const url = queueUrl(queue.name);
        return { ref: url, attributes: { Arn: queue.arn, QueueName: queue.name, QueueUrl: url } };
      },
    },
    close() {
      closing = true;
      arrivals.close();
    },
  };
}

/** What fails for one entry is told in its place; the others succeed. */
function batch<E extends { Id: string }>(entries: readonly E[], act: (entry: E) => Json): Json {
  const Successful: Json[] = [];
  const Failed: Json[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...act(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id: entry.Id, Code: error.code, Message: error.message, SenderFault: true });
    }
  }
  return { Successful, Failed };
}

function receivedMessage(stored: StoredMessage, input: Input<'ReceiveMessage'>): Json {
  const system: Record<string, string | undefined> = {
    SenderId: stored.senderId,
    SentTimestamp: String(stored.sentAt),
    ApproximateReceiveCount: String(stored.receiveCount),
    ApproximateFirstReceiveTimestamp: String(stored.firstReceivedAt),
    AWSTraceHeader: stored.traceHeader,
    MessageGroupId: stored.groupId,
    DeadLetterQueueSourceArn: stored.sourceArn,
  };
  const wanted = [...input.AttributeNames, ...input.MessageSystemAttributeNames];
  const Attributes = Object.entries(system).filter(
    ([name, value]) => value !== undefined && (wanted.includes('All') || wanted.includes(name)),
  );
  const attributes = Object.entries(stored.attributes).filter(([name]) => isWanted(name, input.MessageAttributeNames));
  return {
    MessageId: stored.id,
    ReceiptHandle: stored.receiptHandle,
    Body: stored.body,
    MD5OfBody: md5(stored.body),
    ...(Attributes.length > 0 && { Attributes: Object.fromEntries(Attributes) }),
    ...(attributes.length > 0 && { MessageAttributes: Object.fromEntries(attributes) }),
    ...withAttributesMd5(Object.fromEntries(attributes)),
  };
}

/** `All`, `.*`, a name, or the start of names before `.*`. */
const isWanted = (name: string, wanted: readonly string[]): boolean =>
  wanted.some((each) => each === 'All' || each === name || (each.endsWith('.*') && name.startsWith(each.slice(0, -2))));

const withAttributesMd5 = (attributes: MessageAttributes): Json =>
  Object.keys(attributes).length > 0 ? { MD5OfMessageAttributes: attributesMd5(attributes) } : {};
