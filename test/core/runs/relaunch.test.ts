import { beforeEach, expect, jest, test } from '@jest/globals';
import { type QueuedLaunch, relaunch } from '../../../core/runs/relaunch.ts';

const TEMPLATE = '{"trigger":{"id":"on-user"},"event":<aws.events.event.json>}';
const RULE = 'arn:aws:events:us-east-1:123456789012:rule/bus/rule';
const ADDRESSED_RULE = 'arn:aws:events:us-east-1:123456789012:rule/bus/addressed';

beforeEach(() => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
});

async function relaunched(...messages: Omit<QueuedLaunch, 'messageId'>[]) {
  const started: string[] = [];
  const failed = await relaunch(
    {
      startLauncher: async (input) => {
        if (input.includes('refuse')) throw new Error('no');
        started.push(input);
      },
      findInputTemplate: async (ruleArn) => (ruleArn === RULE ? TEMPLATE : undefined),
    },
    messages.map((message, index) => ({ messageId: String(index), ...message })),
  );
  return { started, failed };
}

test('each message starts the launcher with its body as it is; those that fail, or are no input, are given back', async () => {
  const bodies = ['{ "detail": {"id":"a"} }', '{"refuse":1}', '[1]', 'null', '"text"', 'broken'];
  const { started, failed } = await relaunched(...bodies.map((body) => ({ body })));
  expect(started).toEqual(['{ "detail": {"id":"a"} }']);
  expect(failed).toEqual(['1', '2', '3', '4', '5']);
});

test('an event that a rule could not deliver gets what the rule would have added, large numbers unharmed', async () => {
  const { started } = await relaunched({ ruleArn: RULE, body: '{"detail":{"n":12345678901234567890}}' });
  expect(started).toEqual(['{"trigger":{"id":"on-user"},"event":{"detail":{"n":12345678901234567890}}}']);
});

test('what the rule had added already, or adds nothing to, stays as it is', async () => {
  const transformed = '{"trigger":{"id":"on-user"},"event":{"detail":{}}}';
  const addressed = '{"detail":{"trigger":{"id":"hello"}}}';
  const { started } = await relaunched({ ruleArn: RULE, body: transformed }, { ruleArn: ADDRESSED_RULE, body: addressed });
  expect(started).toEqual([transformed, addressed]);
});

test.each(['<aws.scheduler.schedule-arn>#<aws.scheduler.scheduled-time>', 'arn:schedule#2026-03-01T02:00:00Z'])(
  'the input of a schedule becomes an event, its placeholders filled or not: %s',
  async (id) => {
    const body = JSON.stringify({ id, trigger: { id: 'nightly' } });
    const { started } = await relaunched({ body, scheduleArn: 'arn:schedule', scheduledTime: '2026-03-01T02:00:00Z' });
    expect(started.map((input) => JSON.parse(input))).toEqual([
      { detail: { id: 'arn:schedule#2026-03-01T02:00:00Z', trigger: { id: 'nightly' } } },
    ]);
  },
);
