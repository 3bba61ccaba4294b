import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openTriggerSwitch } from '../../../core/aws/trigger-switch.ts';
import type { Trigger } from '../../../core/triggers/trigger.ts';
import type { TriggerSwitch } from '../../../core/triggers/trigger-switch.ts';
import { createAws } from '../../../local/aws/dispatcher.ts';
import { type AwsEndpoint, createEndpoint } from '../../../local/aws/endpoint.ts';
import { createBus } from '../../../local/bus/bus.ts';
import { createMeter } from '../../../local/meter.ts';
import { createScheduler } from '../../../local/scheduler/scheduler.ts';
import { createManualClock } from '../../local/manual-clock.ts';

const OPERATOR = { kind: 'operator' } as const;
const common = { workspace: 'default', workflowId: 'w', enabled: true };
const onUser: Trigger = {
  ...common,
  triggerId: 'on-user',
  kind: 'event',
  source: 's',
  types: ['t'],
  resourceArn: 'arn:aws:events:us-east-1:123456789012:rule/own/listening',
};
const nightly: Trigger = {
  ...common,
  triggerId: 'nightly',
  kind: 'schedule',
  schedule: { expression: 'rate(1 day)', timezone: 'UTC' },
  resourceArn: 'arn:aws:scheduler:us-east-1:123456789012:schedule/group/nightly',
};
const DEFINITION = {
  ScheduleExpression: 'rate(1 day)',
  ScheduleExpressionTimezone: 'Europe/Berlin',
  StartDate: '2999-01-01T00:00:00.000Z',
  EndDate: '3000-01-01T00:00:00.000Z',
  FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 10 },
  Target: {
    Arn: 'arn:aws:events:us-east-1:123456789012:event-bus/own',
    RoleArn: 'arn:aws:iam::123456789012:role/scheduler',
    EventBridgeParameters: { Source: 'test', DetailType: 'fired' },
    Input: '{}',
    RetryPolicy: { MaximumRetryAttempts: 3 },
  },
};

let endpoint: AwsEndpoint;
let call: ReturnType<typeof createAws>['call'];
let triggerSwitch: TriggerSwitch;
const before = { ...process.env };

beforeAll(async () => {
  const log = { line: () => undefined, detail: () => undefined };
  const aws = createAws({ authorize: () => undefined, meter: createMeter(), log });
  call = aws.call;
  const shared = { db: new DatabaseSync(':memory:'), call, clock: createManualClock(), meter: createMeter(), log };
  const bus = createBus(shared);
  const scheduler = createScheduler({ ...shared, assertTrusts: () => undefined });
  for (const { service } of [bus, scheduler]) aws.register(service);
  const resource = (type: string, logicalId: string, properties: Record<string, unknown>) => ({
    stackName: 'app',
    logicalId,
    type,
    properties,
    metadata: {},
    assemblyDir: '',
  });
  const provisioners = { ...bus.provisioners, ...scheduler.provisioners };
  for (const each of [
    resource('AWS::Events::EventBus', 'Bus', { Name: 'own' }),
    resource('AWS::Events::Rule', 'Rule', { Name: 'listening', EventBusName: 'own', EventPattern: { source: ['s'] } }),
    resource('AWS::Scheduler::ScheduleGroup', 'Group', { Name: 'group' }),
    resource('AWS::Scheduler::Schedule', 'Nightly', { Name: 'nightly', GroupName: 'group', ...DEFINITION }),
  ]) {
    await provisioners[each.type]?.(each);
  }
  endpoint = await createEndpoint({ call, callerOf: () => OPERATOR });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
  });
  triggerSwitch = openTriggerSwitch();
});
afterAll(async () => {
  process.env = before;
  await endpoint.close();
});

const scheduleNow = () => call('scheduler', 'GetSchedule', { Name: 'nightly', GroupName: 'group' }, OPERATOR);

describe('the switch of triggers', () => {
  test('turns a schedule off and on, and leaves all else of it as it is', async () => {
    const original = await scheduleNow();

    await triggerSwitch.disable(nightly);
    await triggerSwitch.disable(nightly);
    expect(await scheduleNow()).toEqual({ ...original, State: 'DISABLED' });
    await triggerSwitch.enable(nightly);
    expect(await scheduleNow()).toEqual(original);
  });

  test('turns a rule off and on', async () => {
    await expect(triggerSwitch.disable(onUser)).resolves.toBeUndefined();
    await expect(triggerSwitch.enable(onUser)).resolves.toBeUndefined();
  });

  test('says so when there is no such rule or schedule', async () => {
    await expect(triggerSwitch.disable({ ...onUser, resourceArn: `${onUser.resourceArn}2` })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await expect(triggerSwitch.disable({ ...nightly, resourceArn: `${nightly.resourceArn}2` })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});
