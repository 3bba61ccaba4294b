import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { eventually } from '../manual-clock.ts';
import { createBusHarness, entry } from './bus-harness.ts';

const OPERATOR = { kind: 'operator' } as const;
const EVENTS = { Name: 'listening' };

type Harness = ReturnType<typeof createBusHarness>;

async function deliveriesOf({ bus, putEvents, payloads }: Harness): Promise<number> {
  const controls = () => payloads().filter(({ source }) => source === 'control.source').length;
  const before = controls();
  bus.resume();
  await putEvents(entry(), entry({ Source: 'control.source' }));
  await eventually(() => controls() > before);
  return payloads().filter(({ source }) => source === 'test.source').length;
}

/** The rule that is tested, and one by which is seen that everything has been delivered. */
async function startedWith(db: DatabaseSync, properties = {}): Promise<Harness> {
  const harness = createBusHarness({ db });
  await harness.rule('listening', properties);
  await harness.rule('control', { EventPattern: { source: ['control.source'] } });
  return harness;
}

describe('EnableRule and DisableRule', () => {
  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html: "A disabled rule won't match any events".
  test('turn a rule off and on', async () => {
    const harness = await startedWith(new DatabaseSync(':memory:'));

    await harness.bus.service.call('DisableRule', EVENTS, OPERATOR);
    expect(await deliveriesOf(harness)).toBe(0);
    await harness.bus.service.call('EnableRule', EVENTS, OPERATOR);
    expect(await deliveriesOf(harness)).toBe(1);
    await harness.bus.close();
  });

  test('last over a restart, until the template changes the rule', async () => {
    const db = new DatabaseSync(':memory:');
    const first = await startedWith(db);
    await first.bus.service.call('DisableRule', EVENTS, OPERATOR);
    first.bus.resume();
    await first.bus.close();

    const restarted = await startedWith(db);
    expect(await deliveriesOf(restarted)).toBe(0);
    await restarted.bus.close();

    const changed = await startedWith(db, { Description: 'another' });
    expect(await deliveriesOf(changed)).toBe(1);
    await changed.bus.close();
  });

  test('of a rule that does not exist are refused', async () => {
    const { bus } = createBusHarness();

    const call = bus.service.call('DisableRule', { Name: 'none', EventBusName: 'default' }, OPERATOR);

    await expect(call).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
  });
});

test('ListTargetsByRule tells what a rule adds to an event', async () => {
  const harness = createBusHarness();
  const InputTransformer = { InputTemplate: '{"event":<aws.events.event.json>}' };
  await harness.rule('listening', {
    Targets: [{ Id: 'one', Arn: 'arn:aws:lambda:us-east-1:123456789012:function:f', InputTransformer }],
  });

  const { Targets } = await harness.bus.service.call('ListTargetsByRule', { Rule: 'listening' }, OPERATOR);

  expect(Targets).toMatchObject([{ Id: 'one', InputTransformer }]);
});

test('each is a permission on the rule', () => {
  const { bus } = createBusHarness();
  const resource = 'arn:aws:events:us-east-1:123456789012:rule/own/r';

  expect(bus.service.permissions('EnableRule', { Name: 'r', EventBusName: 'own' })).toEqual([
    { action: 'events:EnableRule', resource },
  ]);
  expect(bus.service.permissions('ListTargetsByRule', { Rule: 'r', EventBusName: 'own' })).toEqual([
    { action: 'events:ListTargetsByRule', resource },
  ]);
});
