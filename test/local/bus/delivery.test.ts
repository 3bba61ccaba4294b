import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { eventually } from '../manual-clock.ts';
import { createBusHarness, entry, FUNCTION_ARN, failWith, QUEUE_ARN, type ReceivedCall } from './bus-harness.ts';

const failingFunction = (code: string, status?: number) => (call: ReceivedCall) =>
  call.target === 'lambda:Invoke' ? failWith(code, status)() : {};

const deadLettered = (calls: readonly ReceivedCall[]) => calls.filter(({ target }) => target === 'sqs:SendMessage');

const withQueue = (RetryPolicy?: Record<string, number>) => ({
  Targets: [{ Id: 'consumer', Arn: FUNCTION_ARN, DeadLetterConfig: { Arn: QUEUE_ARN }, ...(RetryPolicy && { RetryPolicy }) }],
});

const RULE_ARN = 'arn:aws:events:us-east-1:123456789012:rule/matching';
const string = (StringValue: string) => ({ DataType: 'String', StringValue });

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html and …/eb-rule-dlq.html
describe('retries and dead letters', () => {
  test('a failing target is tried again until its attempts are exhausted; then the event goes to the dead-letter queue', async () => {
    const { bus, rule, putEvents, calls, clock } = createBusHarness({ answer: failingFunction('ServiceException', 500) });
    await rule('matching', withQueue({ MaximumRetryAttempts: 2 }));
    bus.resume();

    const { Entries } = await putEvents(entry());
    for (const attempts of [1, 2]) {
      await eventually(() => calls.length === attempts && clock.sleepers() > 0);
      clock.advance(60_000);
    }

    await eventually(() => deadLettered(calls).length > 0);
    expect(calls.map(({ target }) => target)).toEqual(['lambda:Invoke', 'lambda:Invoke', 'lambda:Invoke', 'sqs:SendMessage']);
    const [letter] = deadLettered(calls);
    expect(letter?.caller).toEqual({ kind: 'service', principal: 'events.amazonaws.com', sourceArn: RULE_ARN });
    expect(JSON.parse(String(letter?.input.MessageBody))).toMatchObject({ id: Entries[0]?.EventId, detail: { a: 1 } });
    expect(letter?.input.MessageAttributes).toEqual({
      RULE_ARN: string(RULE_ARN),
      TARGET_ARN: string(FUNCTION_ARN),
      ERROR_CODE: string('INTERNAL_ERROR'),
      ERROR_MESSAGE: string('ServiceException happened.'),
      EXHAUSTED_RETRY_CONDITION: string('MaximumRetryAttempts'),
      RETRY_ATTEMPTS: { DataType: 'Number', StringValue: '2' },
    });
    await bus.close();
  });

  test('an event is given up when its age is exhausted', async () => {
    const { bus, rule, putEvents, calls, clock } = createBusHarness({ answer: failingFunction('TooManyRequestsException', 429) });
    await rule('matching', withQueue({ MaximumEventAgeInSeconds: 60 }));
    bus.resume();

    await putEvents(entry());
    await eventually(() => calls.length === 1 && clock.sleepers() > 0);
    clock.advance(61_000);

    await eventually(() => deadLettered(calls).length > 0);
    expect(deadLettered(calls)[0]?.input.MessageAttributes).toMatchObject({
      EXHAUSTED_RETRY_CONDITION: string('MaximumEventAgeInSeconds'),
      ERROR_CODE: string('THROTTLING'),
    });
    await bus.close();
  });

  test.each([
    ['AccessDeniedException', 'NO_PERMISSIONS'],
    ['ResourceNotFoundException', 'NO_RESOURCE'],
    ['InvalidParameterValueException', 'INVALID_PARAMETER'],
  ])('%s goes to the dead-letter queue without another attempt', async (code, errorCode) => {
    const { bus, rule, putEvents, calls } = createBusHarness({ answer: failingFunction(code) });
    await rule('matching', withQueue());
    bus.resume();

    await putEvents(entry());

    await eventually(() => deadLettered(calls).length > 0);
    expect(calls).toHaveLength(2);
    expect(deadLettered(calls)[0]?.input.MessageAttributes).toMatchObject({ ERROR_CODE: string(errorCode) });
    expect(deadLettered(calls)[0]?.input.MessageAttributes).not.toHaveProperty('EXHAUSTED_RETRY_CONDITION');
    await bus.close();
  });

  test('an input that the template leaves without valid JSON never reaches a function', async () => {
    const { bus, rule, putEvents, calls } = createBusHarness();
    const InputTransformer = { InputPathsMap: { missing: '$.detail.missing' }, InputTemplate: '{"a": <missing>}' };
    await rule('matching', {
      Targets: [{ Id: 'consumer', Arn: FUNCTION_ARN, DeadLetterConfig: { Arn: QUEUE_ARN }, InputTransformer }],
    });
    bus.resume();

    await putEvents(entry());

    await eventually(() => calls.length > 0);
    expect(calls.map(({ target }) => target)).toEqual(['sqs:SendMessage']);
    expect(calls[0]?.input.MessageAttributes).toMatchObject({ ERROR_CODE: string('INVALID_JSON') });
    await bus.close();
  });

  test('without a dead-letter queue the event is dropped, and the log names the rule', async () => {
    const { bus, rule, putEvents, lines } = createBusHarness({ answer: failingFunction('AccessDeniedException') });
    await rule('matching', {});
    bus.resume();
    await putEvents(entry());
    await eventually(() => lines.some((line) => line.includes('rule matching') && line.includes('dropped')));
    await bus.close();
  });

  test('one target that fails does not keep the event from another', async () => {
    const { bus, rule, putEvents, calls } = createBusHarness({ answer: failingFunction('ServiceException', 500) });
    const queue = 'arn:aws:sqs:us-east-1:123456789012:copies';
    await rule('matching', {
      Targets: [
        { Id: 'consumer', Arn: FUNCTION_ARN },
        { Id: 'copy', Arn: queue, InputPath: '$.detail' },
      ],
    });
    bus.resume();

    await putEvents(entry());

    await eventually(() => deadLettered(calls).length > 0);
    const QueueUrl = 'https://sqs.us-east-1.amazonaws.com/123456789012/copies';
    expect(deadLettered(calls)[0]?.input).toEqual({ QueueUrl, MessageBody: '{"a":1}' });
    await bus.close();
  });
});

