import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createAws } from '../../../local/aws/dispatcher.ts';
import { AwsError, type Json } from '../../../local/aws/service.ts';
import { createEventSourceMappings } from '../../../local/data/event-source-mapping.ts';
import { createSqs } from '../../../local/data/sqs.ts';
import { createMeter } from '../../../local/meter.ts';
import type { TemplateResource } from '../../../local/template/provisioner.ts';
import { createManualClock, eventually, type ManualClock } from '../manual-clock.ts';
import { resource, silentLog } from './sdk.ts';

const EventSourceArn = 'arn:aws:sqs:us-east-1:123456789012:retry';
const functionArn = 'arn:aws:lambda:us-east-1:123456789012:function:relaunch';
const roleArn = 'arn:aws:iam::123456789012:role/relaunch-role';

let clock: ManualClock;
let closing: (() => unknown)[];
beforeEach(() => {
  clock = createManualClock();
  closing = [];
});
afterEach(() => {
  for (const close of closing.reverse()) close();
});

async function prepare(properties: TemplateResource['properties'], answer: (records: Json[]) => Json | Promise<Json>) {
  const db = new DatabaseSync(':memory:');
  const meter = createMeter();
  const sqs = createSqs({ db, clock, meter, awsEndpoint: () => 'http://127.0.0.1:1' });
  const invocations: Json[][] = [];
  const authorized: string[] = [];
  const aws = createAws({
    authorize: (caller, { action, resource: arn }) =>
      void authorized.push(`${caller.kind === 'role' && caller.arn} ${action} ${arn}`),
    meter,
    log: silentLog,
    services: [
      sqs.service,
      {
        name: 'lambda',
        permissions: () => [],
        async call(_operation, { Payload }) {
          const { Records } = JSON.parse(String(Payload)) as { Records: Json[] };
          invocations.push(Records);
          return answer(Records);
        },
      },
    ],
  });
  const mappings = createEventSourceMappings({ call: aws.call, clock, log: silentLog, roleOf: () => roleArn });
  const provision = async (more: TemplateResource['properties']) =>
    mappings.provisioners['AWS::Lambda::EventSourceMapping']?.(
      resource('AWS::Lambda::EventSourceMapping', { EventSourceArn, FunctionName: 'relaunch', ...more }),
    );
  await sqs.provisioners['AWS::SQS::Queue']?.(resource('AWS::SQS::Queue', { QueueName: 'retry', VisibilityTimeout: 30 }));
  const provisioned = await provision(properties);
  closing.push(
    () => db.close(),
    () => sqs.close(),
    () => mappings.close(),
  );
  const QueueUrl = 'http://127.0.0.1:1/123456789012/retry';
  const operator = { kind: 'operator' } as const;
  const send = (MessageBody: string, more: Json = {}) =>
    aws.call('sqs', 'SendMessage', { QueueUrl, MessageBody, ...more }, operator);
  const left = async () => {
    const { Attributes } = await aws.call('sqs', 'GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] }, operator);
    const { ApproximateNumberOfMessages: visible, ApproximateNumberOfMessagesNotVisible: inFlight } = Attributes as Record<
      string,
      string
    >;
    return Number(visible) + Number(inFlight);
  };
  const bodies = () => invocations.map((records) => records.map(({ body }) => body));
  return { mappings, provision, provisioned, send, left, invocations, bodies, authorized };
}

describe('a mapping from a queue to a function', () => {
  test('hands over messages in the documented form and deletes them, with the permissions of the function’s role', async () => {
    // https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
    const { mappings, send, left, invocations, authorized } = await prepare({}, () => ({ StatusCode: 200, Payload: 'null' }));
    await send('hello', { MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } } });

    mappings.start();
    await eventually(async () => invocations.length === 1 && (await left()) === 0);

    expect(invocations[0]).toEqual([
      {
        messageId: expect.any(String),
        receiptHandle: expect.any(String),
        body: 'hello',
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: String(clock.now()),
          SenderId: expect.any(String),
          ApproximateFirstReceiveTimestamp: String(clock.now()),
        },
        messageAttributes: { a: { stringValue: 'b', stringListValues: [], binaryListValues: [], dataType: 'String' } },
        md5OfBody: '5d41402abc4b2a76b9719d911017c592',
        md5OfMessageAttributes: expect.any(String),
        eventSource: 'aws:sqs',
        eventSourceARN: EventSourceArn,
        awsRegion: 'us-east-1',
      },
    ]);
    expect(new Set(authorized)).toEqual(
      new Set([`${roleArn} sqs:ReceiveMessage ${EventSourceArn}`, `${roleArn} sqs:DeleteMessage ${EventSourceArn}`]),
    );
  });

  test('keeps the messages of a failed invocation, which come again after the visibility timeout', async () => {
    let fails = true;
    const { mappings, send, left, bodies } = await prepare({}, () =>
      fails ? { StatusCode: 200, FunctionError: 'Unhandled', Payload: '{}' } : { StatusCode: 200 },
    );
    await send('a');

    mappings.start();
    await eventually(() => bodies().length === 1);
    expect(await left()).toBe(1);
    fails = false;
    await eventually(() => clock.sleepers() > 0);
    clock.advance(30_000);
    await eventually(async () => (await left()) === 0);

    expect(bodies()).toEqual([['a'], ['a']]);
  });

  test('deletes all but the messages reported as failed, or none when the report names a stranger', async () => {
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
    const report = (id: unknown) => ({ Payload: JSON.stringify({ batchItemFailures: [{ itemIdentifier: id }] }) });
    const { mappings, send, left, bodies } = await prepare({ FunctionResponseTypes: ['ReportBatchItemFailures'] }, (records) =>
      report(records.length === 2 ? records[1]?.messageId : 'stranger'),
    );
    await send('a');
    await send('b');

    mappings.start();
    await eventually(async () => (await left()) === 1);
    await eventually(() => clock.sleepers() > 0);
    clock.advance(30_000);
    await eventually(() => bodies().length === 2);

    expect(bodies()).toEqual([['a', 'b'], ['b']]);
    expect(await left()).toBe(1);
  });

  test('collects a batch over its window', async () => {
    const { mappings, send, bodies } = await prepare({ BatchSize: 3, MaximumBatchingWindowInSeconds: 5 }, () => ({}));

    mappings.start();
    await eventually(() => clock.sleepers() === 1);
    await send('a');
    await eventually(() => clock.sleepers() === 1);
    await send('b');
    await eventually(() => clock.sleepers() === 1);
    expect(bodies()).toEqual([]);
    clock.advance(5000);
    await eventually(() => bodies().length === 1);

    expect(bodies()).toEqual([['a', 'b']]);
  });

  test('runs no more batches at once than its maximum concurrency', async () => {
    let running = 0;
    let most = 0;
    const releases: (() => void)[] = [];
    const { mappings, send, left } = await prepare({ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } }, async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => releases.push(resolve));
      running -= 1;
      return {};
    });
    for (const body of ['a', 'b', 'c', 'd']) await send(body);

    mappings.start();
    await eventually(async () => {
      if (running === 2) for (const release of releases.splice(0)) release();
      return (await left()) === 0;
    });

    expect(most).toBe(2);
  });

  test('goes on after an error', async () => {
    let attempts = 0;
    const { mappings, send, left } = await prepare({}, () => {
      if (++attempts === 1) throw new AwsError('TooManyRequestsException', 'throttled', 429);
      return {};
    });
    await send('a');

    mappings.start();
    await eventually(() => attempts === 1 && clock.sleepers() > 0);
    clock.advance(30_000);
    await eventually(async () => (await left()) === 0);

    expect(attempts).toBe(2);
  });

  test('polls nothing when disabled, has a stable id, and refuses other event sources', async () => {
    const { mappings, provision, provisioned } = await prepare({ Enabled: false, FunctionName: functionArn }, () => ({}));

    mappings.start();

    expect(clock.sleepers()).toBe(0);
    expect(await provision({ Enabled: false })).toEqual(provisioned);
    await expect(provision({ EventSourceArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/s' })).rejects.toThrow(/only SQS/);
    await expect(provision({ FilterCriteria: {} })).rejects.toThrow(/FilterCriteria/);
    await expect(provision({ BatchSize: 11 })).rejects.toThrow(/MaximumBatchingWindowInSeconds/);
  });
});
