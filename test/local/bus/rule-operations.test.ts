import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Bus, createBus } from '../../../local/bus/bus.ts';
import { systemClock } from '../../../local/clock.ts';
import { createLog } from '../../../local/log.ts';
import { createMeter } from '../../../local/meter.ts';

let db: DatabaseSync;
let bus: Bus;
const delivered: string[] = [];

function start(): Bus {
  const started = createBus({
    db,
    call: async (_service, _operation, input) => {
      delivered.push(String(input.MessageBody));
      return {};
    },
    clock: systemClock,
    meter: createMeter(),
    log: createLog({ verbose: false, write: () => undefined }),
  });
  const resource = {
    stackName: 'stack',
    logicalId: 'Bus',
    type: 'AWS::Events::EventBus',
    path: 'Bus',
    properties: { Name: 'ours' },
  };
  started.provisioners['AWS::Events::EventBus']?.(resource as never);
  return started;
}
beforeEach(() => {
  db = new DatabaseSync(':memory:');
  bus = start();
  delivered.length = 0;
});
afterEach(() => bus.close());

const OPERATOR = { kind: 'operator' } as const;
const call = (operation: string, input: Record<string, unknown>) =>
  bus.service.call(operation, { EventBusName: 'ours', ...input }, OPERATOR);
const putRule = (Name: string, pattern: unknown = { source: ['a'] }) =>
  call('PutRule', { Name, EventPattern: JSON.stringify(pattern) });
const target = { Id: 'Queue', Arn: 'arn:aws:sqs:us-east-1:123456789012:queue' };

describe('rules that are made by calls', () => {
  test('are made, listed, given targets, and deleted once they have none', async () => {
    expect(await putRule('one')).toMatchObject({ RuleArn: expect.stringMatching(/:rule\/ours\/one$/) });
    await call('PutTargets', { Rule: 'one', Targets: [target] });

    expect((await call('ListTargetsByRule', { Rule: 'one' })).Targets).toEqual([target]);
    expect((await call('ListRules', {})).Rules).toMatchObject([
      { Name: 'one', State: 'ENABLED', EventPattern: '{"source":["a"]}' },
    ]);
    // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html
    await expect(call('DeleteRule', { Name: 'one' })).rejects.toMatchObject({ code: 'ValidationException' });
    await call('RemoveTargets', { Rule: 'one', Ids: ['Queue'] });
    await call('DeleteRule', { Name: 'one' });
    await call('DeleteRule', { Name: 'one' });
    expect((await call('ListRules', {})).Rules).toEqual([]);
  });

  test('keep their targets when they are put again, and are as they were after a restart', async () => {
    await putRule('one');
    await call('PutTargets', { Rule: 'one', Targets: [target] });
    await putRule('one', { source: ['b'] });
    await call('DisableRule', { Name: 'one' });
    await bus.close();
    bus = start();

    expect((await call('ListRules', {})).Rules).toMatchObject([{ State: 'DISABLED', EventPattern: '{"source":["b"]}' }]);
    expect((await call('ListTargetsByRule', { Rule: 'one' })).Targets).toEqual([target]);
  });

  test('are refused when they are no rules', async () => {
    await expect(putRule('one', { source: 'a' })).rejects.toMatchObject({ code: 'InvalidEventPatternException' });
    await expect(call('PutRule', { Name: 'one', EventPattern: 'no JSON' })).rejects.toMatchObject({
      code: 'InvalidEventPatternException',
    });
    await expect(call('PutRule', { Name: 'o/e', EventPattern: '{"source":["a"]}' })).rejects.toMatchObject({
      code: 'ValidationException',
    });
    await expect(call('PutRule', { EventBusName: 'none', Name: 'one', EventPattern: '{"source":["a"]}' })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
    await expect(call('PutTargets', { Rule: 'none', Targets: [target] })).rejects.toMatchObject({
      code: 'ResourceNotFoundException',
    });
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
  test('are counted: 300 on a bus, 30 of them with wildcards, 5 targets each', async () => {
    for (let index = 0; index < 30; index++) await putRule(`wild-${index}`, { source: [{ wildcard: 'a*b' }] });
    await expect(putRule('wild-30', { source: [{ wildcard: 'a*b' }] })).rejects.toMatchObject({ code: 'LimitExceededException' });
    await putRule('wild-0', { source: [{ wildcard: 'b*c' }] });
    for (let index = 30; index < 300; index++) await putRule(`rule-${index}`);
    await expect(putRule('another')).rejects.toMatchObject({ code: 'LimitExceededException' });

    const targets = Array.from({ length: 6 }, (_, index) => ({ ...target, Id: `t${index}` }));
    await expect(call('PutTargets', { Rule: 'rule-30', Targets: targets })).rejects.toMatchObject({
      code: 'LimitExceededException',
    });
    const page = await call('ListRules', {});
    expect(page.Rules).toHaveLength(100);
    expect((await call('ListRules', { NextToken: page.NextToken, NamePrefix: 'wild-' })).Rules).toHaveLength(30);
  });

  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
  test('ask for what AWS asks for', () => {
    const permissions = bus.service.permissions('PutTargets', {
      EventBusName: 'ours',
      Rule: 'one',
      Targets: [{ ...target, RoleArn: 'arn:aws:iam::123456789012:role/r' }],
    });

    expect(permissions).toEqual([
      {
        action: 'events:PutTargets',
        resource: expect.stringMatching(/:rule\/ours\/one$/),
        context: { 'events:TargetArn': [target.Arn] },
      },
      {
        action: 'iam:PassRole',
        resource: 'arn:aws:iam::123456789012:role/r',
        context: { 'iam:PassedToService': 'events.amazonaws.com' },
      },
    ]);
    expect(
      bus.service.permissions('PutRule', { EventBusName: 'ours', Name: 'one', Tags: [{ Key: 'a', Value: 'b' }] }),
    ).toMatchObject([{ action: 'events:PutRule' }, { action: 'events:TagResource' }]);
  });
});