describe('other targets', () => {
  test("a state machine is started with the target's role", async () => {
    const { bus, rule, putEvents, calls } = createBusHarness();
    const Arn = 'arn:aws:states:us-east-1:123456789012:stateMachine:launch';
    const RoleArn = 'arn:aws:iam::123456789012:role/invoke';
    await rule('matching', { Targets: [{ Id: 'launch', Arn, RoleArn, InputPath: '$.detail' }] });
    bus.resume();

    await putEvents(entry());

    await eventually(() => calls.length > 0);
    expect(calls).toEqual([
      {
        target: 'states:StartExecution',
        input: { stateMachineArn: Arn, input: '{"a":1}' },
        caller: { kind: 'role', arn: RoleArn },
      },
    ]);
    await bus.close();
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html
  test('another bus gets the event as it is, also one of an AWS service', async () => {
    const { bus, rule, provision, payloads, calls } = createBusHarness();
    const custom = await provision('AWS::Events::EventBus', 'Custom', { Name: 'custom' });
    const RoleArn = 'arn:aws:iam::123456789012:role/forward';
    const EventPattern = { source: ['aws.states'] };
    await rule('forward', { EventPattern, Targets: [{ Id: 'bus', Arn: custom.attributes.Arn, RoleArn }] });
    await rule('direct', { EventPattern });
    await rule('forwarded', { EventPattern, EventBusName: custom.ref });
    bus.resume();

    bus.emit({ source: 'aws.states', detailType: 'Changed', detail: {} });

    await eventually(() => payloads().length === 2);
    expect(payloads()[1]).toEqual(payloads()[0]);
    expect(calls.find(({ target }) => target === 'events:PutEvents')?.caller).toEqual({ kind: 'role', arn: RoleArn });
    await bus.close();
  });
});

describe('durability', () => {
  test('an event that was accepted and not delivered is delivered by the next start', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'bus-'));
    const file = join(directory, 'state.db');
    try {
      const first = createBusHarness({ db: new DatabaseSync(file), answer: () => new Promise(() => undefined) });
      await first.rule('matching', {});
      first.bus.resume();
      const { Entries } = await first.putEvents(entry());
      await eventually(() => first.calls.length === 1);
      first.db.close();

      const second = createBusHarness({ db: new DatabaseSync(file) });
      expect(second.calls).toEqual([]);
      second.bus.resume();

      await eventually(() => second.payloads().length === 1);
      expect(second.payloads()[0]).toMatchObject({ id: Entries[0]?.EventId });
      await eventually(() => second.db.prepare('SELECT count(*) AS rows FROM bus_event').get()?.rows === 0);
      await second.bus.close();
      second.db.close();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
