import { describe, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib/core';
import type { DeclaredTrigger } from '../../core/workflows/manifest.ts';
import { addTriggers, checkRuleQuotas, type TriggerHome } from '../../lib/triggers.ts';
import { type Json, ofType, resourcesOf } from './synthesized.ts';

const home: TriggerHome = {
  busName: 'bus',
  busArn: 'bus-arn',
  launcherArn: 'launcher-arn',
  ruleRoleArn: 'rule-role-arn',
  scheduleGroupName: 'group',
  scheduleRoleArn: 'schedule-role-arn',
  retryQueueArn: 'retry-queue-arn',
};

const onUser = (changes: Partial<DeclaredTrigger & { kind: 'event' }> = {}): DeclaredTrigger => ({
  triggerId: 'on-user',
  kind: 'event',
  enabled: true,
  source: 'millrace.authing',
  types: ['user.created'],
  ...changes,
});
const nightly = (changes: Partial<DeclaredTrigger & { kind: 'schedule' }> = {}): DeclaredTrigger => ({
  triggerId: 'nightly',
  kind: 'schedule',
  enabled: true,
  schedule: { expression: 'cron(0 2 * * ? *)', timezone: 'Europe/Berlin' },
  ...changes,
});

function synthesized(triggers: DeclaredTrigger[], active = true) {
  const stack = new Stack(new App(), 'Stack');
  const declared = addTriggers(stack, {
    home,
    stackName: 'an-app-of-ours-prod-workflows',
    workflowId: 'welcome',
    active,
    triggers,
  });
  const resources = resourcesOf(stack);
  return {
    declared: stack.resolve(declared) as Json[],
    rules: ofType(resources, 'AWS::Events::Rule'),
    schedules: ofType(resources, 'AWS::Scheduler::Schedule'),
  };
}

describe('an event trigger', () => {
  test('is a rule on the bus whose filter reaches the data alone', () => {
    const { rules, declared } = synthesized([onUser({ types: ['user.created', 'group.*'], filter: { role: ['admin'] } })]);

    expect(rules[0]?.properties).toMatchObject({
      EventBusName: 'bus',
      State: 'ENABLED',
      EventPattern: {
        source: ['millrace.authing'],
        'detail-type': ['user.created', { prefix: 'group.' }],
        detail: { workspace: ['default'], data: { role: ['admin'] } },
      },
    });
    expect(declared[0]?.resourceArn).toEqual({ 'Fn::GetAtt': [rules[0]?.id, 'Arn'] });
  });

  test("by AWS's own events is a rule on the default bus with the pattern as it is, named by the workflows' stack", () => {
    const pattern = { source: ['aws.s3'], 'detail-type': ['Object Created'], detail: { bucket: { name: ['incoming'] } } };
    const long = 'x'.repeat(40);
    const { rules } = synthesized([
      onUser({ triggerId: 'on-upload', source: 'aws', types: [], pattern }),
      onUser({ triggerId: long, source: 'aws', types: [], pattern }),
    ]);

    expect(rules[0]?.properties).toMatchObject({
      Name: expect.stringMatching(/^an-app-of-ours-prod-workflows-trigger-on-upload-[0-9a-f]{8}$/),
      EventPattern: pattern,
      State: 'ENABLED',
    });
    expect(rules[0]?.properties).not.toHaveProperty('EventBusName');
    expect(String(rules[1]?.properties.Name).length).toBeLessThanOrEqual(64);
    const [target] = (rules[0]?.properties.Targets ?? []) as { InputTransformer: { InputTemplate: string } }[];
    expect(target).toMatchObject({ Arn: 'launcher-arn', RoleArn: 'rule-role-arn', DeadLetterConfig: { Arn: 'retry-queue-arn' } });
    expect(target?.InputTransformer.InputTemplate).toBe(
      '{"workspace":"default","trigger":{"id":"on-upload","kind":"event","workflowId":"welcome"},"event":<aws.events.event.json>}',
    );
    expect(() =>
      checkRuleQuotas(Array.from({ length: 400 }, (_, at) => onUser({ triggerId: `t${at}`, source: 'aws' }))),
    ).not.toThrow();
  });

  test('tells the launcher its trigger beside the whole event, and leaves nothing undelivered', () => {
    const { rules } = synthesized([onUser()]);

    expect(rules[0]?.properties.Targets).toEqual([
      {
        Id: 'Launcher',
        Arn: 'launcher-arn',
        RoleArn: 'rule-role-arn',
        InputTransformer: {
          InputTemplate: '{"trigger":{"id":"on-user","kind":"event","workflowId":"welcome"},"event":<aws.events.event.json>}',
        },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        DeadLetterConfig: { Arn: 'retry-queue-arn' },
      },
    ]);
  });
});

describe('a schedule trigger', () => {
  test('is a schedule of our group that puts an addressed event on the bus', () => {
    const { schedules, declared } = synthesized([nightly({ params: { days: 1 } })]);
    const [schedule] = schedules;
    const target = schedule?.properties.Target as Json;

    expect(schedule?.properties).toMatchObject({
      GroupName: 'group',
      ScheduleExpression: 'cron(0 2 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      FlexibleTimeWindow: { Mode: 'OFF' },
      State: 'ENABLED',
    });
    expect(target).toMatchObject({
      Arn: 'bus-arn',
      RoleArn: 'schedule-role-arn',
      EventBridgeParameters: { Source: 'millrace.schedule', DetailType: 'schedule.fired' },
      DeadLetterConfig: { Arn: 'retry-queue-arn' },
    });
    expect(JSON.parse(String(target.Input))).toMatchObject({
      id: '<aws.scheduler.schedule-arn>#<aws.scheduler.scheduled-time>',
      time: '<aws.scheduler.scheduled-time>',
      workspace: 'default',
      data: { days: 1 },
      trigger: { id: 'nightly', kind: 'schedule', workflowId: 'welcome' },
    });
    expect(declared[0]?.resourceArn).toEqual({ 'Fn::GetAtt': [schedule?.id, 'Arn'] });
  });

  test('has its start, its end and its window', () => {
    const schedule = {
      expression: 'rate(1 hour)',
      timezone: 'UTC',
      startsAt: '2999-01-01T00:00:00.000Z',
      endsAt: '2999-02-01T00:00:00.000Z',
      windowMinutes: 10,
    };
    expect(synthesized([nightly({ schedule })]).schedules[0]?.properties).toMatchObject({
      StartDate: '2999-01-01T00:00:00.000Z',
      EndDate: '2999-02-01T00:00:00.000Z',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 10 },
    });
  });
});

