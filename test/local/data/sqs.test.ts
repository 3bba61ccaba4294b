import { DatabaseSync } from 'node:sqlite';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RequiredPermission } from '../../../local/aws/service.ts';
import { createSqs } from '../../../local/data/sqs.ts';
import { createMeter, type Meter } from '../../../local/meter.ts';
import type { TemplateResource } from '../../../local/template/provisioner.ts';
import { createManualClock, eventually, type ManualClock } from '../manual-clock.ts';
import { resource, serveToSdk } from './sdk.ts';

let db: DatabaseSync;
let clock: ManualClock;
let meter: Meter;
let closing: (() => unknown)[];

beforeEach(() => {
  db = new DatabaseSync(':memory:');
  clock = createManualClock();
  meter = createMeter();
  closing = [() => db.close()];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

async function prepare(
  properties: TemplateResource['properties'] = {},
  allows: (permission: RequiredPermission) => boolean = () => true,
) {
  const sqs = createSqs({ db, clock, meter, awsEndpoint: () => 'http://127.0.0.1:1' });
  const { config, close } = await serveToSdk({ services: [sqs.service], meter, allows });
  const client = new SQSClient(config);
  closing.push(close, () => client.destroy(), sqs.close);
  const provision = async (more: TemplateResource['properties']) =>
    sqs.provisioners['AWS::SQS::Queue']?.(resource('AWS::SQS::Queue', more, 'Queue'));
  await provision({ QueueName: 'dead' });
  const queue = await provision({ QueueName: 'work', ...properties });
  // The host in a queue's URL doesn't matter.
  const QueueUrl = 'https://sqs.us-east-1.amazonaws.com/123456789012/work';
  const receive = async (more: Partial<ReceiveMessageCommandInput> = {}) =>
    (await client.send(new ReceiveMessageCommand({ QueueUrl, ...more }))).Messages ?? [];
  const send = (MessageBody: string) => client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  return { sqs, client, provision, queue, QueueUrl, receive, send };
}

describe('a queue', () => {
  test('has the values that templates refer to, and is found by its name', async () => {
    const { client, queue } = await prepare();

    const found = await client.send(new GetQueueUrlCommand({ QueueName: 'work' }));

    expect(queue).toEqual({
      ref: 'http://127.0.0.1:1/123456789012/work',
      attributes: {
        Arn: 'arn:aws:sqs:us-east-1:123456789012:work',
        QueueName: 'work',
        QueueUrl: 'http://127.0.0.1:1/123456789012/work',
      },
    });
    expect(found.QueueUrl).toBe('http://127.0.0.1:1/123456789012/work');
    const missing = client.send(new GetQueueUrlCommand({ QueueName: 'none' }));
    await expect(missing).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  test('refuses to be FIFO, and properties that it does not know', async () => {
    const { provision } = await prepare();

    await expect(provision({ FifoQueue: true })).rejects.toThrow(/AWS::SQS::Queue Queue of stack .*FIFO/);
    await expect(provision({ Unheard: 1 })).rejects.toThrow(/Unheard/);
  });

  test('needs the permission of the operation on its ARN, batches that of the single one', async () => {
    const asked: RequiredPermission[] = [];
    const { client, QueueUrl } = await prepare({}, (permission) => {
      asked.push(permission);
      return false;
    });

    const sent = client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: 'a', MessageBody: 'a' }] }));
    await expect(sent).rejects.toMatchObject({ name: 'AccessDeniedException' });

    expect(asked).toEqual([{ action: 'sqs:SendMessage', resource: 'arn:aws:sqs:us-east-1:123456789012:work' }]);
  });

  test('keeps its messages over a restart', async () => {
    const { send } = await prepare();
    await send('kept');

    const { receive } = await prepare();

    expect((await receive()).map(({ Body }) => Body)).toEqual(['kept']);
  });
});

