import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test } from '@jest/globals';
import { AwsError, type Caller, type Json } from '../../../local/aws/service.ts';
import { createMeter } from '../../../local/meter.ts';
import { createScheduler } from '../../../local/scheduler/scheduler.ts';
import { createManualClock, eventually, type ManualClock } from '../manual-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const BUS = 'arn:aws:events:us-east-1:123456789012:event-bus/own';
const ROLE = 'arn:aws:iam::123456789012:role/scheduler';
const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:dead-letters';
const ARN = 'arn:aws:scheduler:us-east-1:123456789012:schedule/default/nightly';
const OPERATOR: Caller = { kind: 'operator' };

interface Call {
  readonly target: string;
  readonly input: Json;
  readonly caller: Caller;
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function createRig(
  options: { db?: DatabaseSync; clock?: ManualClock; random?: number; fail?: (call: Call) => string | undefined } = {},
) {
  const { db = new DatabaseSync(':memory:'), clock = createManualClock(), random = 0, fail = () => undefined } = options;
  const calls: Call[] = [];
  const lines: string[] = [];
  const trusted: unknown[] = [];
  const scheduler = createScheduler({
    db,
    clock,
    meter: createMeter(),
    log: { line: (text) => void lines.push(text), detail: () => undefined },
    random: () => random,
    assertTrusts: (...asked) => void trusted.push(asked),
    call: async (service, operation, input, caller) => {
      const call = { target: `${service}:${operation}`, input, caller };
      calls.push(call);
      const code = fail(call);
      if (code !== undefined) throw new AwsError(code, 'No.');
      return { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] };
    },
  });
  closers.push(scheduler.close);
  const provision = (type: string, logicalId: string, properties: Json) =>
    scheduler.provisioners[type]?.({ stackName: 'app', logicalId, type, properties, metadata: {}, assemblyDir: '' });
  return {
    scheduler,
    db,
    clock,
    calls,
    lines,
    trusted,
    provision,
    schedule: (changes: Json = {}) => provision('AWS::Scheduler::Schedule', 'Nightly', aSchedule(changes)),
    /** The events that were put on the bus, as the scheduler wrote their details. */
    details: (): Json[] =>
      calls
        .filter(({ target }) => target === 'events:PutEvents')
        .map(({ input }) => JSON.parse((input.Entries as { Detail: string }[])[0]?.Detail ?? '')),
    /** Lets an hour and more pass in steps, so that each timer has its turn. */
    async pass(ms: number, step = HOUR) {
      for (let passed = 0; passed < ms; passed += step) {
        clock.advance(step);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

/** Valid; tests change what they are about. */
function aSchedule(changes: Json = {}): Json {
  return {
    Name: 'nightly',
    ScheduleExpression: 'cron(0 2 * * ? *)',
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: BUS,
      RoleArn: ROLE,
      EventBridgeParameters: { Source: 'test', DetailType: 'fired' },
      Input:
        '{"arn":"<aws.scheduler.schedule-arn>","time":"<aws.scheduler.scheduled-time>","attempt":"<aws.scheduler.attempt-number>"}',
      DeadLetterConfig: { Arn: QUEUE },
    },
    ...changes,
  };
}

test('a schedule puts its event on the bus at its time, as its role, with the context filled in', async () => {
  const rig = createRig();
  await rig.schedule();
  rig.scheduler.resume();

  rig.clock.advance(2 * HOUR - 1);
  expect(rig.calls).toEqual([]);
  rig.clock.advance(1);
  await eventually(() => rig.calls.length > 0);

  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
  expect(rig.details()).toEqual([{ arn: ARN, time: '2026-01-01T02:00:00Z', attempt: '1' }]);
  expect(rig.calls[0]).toMatchObject({
    input: { Entries: [{ EventBusName: BUS, Source: 'test', DetailType: 'fired' }] },
    caller: { kind: 'role', arn: ROLE },
  });
});

test('it goes on, day after day', async () => {
  const rig = createRig();
  await rig.schedule();
  rig.scheduler.resume();

  await rig.pass(3 * DAY);

  expect(rig.details().map(({ time }) => time)).toEqual(['2026-01-01T02:00:00Z', '2026-01-02T02:00:00Z', '2026-01-03T02:00:00Z']);
});

test('a rate without a start fires when it is made, then at its rate', async () => {
  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#rate-based
  const rig = createRig();
  await rig.schedule({ ScheduleExpression: 'rate(2 hours)' });
  rig.scheduler.resume();

  await rig.pass(4 * HOUR);

  expect(rig.details().map(({ time }) => time)).toEqual(['2026-01-01T00:00:00Z', '2026-01-01T02:00:00Z', '2026-01-01T04:00:00Z']);
});

test('nothing fires before the start, after the end, or while the schedule is disabled', async () => {
  const rig = createRig();
  await rig.schedule({ StartDate: '2026-01-02T00:00:00Z', EndDate: '2026-01-03T12:00:00Z' });
  await rig.provision('AWS::Scheduler::Schedule', 'Off', aSchedule({ Name: 'off', State: 'DISABLED' }));
  rig.scheduler.resume();

  await rig.pass(5 * DAY);

  expect(rig.details().map(({ time }) => time)).toEqual(['2026-01-02T02:00:00Z', '2026-01-03T02:00:00Z']);
});

test('in a flexible window it fires later, but tells the time that was set', async () => {
  const rig = createRig({ random: 0.5 });
  await rig.schedule({ FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 30 } });
  rig.scheduler.resume();

  rig.clock.advance(2 * HOUR + 14 * MINUTE);
  expect(rig.calls).toEqual([]);
  rig.clock.advance(MINUTE);
  await eventually(() => rig.calls.length > 0);

  expect(rig.details()).toMatchObject([{ time: '2026-01-01T02:00:00Z' }]);
});

describe('over a restart', () => {
  test('what was missed fires once, and the log says how late', async () => {
    const db = new DatabaseSync(':memory:');
    const clock = createManualClock();
    const before = createRig({ db, clock });
    await before.schedule();
    before.scheduler.resume();
    await before.scheduler.close();
    clock.advance(3 * DAY);

    const after = createRig({ db, clock });
    await after.schedule();
    after.scheduler.resume();
    await eventually(() => after.calls.length > 0);

    expect(after.details()).toMatchObject([{ time: '2026-01-01T02:00:00Z' }]);
    expect(after.lines).toEqual([expect.stringMatching(/^the schedule nightly missed a fire, which is made 4200 min late$/)]);
    await after.pass(DAY);
    expect(after.details().map(({ time }) => time)).toEqual(['2026-01-01T02:00:00Z', '2026-01-04T02:00:00Z']);
  });

  test('a rate goes on from where it began', async () => {
    const db = new DatabaseSync(':memory:');
    const clock = createManualClock();
    const before = createRig({ db, clock });
    await before.schedule({ ScheduleExpression: 'rate(2 hours)', StartDate: '2026-01-01T01:00:00Z' });
    before.scheduler.resume();
    await before.scheduler.close();
    clock.advance(30 * MINUTE);

    const after = createRig({ db, clock });
    await after.schedule({ ScheduleExpression: 'rate(2 hours)', StartDate: '2026-01-01T01:00:00Z' });
    after.scheduler.resume();
    await after.pass(3 * HOUR, 30 * MINUTE);

    expect(after.details().map(({ time }) => time)).toEqual(['2026-01-01T01:00:00Z', '2026-01-01T03:00:00Z']);
  });

  test('a schedule that left the templates never fires again', async () => {
    const db = new DatabaseSync(':memory:');
    const clock = createManualClock();
    const before = createRig({ db, clock });
    await before.schedule();
    before.scheduler.resume();
    await before.scheduler.close();

    const after = createRig({ db, clock });
    after.scheduler.resume();
    await after.pass(2 * DAY);

    expect(after.calls).toEqual([]);
  });
});

describe('a target that fails', () => {
  const ofBus = (code: string) => (call: Call) => (call.target === 'events:PutEvents' ? code : undefined);

  test('is tried again by the retry policy, then its input is in the dead-letter queue', async () => {
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    const rig = createRig({ fail: ofBus('ThrottlingException') });
    const { Target } = aSchedule();
    await rig.schedule({ Target: { ...(Target as Json), RetryPolicy: { MaximumRetryAttempts: 2 } } });
    rig.scheduler.resume();

    await rig.pass(3 * HOUR, 30 * MINUTE);
    await eventually(() => rig.calls.some(({ target }) => target === 'sqs:SendMessage'));

    expect(rig.details().map(({ time, attempt }) => [time, attempt])).toEqual([
      ['2026-01-01T02:00:00Z', '1'],
      ['2026-01-01T02:00:00Z', '2'],
      ['2026-01-01T02:00:00Z', '3'],
    ]);
    const queued = rig.calls.at(-1);
    expect(queued).toMatchObject({
      caller: { kind: 'role', arn: ROLE },
      input: {
        MessageBody: expect.stringContaining('2026-01-01T02:00:00Z'),
        MessageAttributes: {
          SCHEDULE_ARN: { StringValue: ARN },
          SCHEDULED_TIME: { StringValue: '2026-01-01T02:00:00Z' },
          ERROR_CODE: { StringValue: 'THROTTLING' },
          EXHAUSTED_RETRY_CONDITION: { StringValue: 'MaximumRetryAttempts' },
        },
      },
    });
  });

  test('that never will succeed is not tried again', async () => {
    const rig = createRig({ fail: ofBus('AccessDeniedException') });
    await rig.schedule();
    rig.scheduler.resume();

    rig.clock.advance(2 * HOUR);
    await eventually(() => rig.lines.length > 0);

    expect(rig.calls.map(({ target }) => target)).toEqual(['events:PutEvents', 'sqs:SendMessage']);
    expect(rig.lines[0]).toMatch(/^schedule nightly: its target failed with NO_PERMISSIONS; the fire is in its dead-letter queue$/);
  });
});

describe('UpdateSchedule', () => {
  const get = async ({ scheduler }: ReturnType<typeof createRig>) =>
    scheduler.service.call('GetSchedule', { Name: 'nightly' }, OPERATOR);

  test('turns a schedule off, over a restart, until the template changes it', async () => {
    const db = new DatabaseSync(':memory:');
    const rig = createRig({ db });
    await rig.schedule();
    rig.scheduler.resume();
    const { Arn, CreationDate, LastModificationDate, ...found } = await get(rig);

    await rig.scheduler.service.call('UpdateSchedule', { ...found, State: 'DISABLED' }, OPERATOR);
    await rig.pass(2 * DAY);
    expect(rig.calls).toEqual([]);
    await rig.scheduler.close();

    const restarted = createRig({ db });
    await restarted.schedule();
    expect(await get(restarted)).toMatchObject({ State: 'DISABLED', Arn: ARN });
    await restarted.schedule({ ScheduleExpression: 'rate(1 day)' });
    expect(await get(restarted)).toMatchObject({ State: 'ENABLED', ScheduleExpression: 'rate(1 day)' });
  });

  test('needs the right to pass the role', () => {
    const { scheduler } = createRig();
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridgescheduler.html
    expect(scheduler.service.permissions('UpdateSchedule', aSchedule())).toEqual([
      { action: 'scheduler:UpdateSchedule', resource: ARN },
      { action: 'iam:PassRole', resource: ROLE, context: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
    ]);
  });

  test.each([
    ['a schedule that does not exist', { Name: 'none' }, 'ResourceNotFoundException'],
    ['an expression that is none', { ScheduleExpression: 'cron(often)' }, 'ValidationException'],
    // https://github.com/getmoto/moto/pull/8172
    ['a start of long ago', { StartDate: '2025-12-31T23:54:00Z' }, 'ValidationException'],
    ['a state that is none', { State: 'PAUSED' }, 'ValidationException'],
  ])('refuses %s', async (_what, changes, code) => {
    const rig = createRig();
    await rig.schedule();
    const update = rig.scheduler.service.call('UpdateSchedule', aSchedule(changes), OPERATOR);
    await expect(update).rejects.toMatchObject({ code });
  });
});

describe('provisioning', () => {
  test("asks whether the schedule's role trusts the scheduler for its group", async () => {
    const rig = createRig();
    const group = await rig.provision('AWS::Scheduler::ScheduleGroup', 'Group', {});
    const schedule = await rig.schedule({ GroupName: 'app-Group' });

    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    const groupArn = 'arn:aws:scheduler:us-east-1:123456789012:schedule-group/app-Group';
    expect(group).toEqual({ ref: 'app-Group', attributes: { Arn: groupArn } });
    expect(schedule).toEqual({ ref: 'nightly', attributes: { Arn: ARN.replace('default', 'app-Group') } });
    expect(rig.trusted).toEqual([[ROLE, 'scheduler.amazonaws.com', groupArn]]);
  });

  test.each([
    ['a group that is not there', { GroupName: 'none' }, /schedule group none does not exist/],
    [
      'another kind of target',
      { Target: { ...(aSchedule().Target as Json), Arn: 'arn:aws:lambda:us-east-1:1:function:f' } },
      /Target.Arn/,
    ],
    ['an unknown time zone', { ScheduleExpressionTimezone: 'Mars/Olympus' }, /ScheduleExpressionTimezone/],
    ['an unknown property', { Colour: 'red' }, /Colour/],
    ['an expression that is none', { ScheduleExpression: 'cron(0 25 * * ? *)' }, /"25" is not a hour/],
  ])('refuses %s', (_what, changes, message) => {
    const rig = createRig();
    expect(() => rig.schedule(changes)).toThrow(message);
  });
});

describe('CreateSchedule', () => {
  const created = (changes: Json = {}) => ({ ...aSchedule(), Name: 'made', GroupName: 'default', ...changes });
  const call = (rig: ReturnType<typeof createRig>, operation: string, input: Json) =>
    rig.scheduler.service.call(operation, input, OPERATOR);

  test('makes a schedule that fires, and outlives the process though no template has it', async () => {
    const rig = createRig();
    expect(await call(rig, 'CreateSchedule', created())).toEqual({ ScheduleArn: ARN.replace('nightly', 'made') });
    await rig.scheduler.close();

    const again = createRig({ db: rig.db, clock: rig.clock });
    again.scheduler.resume();
    again.clock.advance(2 * HOUR);
    await eventually(() => again.calls.length > 0);

    expect(again.details()).toMatchObject([{ arn: ARN.replace('nightly', 'made') }]);
    expect(again.trusted).toEqual([]);
    expect(rig.trusted).toEqual([
      [ROLE, 'scheduler.amazonaws.com', 'arn:aws:scheduler:us-east-1:123456789012:schedule-group/default'],
    ]);
  });

  // https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html#API_CreateSchedule_Errors
  test.each([
    ['a name that is taken', {}, 'ConflictException'],
    ['a group that there is not', { GroupName: 'none', Name: 'other' }, 'ResourceNotFoundException'],
    ['an expression that is none', { ScheduleExpression: 'sometimes', Name: 'other' }, 'ValidationException'],
    ['a start of long ago', { StartDate: 0, Name: 'other' }, 'ValidationException'],
  ])('refuses %s', async (_what, changes, code) => {
    const rig = createRig();
    await call(rig, 'CreateSchedule', created());
    await expect(call(rig, 'CreateSchedule', created(changes))).rejects.toMatchObject({ code });
  });

  test('is undone by DeleteSchedule, once', async () => {
    const rig = createRig();
    await call(rig, 'CreateSchedule', created());
    await call(rig, 'DeleteSchedule', { Name: 'made' });
    await expect(call(rig, 'DeleteSchedule', { Name: 'made' })).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
    rig.scheduler.resume();
    await rig.pass(3 * HOUR);
    expect(rig.calls).toEqual([]);
  });

  test('needs the right to pass its role', () => {
    const { scheduler } = createRig();
    expect(scheduler.service.permissions('CreateSchedule', created())).toMatchObject([
      { action: 'scheduler:CreateSchedule' },
      { action: 'iam:PassRole', resource: ROLE },
    ]);
  });
});