// https://github.com/getmoto/moto/pull/8172: "The StartDate you specify cannot be earlier than 5 minutes ago."
test('a start that is past is left out, but a rate goes on from it', () => {
  const startsAt = '2020-01-01T00:00:00.000Z';
  const cron = nightly({ schedule: { expression: 'cron(0 2 * * ? *)', timezone: 'UTC', startsAt } });
  const rate = nightly({ triggerId: 'weekly', schedule: { expression: 'rate(7 days)', timezone: 'UTC', startsAt } });

  const [ofCron, ofRate] = synthesized([cron, rate]).schedules.map(({ properties }) => properties.StartDate);

  expect(ofCron).toBeUndefined();
  expect(Date.parse(String(ofRate))).toBeGreaterThan(Date.now());
  expect((Date.parse(String(ofRate)) - Date.parse(startsAt)) % (7 * 24 * 3600 * 1000)).toBe(0);
});

test.each([
  ['a disabled trigger', false, true],
  ['a trigger of a workflow that begins inactive', true, false],
])('%s is a rule or schedule that is disabled', (_what, enabled, active) => {
  const { rules, schedules } = synthesized([onUser({ enabled }), nightly({ enabled })], active);
  expect([...rules, ...schedules].map(({ properties }) => properties.State)).toEqual(['DISABLED', 'DISABLED']);
});

describe('more rules than a bus takes are refused with a sentence', () => {
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
  const many = (count: number, changes: Partial<DeclaredTrigger & { kind: 'event' }> = {}) =>
    Array.from({ length: count }, (_, index) => onUser({ triggerId: `t${index}`, ...changes }));

  test('300 on a bus, two of them ours', () => {
    expect(() => checkRuleQuotas(many(298))).not.toThrow();
    expect(() => checkRuleQuotas(many(299))).toThrow(/have 299 event triggers and a bus takes 298 beside our own rules/);
  });

  test('30 with wildcards, in types or in filters; a star at the end is a prefix and none of them', () => {
    const wild = [...many(15, { types: ['user.*.done'] }), ...many(15, { filter: { ref: [{ wildcard: 'refs/*/x' }] } })];
    expect(() => checkRuleQuotas([...wild, ...many(100, { types: ['user.*'] })])).not.toThrow();
    expect(() => checkRuleQuotas([...wild, onUser({ types: ['*.created'] })])).toThrow(/^31 event triggers match with wildcards/);
  });
});