describe('a message', () => {
  test('arrives with its attributes, whose digests the SDK checks', async () => {
    const { client, QueueUrl, receive } = await prepare();
    const MessageAttributes = {
      zulu: { DataType: 'String', StringValue: 'ü' },
      alpha: { DataType: 'Binary', BinaryValue: Buffer.from([0, 255]) },
      count: { DataType: 'Number.int', StringValue: '3' },
    };

    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hellö', MessageAttributes }));
    const [message] = await receive({ MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] });

    expect(message?.Body).toBe('hellö');
    expect(message?.MessageAttributes?.zulu).toEqual(MessageAttributes.zulu);
    expect(message?.MessageAttributes?.count).toEqual(MessageAttributes.count);
    expect(Buffer.from(message?.MessageAttributes?.alpha?.BinaryValue ?? [])).toEqual(Buffer.from([0, 255]));
    expect(message?.Attributes).toEqual({
      SenderId: 'tester',
      SentTimestamp: String(clock.now()),
      ApproximateReceiveCount: '1',
      ApproximateFirstReceiveTimestamp: String(clock.now()),
    });
  });

  test('has the attribute digest of the documented algorithm', async () => {
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
    const { client, QueueUrl } = await prepare();
    const part = (text: string) => [Buffer.from([0, 0, 0, Buffer.byteLength(text)]), Buffer.from(text)];
    const bytes = Buffer.concat([...part('name'), ...part('String'), Buffer.from([1]), ...part('value')]);
    const { createHash } = await import('node:crypto');

    const sent = await client.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: 'x',
        MessageAttributes: { name: { DataType: 'String', StringValue: 'value' } },
      }),
    );

    expect(sent.MD5OfMessageAttributes).toBe(createHash('md5').update(bytes).digest('hex'));
  });

  test('is hidden for the visibility timeout once received, until it is deleted', async () => {
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
    const { client, QueueUrl, receive, send } = await prepare({ VisibilityTimeout: 10 });
    await send('a');

    await receive();
    const hidden = await receive();
    clock.advance(10_000);
    const [again] = await receive({ MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: again?.ReceiptHandle }));
    clock.advance(10_000);

    expect(hidden).toEqual([]);
    expect(again?.Attributes).toEqual({ ApproximateReceiveCount: '2' });
    expect(await receive()).toEqual([]);
  });

  test('can be given back by a visibility timeout of 0', async () => {
    const { client, QueueUrl, receive, send } = await prepare();
    await send('a');
    const [message] = await receive();
    const change = new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 });

    await client.send(change);

    await expect(client.send(change)).rejects.toMatchObject({ name: 'MessageNotInflight' });
    expect(await receive()).toHaveLength(1);
    const broken = new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: 'nonsense', VisibilityTimeout: 0 });
    await expect(client.send(broken)).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
  });

  test('goes to the dead-letter queue when it has been received too often', async () => {
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    const { receive, send } = await prepare({
      VisibilityTimeout: 1,
      RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:123456789012:dead', maxReceiveCount: 2 },
    });
    await send('poison');
    const counts: number[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      counts.push((await receive()).length);
      clock.advance(1000);
    }

    const [dead] = await receive({
      QueueUrl: 'http://127.0.0.1/123456789012/dead',
      MessageSystemAttributeNames: ['DeadLetterQueueSourceArn'],
    });

    expect(counts).toEqual([1, 1, 0]);
    expect(dead?.Body).toBe('poison');
    expect(dead?.Attributes).toEqual({ DeadLetterQueueSourceArn: 'arn:aws:sqs:us-east-1:123456789012:work' });
  });

  test('waits for its delay, and is gone after the retention period', async () => {
    const { receive, send } = await prepare({ DelaySeconds: 5, MessageRetentionPeriod: 60 });
    await send('a');

    const early = await receive();
    clock.advance(5000);
    const due = await receive({ VisibilityTimeout: 0 });
    clock.advance(55_000);
    const late = await receive();

    expect([early, due, late].map((messages) => messages.length)).toEqual([0, 1, 0]);
  });

  test('is at most 1 MiB with its attributes, and holds only characters of XML', async () => {
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    const { send } = await prepare();

    await send('x'.repeat(1_048_576));

    await expect(send(`${'x'.repeat(1_048_575)}ü`)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(send('\u0000')).rejects.toMatchObject({ name: 'InvalidMessageContents' });
    expect(meter.read()['sqs.requests']).toBeGreaterThanOrEqual(16);
  });
});

describe('batches', () => {
  test('tell for each entry what became of it', async () => {
    const { client, QueueUrl, receive } = await prepare();
    const Entries = [
      { Id: 'good', MessageBody: 'a' },
      { Id: 'bad', MessageBody: '\u0000' },
    ];

    const sent = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const [message] = await receive({ MaxNumberOfMessages: 10 });
    const deleted = await client.send(
      new DeleteMessageBatchCommand({ QueueUrl, Entries: [{ Id: '1', ReceiptHandle: message?.ReceiptHandle }] }),
    );

    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(['good']);
    expect(sent.Failed?.map(({ Id, Code }) => [Id, Code])).toEqual([['bad', 'InvalidMessageContents']]);
    expect(deleted.Successful).toEqual([{ Id: '1' }]);
    const twice = client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [...Entries, ...Entries] }));
    await expect(twice).rejects.toMatchObject({ name: 'BatchEntryIdsNotDistinct' });
    const none = client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [] }));
    await expect(none).rejects.toMatchObject({ name: 'EmptyBatchRequest' });
  });
});

describe('a long poll', () => {
  test('answers as soon as a message comes, or becomes visible again', async () => {
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
    const { receive, send } = await prepare({ VisibilityTimeout: 5 });

    const first = receive({ WaitTimeSeconds: 20 });
    await eventually(() => clock.sleepers() === 1);
    await send('a');
    expect(await first).toHaveLength(1);

    const second = receive({ WaitTimeSeconds: 20 });
    await eventually(() => clock.sleepers() === 1);
    clock.advance(5000);
    expect(await second).toHaveLength(1);
  });

  test('ends without messages after its time, and when the queue service closes', async () => {
    const { receive, sqs } = await prepare({ ReceiveMessageWaitTimeSeconds: 10 });

    const timed = receive();
    await eventually(() => clock.sleepers() === 1);
    clock.advance(10_000);
    expect(await timed).toEqual([]);

    const closed = receive();
    await eventually(() => clock.sleepers() === 1);
    sqs.close();
    expect(await closed).toEqual([]);
    await expect(receive()).rejects.toMatchObject({ name: 'ServiceUnavailable' });
  });
});

test('counts of messages are told, and a purge removes all', async () => {
  const { client, QueueUrl, receive, send } = await prepare();
  for (const body of ['a', 'b', 'c']) await send(body);
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'later', DelaySeconds: 60 }));
  await receive();
  const AttributeNames = ['All' as const];

  const before = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
  await client.send(new PurgeQueueCommand({ QueueUrl }));
  const after = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));

  expect(before.Attributes).toMatchObject({
    QueueArn: 'arn:aws:sqs:us-east-1:123456789012:work',
    ApproximateNumberOfMessages: '2',
    ApproximateNumberOfMessagesNotVisible: '1',
    ApproximateNumberOfMessagesDelayed: '1',
    MaximumMessageSize: '1048576',
  });
  expect(after.Attributes).toMatchObject({ ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '0' });
});
