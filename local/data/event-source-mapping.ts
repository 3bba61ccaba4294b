import * as v from 'valibot';
import type { AwsCall, Caller, Json } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { LOCAL_REGION, localArn, type Provisioners, physicalName, type Removers } from '../template/provisioner.ts';
import { stableUuid } from '../template/stable-uuid.ts';
import { parseProperties, wholeNumber, withoutEffect } from './input.ts';
import { md5 } from './sqs-message.ts';
import { queueName } from './sqs-queue.ts';

export interface EventSourceMappings {
  readonly provisioners: Provisioners;
  readonly removers: Removers;
  /** Starts polling: when every queue and function of the templates is there. */
  start(): void;
  /** Stops polling. A poll under way ends with the queue service's own close. */
  close(): void;
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html, for SQS queues. */
const propertiesSchema = v.pipe(
  v.strictObject({
    EventSourceArn: v.pipe(v.string(), v.regex(/^arn:aws:sqs:[^:]+:\d{12}:[^:]+$/, 'only SQS queues are supported')),
    FunctionName: v.string(),
    BatchSize: v.optional(wholeNumber(1, 10_000), 10),
    MaximumBatchingWindowInSeconds: v.optional(wholeNumber(0, 300), 0),
    FunctionResponseTypes: v.optional(v.array(v.literal('ReportBatchItemFailures')), []),
    Enabled: v.optional(v.boolean(), true),
    ScalingConfig: v.optional(v.strictObject({ MaximumConcurrency: v.optional(wholeNumber(2, 1000)) })),
    Tags: withoutEffect,
  }),
  v.check(
    ({ BatchSize, MaximumBatchingWindowInSeconds }) => BatchSize <= 10 || MaximumBatchingWindowInSeconds >= 1,
    'a BatchSize over 10 needs a MaximumBatchingWindowInSeconds of at least 1',
  ),
);
type Mapping = v.InferOutput<typeof propertiesSchema> & { readonly functionArn: string };

/** Lambda starts with five concurrent batches for a standard queue: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const INITIAL_CONCURRENCY = 5;
const LONGEST_POLL_SECONDS = 20;
const RETRY_MS = 1000;
/** Bytes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LARGEST_PAYLOAD = 6 * 1024 * 1024;

const failuresSchema = v.object({ batchItemFailures: v.optional(v.nullable(v.array(v.object({ itemIdentifier: v.string() })))) });

interface Polled extends Json {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
}

/**
 * Lambda's pollers of SQS queues. They read and delete with the function's execution role, which `roleOf` gives by the function's ARN
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions); the invocation itself needs no permission.
 */
export function createEventSourceMappings(options: {
  call: AwsCall;
  clock: Clock;
  log: Log;
  roleOf: (functionArn: string) => string;
}): EventSourceMappings {
  const { call, clock, log, roleOf } = options;
  /** By id, each with what ends its polling. */
  const mappings = new Map<string, { readonly mapping: Mapping; readonly ended: AbortController }>();
  const stopped = new AbortController();
  let started = false;

  function end(id: string): void {
    mappings.get(id)?.ended.abort();
    mappings.delete(id);
  }

  /** A poll under way when the mapping ends still processes what it receives. */
  async function poll(mapping: Mapping, ended: AbortSignal): Promise<void> {
    const limit = mapping.ScalingConfig?.MaximumConcurrency ?? INITIAL_CONCURRENCY;
    const running = new Set<Promise<void>>();
    while (!stopped.signal.aborted && !ended.aborted) {
      try {
        const messages = await collect(mapping);
        if (messages.length === 0) continue;
        for (const batch of withinPayload(messages, mapping.EventSourceArn)) {
          const work: Promise<void> = process(mapping, batch).finally(() => running.delete(work));
          running.add(work);
          if (running.size >= limit) await Promise.race(running);
        }
      } catch (error) {
        if (stopped.signal.aborted) return;
        log.line(
          `The queue ${queueName(mapping.EventSourceArn)} cannot be polled for ${queueName(mapping.functionArn)}: ${nameOf(error)}.`,
        );
        await clock.sleep(RETRY_MS, stopped.signal).catch(() => undefined);
      }
    }
  }

  /** Up to a batch of messages: what the first answer holds or, with a batching window, what comes until the window ends. */
  async function collect(mapping: Mapping): Promise<Polled[]> {
    const messages = await receive(mapping, mapping.BatchSize, LONGEST_POLL_SECONDS);
    const windowEnd = clock.now() + mapping.MaximumBatchingWindowInSeconds * 1000;
    while (messages.length > 0 && messages.length < mapping.BatchSize && !stopped.signal.aborted) {
      const left = Math.ceil((windowEnd - clock.now()) / 1000);
      if (left <= 0) break;
      messages.push(...(await receive(mapping, mapping.BatchSize - messages.length, Math.min(left, LONGEST_POLL_SECONDS))));
    }
    return messages;
  }

  async function receive(mapping: Mapping, maximum: number, waitSeconds: number): Promise<Polled[]> {
    const input = {
      QueueUrl: mapping.EventSourceArn,
      MaxNumberOfMessages: Math.min(maximum, 10),
      WaitTimeSeconds: waitSeconds,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    };
    const { Messages } = await call('sqs', 'ReceiveMessage', input, poller(mapping));
    return (Messages ?? []) as Polled[];
  }

  /** Invokes the function and deletes what it has done. The rest becomes visible again after the queue's visibility timeout. */
  async function process(mapping: Mapping, { messages, Records }: Batch): Promise<void> {
    try {
      const answer = await call(
        'lambda',
        'Invoke',
        { FunctionName: mapping.functionArn, InvocationType: 'RequestResponse', Payload: JSON.stringify({ Records }) },
        { kind: 'operator' },
      );
      if (answer.FunctionError !== undefined) return;
      const failed = mapping.FunctionResponseTypes.length > 0 ? failedIds(answer.Payload, messages) : new Set<string>();
      const done = messages.filter((message) => !failed.has(message.MessageId));
      for (let at = 0; at < done.length; at += 10) {
        const Entries = done.slice(at, at + 10).map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
        await call('sqs', 'DeleteMessageBatch', { QueueUrl: mapping.EventSourceArn, Entries }, poller(mapping));
      }
    } catch (error) {
      if (!stopped.signal.aborted) {
        log.line(
          `Messages of the queue ${queueName(mapping.EventSourceArn)} failed in ${queueName(mapping.functionArn)}: ${nameOf(error)}.`,
        );
      }
    }
  }

  const poller = (mapping: Mapping): Caller => ({ kind: 'role', arn: roleOf(mapping.functionArn) });

  return {
    provisioners: {
      'AWS::Lambda::EventSourceMapping': (resource) => {
        const properties = parseProperties(propertiesSchema, resource);
        const name = properties.FunctionName;
        const mapping = { ...properties, functionArn: name.startsWith('arn:') ? name : localArn('lambda', `function:${name}`) };
        const id = stableUuid(physicalName(resource, 255));
        end(id);
        const ended = new AbortController();
        mappings.set(id, { mapping, ended });
        if (started && mapping.Enabled) void poll(mapping, ended.signal);
        return { ref: id, attributes: { Id: id, EventSourceMappingArn: localArn('lambda', `event-source-mapping:${id}`) } };
      },
    },
    removers: { 'AWS::Lambda::EventSourceMapping': ({ ref }) => end(ref) },
    start() {
      started = true;
      for (const { mapping, ended } of mappings.values()) if (mapping.Enabled) void poll(mapping, ended.signal);
    },
    close: () => stopped.abort(),
  };
}

interface Batch {
  readonly messages: Polled[];
  readonly Records: Json[];
}

/** Splits messages so that each invocation's payload stays under 6 MB, where Lambda ends a batch too. */
function withinPayload(messages: readonly Polled[], queueArn: string): Batch[] {
  const batches: Batch[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const record = toRecord(message, queueArn);
    const size = Buffer.byteLength(JSON.stringify(record)) + 1;
    if (bytes + size > LARGEST_PAYLOAD) {
      batches.push({ messages: [], Records: [] });
      bytes = '{"Records":[]}'.length;
    }
    batches.at(-1)?.messages.push(message);
    batches.at(-1)?.Records.push(record);
    bytes += size;
  }
  return batches;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
function toRecord(message: Polled, queueArn: string): Json {
  const attributes = Object.entries((message.MessageAttributes ?? {}) as Record<string, Json>);
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(
      attributes.map(([name, { StringValue, BinaryValue, DataType }]) => [
        name,
        { stringValue: StringValue, binaryValue: BinaryValue, stringListValues: [], binaryListValues: [], dataType: DataType },
      ]),
    ),
    md5OfBody: md5(message.Body),
    ...(message.MD5OfMessageAttributes !== undefined && { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: LOCAL_REGION,
  };
}

/**
 * The messages that the function reports as failed; all of them when the report is malformed or names a message that was not in the batch
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting).
 */
function failedIds(payload: unknown, messages: readonly Polled[]): Set<string> {
  const all = new Set(messages.map(({ MessageId }) => MessageId));
  try {
    const answer: unknown = JSON.parse(typeof payload === 'string' && payload !== '' ? payload : 'null');
    if (answer === null) return new Set();
    const ids = (v.parse(failuresSchema, answer).batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier);
    return ids.every((id) => all.has(id)) ? new Set(ids) : all;
  } catch {
    return all;
  }
}

const nameOf = (error: unknown): string =>
  error instanceof Error ? ('code' in error ? String(error.code) : error.name) : 'unknown error';
