import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createHarness, type Harness, ROLE, until } from './functions-harness.ts';

// The expectations are from https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
// and https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html

// Workers start slowly on a busy machine.
jest.setTimeout(30_000);

let harness: Harness;
beforeEach(() => {
  harness = createHarness();
});
afterEach(() => harness.close());

const MINUTE = 60_000;
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:failed';

/** Tells in its log how often it ran, and fails the first times, as many as the event says. */
const FAILS = `let runs = 0;
  export const handler = async ({ failures }) => { runs += 1; console.log('ran'); if (runs <= failures) throw new Error('not yet'); };`;

const send = (name: string, payload: unknown) => harness.invoke(name, payload, { InvocationType: 'Event' });

function runs(name: string): number {
  const file = path.join(harness.stateDir, 'logs', `${name}.log`);
  return existsSync(file) ? readFileSync(file, 'utf8').split('ran\n').length - 1 : 0;
}

/** Moves the clock on only when somebody waits for exactly that. */
async function afterWaiting(ms: number): Promise<void> {
  await until(() => harness.clock.pending().includes(ms));
  harness.clock.advance(ms);
}

/** An idle worker is ended after a minute; nothing else sleeps when an event is done with. */
const nothingPending = () => until(() => harness.clock.pending().every((ms) => ms === MINUTE));

describe('an asynchronous invocation', () => {
  test('is acknowledged with 202 and runs', async () => {
    await harness.deploy('works', FAILS);

    const output = await send('works', { failures: 0 });

    expect(output).toMatchObject({ StatusCode: 202 });
    await until(() => runs('works') === 1);
  });

  test('is tried again one minute after its first error and two after its second', async () => {
    await harness.deploy('fails', FAILS);
    await send('fails', { failures: 9 });
    await until(() => runs('fails') === 1);

    await afterWaiting(MINUTE);
    await until(() => runs('fails') === 2);
    await afterWaiting(2 * MINUTE);
    await until(() => runs('fails') === 3);
    await until(() => harness.lines.length === 1);

    expect(harness.lines[0]).toContain('fails failed on an asynchronous event for good');
  });

  test('that failed for good goes to the dead-letter queue, sent by the function’s role', async () => {
    await harness.deploy('fails', FAILS, { DeadLetterConfig: { TargetArn: QUEUE } });
    await harness.provision('AWS::Lambda::EventInvokeConfig', {
      FunctionName: 'fails',
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 0,
    });

    await send('fails', { failures: 9 });

    await until(() => harness.sent.length === 1);
    expect(harness.sent[0]).toEqual({
      callerArn: ROLE,
      input: {
        QueueUrl: 'http://queues/failed',
        MessageBody: '{"failures":9}',
        MessageAttributes: {
          RequestID: { DataType: 'String', StringValue: expect.any(String) },
          ErrorCode: { DataType: 'Number', StringValue: '200' },
          ErrorMessage: { DataType: 'String', StringValue: 'not yet' },
        },
      },
    });
  });

  test('that failed for good leaves a record at the on-failure destination', async () => {
    await harness.deploy('fails', FAILS);
    const onFailure = { DestinationConfig: { OnFailure: { Destination: QUEUE } } };
    await harness.provision('AWS::Lambda::EventInvokeConfig', {
      FunctionName: 'fails',
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 1,
      ...onFailure,
    });

    await send('fails', { failures: 9 });
    await afterWaiting(MINUTE);

    await until(() => harness.sent.length === 1);
    expect(JSON.parse(String(harness.sent[0]?.input.MessageBody))).toEqual({
      version: '1.0',
      timestamp: expect.any(String),
      requestContext: {
        requestId: expect.any(String),
        functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:fails:$LATEST',
        condition: 'RetriesExhausted',
        approximateInvokeCount: 2,
      },
      requestPayload: { failures: 9 },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorType: 'Error', errorMessage: 'not yet', trace: expect.any(Array) },
    });
  });

  test('that is throttled is tried again after 1 second, then 2, and runs once there is room', async () => {
    const blocks =
      'export const handler = async ({ wait }) => { console.log("ran"); if (wait) await new Promise(() => setTimeout(() => {}, 1e8)); };';
    await harness.deploy('narrow', blocks, { ReservedConcurrentExecutions: 1, Timeout: 4 });
    const blocking = harness.invoke('narrow', { wait: true });
    await until(() => runs('narrow') === 1);

    await send('narrow', {});
    await afterWaiting(1000);
    await afterWaiting(2000);
    await afterWaiting(1000);
    await blocking;
    await afterWaiting(3000);

    await until(() => runs('narrow') === 2);
  });

  test('older than its maximum age is given up', async () => {
    const blocks =
      'export const handler = async () => { console.log("ran"); await new Promise(() => setTimeout(() => {}, 1e8)); };';
    await harness.deploy('old', blocks, { ReservedConcurrentExecutions: 1, Timeout: 900, DeadLetterConfig: { TargetArn: QUEUE } });
    await harness.provision('AWS::Lambda::EventInvokeConfig', {
      FunctionName: 'old',
      Qualifier: '$LATEST',
      MaximumEventAgeInSeconds: 60,
    });
    void harness.invoke('old', {});
    await until(() => runs('old') === 1);

    await send('old', { n: 1 });
    await until(() => harness.clock.pending().includes(1000));
    harness.clock.advance(61_000);

    await until(() => harness.sent.length === 1);
    expect(harness.sent[0]?.input.MessageAttributes).toMatchObject({ ErrorCode: { StringValue: '429' } });
    expect(harness.lines[0]).toContain('EventAgeExceeded');
  });

  test('of a function with no reserved concurrency goes to the dead-letter queue without a try', async () => {
    await harness.deploy('stopped', FAILS, { ReservedConcurrentExecutions: 0, DeadLetterConfig: { TargetArn: QUEUE } });

    await send('stopped', { failures: 0 });

    await until(() => harness.sent.length === 1);
    expect(runs('stopped')).toBe(0);
  });

  test('survives a restart while it waits for its next attempt', async () => {
    const failsOnce = `import { existsSync, writeFileSync } from 'node:fs';
      export const handler = async ({ marker }) => { console.log('ran'); if (!existsSync(marker)) { writeFileSync(marker, ''); throw new Error('first'); } };`;
    const marker = path.join(harness.stateDir, 'marker');
    await harness.deploy('durable', failsOnce, { asset: 'durable' });
    await send('durable', { marker });
    await until(() => harness.clock.pending().filter((ms) => ms === MINUTE).length === 2);

    await harness.restart();
    await harness.deploy('durable', failsOnce, { asset: 'durable' });
    harness.functions().resume();
    await afterWaiting(MINUTE);

    await until(() => runs('durable') === 2);
    await nothingPending();
    expect(harness.lines).toEqual([]);
  });

  test('that a stop cuts off runs again after the start, without counting as a failure', async () => {
    const source = `import { existsSync, writeFileSync } from 'node:fs';
      export const handler = async ({ marker }) => { console.log('ran'); if (!existsSync(marker)) { writeFileSync(marker, ''); await new Promise(() => setTimeout(() => {}, 1e8)); } };`;
    const marker = path.join(harness.stateDir, 'marker');
    await harness.deploy('cut', source, { asset: 'cut' });
    await send('cut', { marker });
    await until(() => runs('cut') === 1);

    await harness.restart();
    await harness.deploy('cut', source, { asset: 'cut' });
    harness.functions().resume();

    await until(() => runs('cut') === 2);
  });
});
