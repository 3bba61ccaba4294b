import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { deriveEventId } from '../../core/events/event-id.ts';
import { shardOf } from '../../core/keys.ts';
import type { Json } from '../../local/aws/service.ts';
import type { TaskRequest } from '../../local/states/asl/scope.ts';
import { runStates } from '../local/states/asl/run-definition.ts';

const { States } = parse(
  readFileSync(join(import.meta.dirname, '../../lib/launch.asl.yaml'), 'utf8').replaceAll(/\$\{\w+\}/g, '90'),
);

/** What the launcher makes of its input before it reads the workflow. */
async function identify(input: Json): Promise<Json> {
  const { Unwrap, Identify, NameRun } = States;
  const told = "{% { 'event': $event, 'trigger': $trigger, 'activityId': $activityId, 'shard': $shard } %}";
  const ran = await runStates({ Unwrap, Identify, NameRun, ReadWorkflow: { Type: 'Succeed', Output: told } }, { input });
  if (ran.error !== undefined) throw new Error(`${ran.error}: ${ran.cause}`);
  return ran.output as Json;
}

const EVENT_ID = 'abcdefghijklmnopqrstuvwxyz';
const TRIGGER = { id: 'hello', kind: 'webhook', workflowId: 'hello' };
const envelope = (changes: Json = {}): Json => ({
  specversion: '1.0',
  id: EVENT_ID,
  source: '/workspaces/default/webhook/hello',
  type: 'webhook.received',
  time: '2026-03-01T12:00:00.123Z',
  workspace: 'default',
  data: { items: [{ sku: 'a' }] },
  ...changes,
});
/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html */
const delivered = (detail: Json, changes: Json = {}): Json => ({
  version: '0',
  id: '17793124-05d4-b198-2fde-7ededc63b103',
  'detail-type': 'webhook.received',
  source: 'millrace.webhook',
  account: '123456789012',
  time: '2026-03-01T12:00:01Z',
  region: 'us-east-1',
  resources: [],
  detail,
  ...changes,
});

test('an addressed event keeps its id and its data', async () => {
  const detail = envelope({ trigger: TRIGGER });

  const seen = await identify(delivered(detail));

  expect(seen).toEqual({ event: detail, trigger: TRIGGER, activityId: `${EVENT_ID}-hello`, shard: String(shardOf(EVENT_ID)) });
});

test('an event from a trigger of its own rule is taken out of its wrapping, a replay too', async () => {
  const trigger = { id: 'on-user', kind: 'event', workflowId: 'welcome' };

  const seen = await identify({ event: delivered(envelope(), { 'replay-name': 'again' }), trigger });

  expect(seen).toMatchObject({ trigger, activityId: expect.stringMatching(`^${EVENT_ID}-on-user-r[0-9a-f]{7}$`) });
});

describe('a schedule', () => {
  const trigger = { id: 'nightly', kind: 'schedule', workflowId: 'nightly-report' };
  const ARN = 'arn:aws:scheduler:us-east-1:123456789012:schedule/group/nightly';
  const fired = (scheduledTime: string) =>
    delivered(
      envelope({ id: `${ARN}#${scheduledTime}`, source: '/workspaces/default/schedule/nightly', time: scheduledTime, trigger }),
    );

  test('is one run for each scheduled time, at that time, by the same hash as every event', async () => {
    const seen = await identify(fired('2026-03-01T02:00:00Z'));

    const id = deriveEventId({
      workspace: 'default',
      kind: 'schedule',
      channelId: '/workspaces/default/schedule/nightly',
      deliveryKey: `${ARN}#2026-03-01T02:00:00Z`,
    });
    expect(seen).toMatchObject({
      event: { id, time: '2026-03-01T02:00:00.000Z' },
      activityId: `${id}-nightly`,
      shard: String(shardOf(id)),
    });
    expect(id).toMatch(/^[a-z2-7]{26}$/);
  });

  test('repeats itself with another event around the same time, and that is the same run', async () => {
    const first = await identify(fired('2026-03-01T02:00:00Z'));
    const again = await identify({ ...fired('2026-03-01T02:00:00Z'), id: 'another', time: '2026-03-01T02:00:59Z' });
    const next = await identify(fired('2026-03-02T02:00:00Z'));

    expect(again.activityId).toBe(first.activityId);
    expect(next.activityId).not.toBe(first.activityId);
  });
});

test('what a stranger put on the bus is identified by its id, or by that of EventBridge, and never fails the launcher', async () => {
  const trigger = { id: 'on-user', kind: 'event', workflowId: 'welcome' };
  const anything = fc.record(
    { id: fc.jsonValue(), source: fc.jsonValue(), type: fc.jsonValue(), time: fc.jsonValue(), data: fc.jsonValue() },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(anything, async (given) => {
      const seen = await identify({ event: delivered({ ...given, workspace: 'default' }), trigger });
      expect(seen.activityId).toMatch(/^[a-z2-7]{26}-on-user$/);
      expect(seen.event).toMatchObject({ time: '2026-03-01T12:00:01.000Z' });
    }),
    { numRuns: 60 },
  );
});

test.each(['', 'a', 'x'.repeat(400), 'ünïcödé 🚀', '"quoted"\\'])('the id of %j is hashed as core hashes it', async (id) => {
  const trigger = { id: 't', kind: 'event', workflowId: 'w' };

  const { event } = await identify({ event: delivered(envelope({ id, source: 's' })), trigger });

  const expected = deriveEventId({ workspace: 'default', kind: 'event', channelId: 's', deliveryKey: id });
  expect(event).toMatchObject({ id: expected });
});

describe('a schedule whose workflow is not registered yet', () => {
  const trigger = { id: 'often', kind: 'schedule', workflowId: 'report' };
  const found = {
    Item: {
      workspace: { S: 'default' },
      active: { BOOL: true },
      revision: { S: '1' },
      stateMachineArn: { S: 'machine' },
      stateMachineVersionArn: { S: 'machine:1' },
    },
  };
  /** The tasks of a launch that finds these answers one after the other when it reads the workflow. */
  async function launched(kind: string, ...answers: unknown[]) {
    const calls: string[] = [];
    const { Unwrap, ...others } = States;
    const input = delivered(envelope({ trigger: { ...trigger, kind } }));
    const task = ({ stateName }: TaskRequest) => {
      calls.push(stateName);
      return stateName.startsWith('ReadWorkflow') ? answers.shift() : {};
    };
    const ran = await runStates({ Unwrap, ...others }, { input, task });
    return { calls, seconds: ran.milliseconds / 1000 };
  }

  test('is started once it is there', async () => {
    const { calls, seconds } = await launched('schedule', {}, found);
    expect(calls.slice(0, 4)).toEqual(['ReadWorkflow', 'ReadWorkflowAgain', 'CreateRun', 'StartWorkflow']);
    expect(seconds).toBeGreaterThanOrEqual(10);
  });

  test('and never comes, or another kind of trigger has none: that run fails', async () => {
    expect((await launched('schedule', {}, {})).calls).toEqual(['ReadWorkflow', 'ReadWorkflowAgain', 'CreateRun']);
    expect((await launched('webhook', {})).calls).toEqual(['ReadWorkflow', 'CreateRun']);
  });
});
