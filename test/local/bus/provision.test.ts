import { describe, expect, test } from '@jest/globals';
import { eventually } from '../manual-clock.ts';
import { createBusHarness, entry, FUNCTION_ARN } from './bus-harness.ts';

describe('rules', () => {
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-events-rule.html
  test('a rule of the default bus has its name as Ref; its ARN leaves the bus out', async () => {
    const { rule, provision } = createBusHarness();
    await provision('AWS::Events::EventBus', 'Custom', { Name: 'custom' });
    const arn = 'arn:aws:events:us-east-1:123456789012:rule';
    expect(await rule('a', {})).toEqual({ ref: 'a', attributes: { Arn: `${arn}/a` } });
    expect(await rule('b', { EventBusName: 'custom' })).toEqual({ ref: 'custom|b', attributes: { Arn: `${arn}/custom/b` } });
  });

  test('a disabled rule does not match', async () => {
    const { bus, rule, putEvents, payloads, calls } = createBusHarness();
    await rule('off', { State: 'DISABLED', Targets: [{ Id: 'off', Arn: `${FUNCTION_ARN}-off` }] });
    await rule('on', { State: 'ENABLED' });
    bus.resume();
    await putEvents(entry());
    await eventually(() => calls.length > 0);
    expect(payloads()).toHaveLength(1);
    expect(calls[0]?.input.FunctionName).toBe(FUNCTION_ARN);
    await bus.close();
  });

  test.each([
    [
      'a target of another kind',
      { Targets: [{ Id: 't', Arn: 'arn:aws:sns:us-east-1:123456789012:topic' }] },
      'not supported locally',
    ],
    [
      'a state machine without a role',
      { Targets: [{ Id: 't', Arn: 'arn:aws:states:us-east-1:1:stateMachine:m' }] },
      'needs a RoleArn',
    ],
    ['an unknown target property', { Targets: [{ Id: 't', Arn: FUNCTION_ARN, HttpParameters: {} }] }, 'Targets.0.HttpParameters'],
    ['a pattern that is not valid', { EventPattern: { source: 'x' } }, 'at source'],
    ['a cron schedule', { ScheduleExpression: 'cron(0 12 * * ? *)' }, 'use rate'],
    ['a plural unit of one', { ScheduleExpression: 'rate(1 minutes)' }, 'not a rate expression'],
    ['a bus that does not exist', { EventBusName: 'nowhere' }, 'nowhere does not exist'],
    ['neither pattern nor schedule', { EventPattern: undefined }, 'EventPattern or ScheduleExpression'],
    ['six targets', { Targets: Array.from({ length: 6 }, (_, index) => ({ Id: `t${index}`, Arn: FUNCTION_ARN })) }, 'Targets'],
  ])("%s fails with the rule's name", async (_name, properties, problem) => {
    const { rule } = createBusHarness();
    await expect(rule('broken', properties)).rejects.toThrow('app/broken broken (AWS::Events::Rule)');
    await expect(rule('broken', properties)).rejects.toThrow(problem);
  });
});

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html and …/eb-run-lambda-schedule.html
describe('schedules', () => {
  test('a rule with a rate gets a scheduled event each period', async () => {
    const { bus, rule, clock, payloads } = createBusHarness();
    await rule('every-5', { EventPattern: undefined, ScheduleExpression: 'rate(5 minutes)' });
    bus.resume();

    for (const fired of [1, 2]) {
      await eventually(() => clock.sleepers() > 0);
      clock.advance(5 * 60_000);
      await eventually(() => payloads().length === fired);
    }

    expect(payloads()[0]).toMatchObject({
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      time: '2026-01-01T00:05:00Z',
      resources: ['arn:aws:events:us-east-1:123456789012:rule/every-5'],
      detail: {},
    });
    await bus.close();
  });

  test('a restart does not begin the period anew', async () => {
    const properties = { EventPattern: undefined, ScheduleExpression: 'rate(5 minutes)' };
    const first = createBusHarness();
    await first.rule('every-5', properties);
    first.bus.resume();
    await first.bus.close();

    const second = createBusHarness({ db: first.db });
    second.clock.advance(4 * 60_000);
    await second.rule('every-5', properties);
    second.bus.resume();
    await eventually(() => second.clock.sleepers() > 0);
    second.clock.advance(60_000);

    await eventually(() => second.payloads().length === 1);
    await second.bus.close();
  });
});

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html and …/eb-replay-archived-event.html
describe('archive and replay', () => {
  const BUS = 'arn:aws:events:us-east-1:123456789012:event-bus/custom';

  async function archived() {
    const harness = createBusHarness();
    await harness.provision('AWS::Events::EventBus', 'Custom', { Name: 'custom' });
    const { attributes } = await harness.provision('AWS::Events::Archive', 'Archive', {
      SourceArn: BUS,
      ArchiveName: 'all',
      EventPattern: { 'detail-type': ['Kept'] },
      RetentionDays: 1,
    });
    const first = await harness.rule('first', { EventBusName: 'custom' });
    await harness.rule('second', { EventBusName: 'custom' });
    await harness.putEvents(entry({ EventBusName: 'custom', DetailType: 'Kept' }), entry({ EventBusName: 'custom' }));
    harness.bus.resume();
    await eventually(() => harness.payloads().length === 4);
    harness.calls.splice(0);
    const describeReplay = (ReplayName: string) => harness.bus.service.call('DescribeReplay', { ReplayName }, { kind: 'operator' });
    const startReplay = (ReplayName: string, destination: object = {}) =>
      harness.bus.service.call(
        'StartReplay',
        {
          ReplayName,
          EventSourceArn: attributes.Arn,
          EventStartTime: harness.clock.now() / 1000 - 3 * 86_400,
          EventEndTime: harness.clock.now() / 1000 + 60,
          Destination: { Arn: BUS, ...destination },
        },
        { kind: 'operator' },
      );
    return { ...harness, first, startReplay, describeReplay };
  }

  test('a replay gives archived events to the chosen rules, with its name', async () => {
    const { bus, first, startReplay, describeReplay, payloads, calls } = await archived();

    const started = await startReplay('again', { FilterArns: [first.attributes.Arn] });

    expect(started).toMatchObject({ State: 'STARTING', ReplayArn: 'arn:aws:events:us-east-1:123456789012:replay/again' });
    await eventually(async () => (await describeReplay('again')).State === 'COMPLETED');
    await eventually(() => calls.length === 1);
    expect(payloads()).toMatchObject([{ 'replay-name': 'again', 'detail-type': 'Kept' }]);
    expect(calls[0]?.caller).toMatchObject({ sourceArn: first.attributes.Arn });
    await bus.close();
  });

  test('a name can be used once, and an unknown archive or replay is not found', async () => {
    const { bus, startReplay, describeReplay } = await archived();
    await startReplay('once');
    await expect(startReplay('once')).rejects.toMatchObject({ code: 'ResourceAlreadyExistsException' });
    await expect(describeReplay('never')).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
    await bus.close();
  });

  test('a replay that a restart interrupted goes on', async () => {
    const { bus, db, startReplay } = await archived();
    await startReplay('interrupted');
    await bus.close();

    const second = createBusHarness({ db });
    await second.provision('AWS::Events::EventBus', 'Custom', { Name: 'custom' });
    await second.provision('AWS::Events::Archive', 'Archive', { SourceArn: BUS, ArchiveName: 'all' });
    await second.rule('first', { EventBusName: 'custom' });
    second.bus.resume();

    await eventually(() => second.payloads().length === 1);
    expect(second.payloads()[0]).toMatchObject({ 'replay-name': 'interrupted' });
    await second.bus.close();
  });

  test('events are gone after the days of retention', async () => {
    const { bus, clock, startReplay, describeReplay, calls } = await archived();
    clock.advance(86_400_000);
    await startReplay('late');
    await eventually(async () => (await describeReplay('late')).State === 'COMPLETED');
    expect(calls).toEqual([]);
    await bus.close();
  });
});
