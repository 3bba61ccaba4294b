import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { BusEvent } from '../../../core/aws/event-bus.ts';
import { beginningOf } from '../../../core/deliveries/content.ts';
import type { Delivery } from '../../../core/deliveries/delivery.ts';
import { eventOf, type Replayer, replayDelivery } from '../../../core/deliveries/replay-delivery.ts';
import { INTEGRATIONS } from '../../../core/integrations/catalogue.ts';
import type { Run } from '../../../core/runs/run.ts';
import { callbackUrl } from '../../../core/subscriptions/callback-url.ts';
import { receiveHook } from '../../../core/subscriptions/receive-hook.ts';
import type { Subscription } from '../../../core/subscriptions/subscription.ts';
import { receiveRunRequest } from '../../../core/triggers/receive-run-request.ts';
import { receiveWebhook } from '../../../core/triggers/receive-webhook.ts';
import type { Trigger, TriggerOf } from '../../../core/triggers/trigger.ts';
import { aReceiver, aRequest, aSecret, aSubscription, aToken, aTrigger, aWorkflow, NOW } from '../builders.ts';

type Gate = ReturnType<typeof aReceiver>;

const onPull = (with_: Partial<TriggerOf<'event'>> = {}): Trigger => ({
  triggerId: 'on-pull',
  workspace: 'default',
  workflowId: 'review',
  kind: 'event',
  enabled: true,
  source: 'millrace.github',
  subscription: 'mill',
  types: ['pull_request.*'],
  ...with_,
});

/** A replayer of what a gate took in, that remembers what it started. */
function aReplayer(gate: Gate, known: { triggers?: Trigger[]; subscriptions?: Subscription[] } = {}) {
  const inputs: string[] = [];
  const runs: Run[] = [];
  const replayer: Replayer = {
    triggersOf: async (workspace) => (known.triggers ?? []).filter((trigger) => trigger.workspace === workspace),
    findSubscription: async (id) => known.subscriptions?.find(({ subscriptionId }) => subscriptionId === id),
    readBody: async (bodyRef) => {
      const body = /\.body$/.test(bodyRef) ? gate.bodies[0] : undefined;
      return body && Buffer.from(body);
    },
    storePayload: gate.receiver.storePayload,
    startAgain: {
      findWorkflow: async (_, workflowId) => (workflowId === 'gone' ? undefined : aWorkflow({ workflowId })),
      createRun: async (run) => void runs.push(run),
      startLauncher: async (input) => void inputs.push(input),
    },
  };
  return { replayer, inputs, runs, started: () => inputs.map((input) => JSON.parse(input)) };
}

/** The one delivery that a gate took in. */
function deliveryOf({ deliveries }: Gate): Delivery {
  const [delivery] = deliveries.values();
  if (!delivery) throw new Error('Nothing was taken in.');
  return delivery;
}

/** A pull request's event, signed and taken in for `mill`. */
async function aPullRequest(known: { triggers?: Trigger[] } = {}) {
  const subscription = aSubscription();
  const gate = aReceiver({ subscriptions: [subscription] });
  await sendSample(gate, subscription, 'pull_request.opened');
  return { gate, delivery: deliveryOf(gate), ...aReplayer(gate, { subscriptions: [subscription], ...known }) };
}

/** An event with its numbers as they are written. */
const exact = ({ detail, ...event }: BusEvent) => ({
  ...event,
  detail: JSON.parse(detail, (_key, value, { source = '' }) => (typeof value === 'number' ? `the number ${source}` : value)),
});

/** Signs a sample, as the integration's provider does, and takes it in. */
async function sendSample(gate: Gate, subscription: Subscription, type: string): Promise<void> {
  const integration = await INTEGRATIONS[subscription.integration]?.();
  const event = (await integration?.events())?.find((each) => each.type === type);
  if (!integration || !event) throw new Error(`There is no sample of ${type}.`);
  const secrets = Object.fromEntries(
    Object.entries(subscription.secrets).map(([name, versions]) => [
      name,
      versions.map(({ sealed }) => Buffer.from(sealed).toString()),
    ]),
  );
  const url = callbackUrl('https://millrace.example.com', subscription);
  const { method, headers, body } = integration.sign(event.sample, secrets, { url, now: NOW }, subscription.settings);
  const sent = aRequest({ method, headers: { ...headers }, body: Buffer.from(body) });
  await receiveHook(gate.receiver, integration.id, subscription.subscriptionId, sent);
}

describe('the event of a delivery, made again, is the one that was published', () => {
  const settingsOf = (integration: string) =>
    integration === 'generic' ? { verification: { scheme: 'bearer' }, type: { header: 'x-type' } } : {};

  test.each(Object.entries(INTEGRATIONS))('for each sample of %s', async (id, load) => {
    const { secrets, events } = await load();
    const sealed = secrets
      .filter(({ name }) => name !== 'signingToken')
      .map(({ name }) => [name, [aSecret(`whsec_${Buffer.from(`the ${name} of the sender`).toString('base64')}`)]]);
    const subscription = aSubscription({ integration: id, secrets: Object.fromEntries(sealed), settings: settingsOf(id) });
    const samples = await events();
    expect(samples).not.toEqual([]);
    for (const { type } of samples) {
      const gate = aReceiver({ subscriptions: [subscription] });
      await sendSample(gate, subscription, type);

      const again = await eventOf(aReplayer(gate, { subscriptions: [subscription] }).replayer, deliveryOf(gate));

      expect([exact(again)]).toEqual(gate.published.map(exact));
    }
  });

  const form = 'multipart/form-data; boundary=x';
  test.each<[what: string, headers: Record<string, string>, body: Buffer]>([
    ['JSON, its numbers to the digit', {}, Buffer.from('{"id":9007199254740993,"of":1.10}')],
    ['JSON beyond what an item keeps', {}, Buffer.from(JSON.stringify(randomBytes(80_000).toString('base64')))],
    ['JSON beyond what the bus takes', {}, Buffer.from(JSON.stringify(randomBytes(300_000).toString('base64')))],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, Buffer.from('a=1&a=2&b=%C3%A9')],
    [
      'a form with a file',
      { 'content-type': form },
      Buffer.from('--x\r\ncontent-disposition: form-data; name="f"; filename="a.bin"\r\n\r\n\u0000\u0001\r\n--x--\r\n'),
    ],
    ['text', { 'content-type': 'text/plain; charset=utf-8' }, Buffer.from('é')],
    ['bytes that are no text', { 'content-type': 'application/octet-stream' }, Buffer.from([0xff, 0xfe, 0])],
    ['nothing', {}, Buffer.alloc(0)],
  ])('for a webhook with %s', async (_what, headers, body) => {
    const gate = aReceiver({ triggers: [aTrigger({ auth: 'none' })] });
    await receiveWebhook(gate.receiver, 'hello', aRequest({ headers, body, query: { a: ['1', '2'] } }));

    const again = await eventOf(aReplayer(gate).replayer, deliveryOf(gate));

    expect([exact(again)]).toEqual(gate.published.map(exact));
  });

  test('for a run request', async () => {
    const { token, text } = aToken();
    const gate = aReceiver({ tokens: [token] });
    const json = { token: text, workflowId: 'hello', properties: { day: '2026-03-01' } };
    await receiveRunRequest(gate.receiver, aRequest({ json }));

    const again = await eventOf(aReplayer(gate).replayer, deliveryOf(gate));

    expect([exact(again)]).toEqual(gate.published.map(exact));
  });
});

describe('a replay', () => {
  test('gives the launcher the event as a rule does, with its trigger and the name, of inactive workflows too', async () => {
    const { gate, delivery, replayer, inputs, runs, started } = await aPullRequest({ triggers: [onPull()] });

    const items = await replayDelivery(replayer, delivery, { name: 'again' }, NOW);

    const [published] = gate.published;
    expect(started()).toEqual([
      {
        trigger: { id: 'on-pull', kind: 'event', workflowId: 'review' },
        inactiveToo: true,
        event: {
          id: delivery.eventId,
          source: 'millrace.github',
          'detail-type': 'pull_request.opened',
          time: NOW.toISOString(),
          'replay-name': 'again',
          detail: JSON.parse(published?.detail ?? ''),
        },
      },
    ]);
    expect(inputs[0]).toContain(published?.detail);
    // The SHA-256 of `again` begins so.
    const [run] = items;
    expect(items).toEqual([{ activityId: `${delivery.eventId}-on-pull-rb4c9e14`, triggerId: 'on-pull', workflowId: 'review' }]);
    expect(runs).toMatchObject([{ ...run, status: 'QUEUED', replayName: 'again', createdAt: NOW.toISOString() }]);
  });

  test('by every event trigger that matches and is enabled, of the own workspace', async () => {
    const { delivery, replayer } = await aPullRequest({
      triggers: [
        onPull(),
        onPull({ triggerId: 'by-id', subscription: undefined, subscriptionId: aSubscription().subscriptionId }),
        onPull({ triggerId: 'filtered', filter: { action: ['closed'] } }),
        onPull({ triggerId: 'other-type', types: ['push'] }),
        onPull({ triggerId: 'other-subscription', subscription: 'else' }),
        onPull({ triggerId: 'disabled', enabled: false }),
        onPull({ triggerId: 'of-aws', source: 'aws', types: [], pattern: { source: [{ 'anything-but': 'x' }] } }),
        onPull({ triggerId: 'foreign', workspace: 'other' }),
        aTrigger(),
      ],
    });

    const items = await replayDelivery(replayer, delivery, {}, NOW);

    expect(items.map(({ triggerId }) => triggerId)).toEqual(['on-pull', 'by-id']);
  });

  test.each([
    ['filter', { filter: { action: ['closed'] } }],
    ['types', { types: ['push'] }],
    ['subscription', { subscription: 'else' }],
    ['switch', { enabled: false }],
  ])('by the trigger that is named, whatever its %s says', async (_what, with_) => {
    const { delivery, replayer } = await aPullRequest({ triggers: [onPull(), onPull({ triggerId: 'named', ...with_ })] });

    expect(await replayDelivery(replayer, delivery, { triggerId: 'named' }, NOW)).toMatchObject([{ triggerId: 'named' }]);
  });

  test.each([
    ['there is not', [onPull()]],
    ["is another workspace's", [onPull({ triggerId: 'named', workspace: 'other' })]],
    ['takes no events', [aTrigger({ triggerId: 'named' })]],
  ])('is a 404 by a trigger that %s', async (_what, triggers) => {
    const { delivery, replayer, inputs } = await aPullRequest({ triggers });

    await expect(replayDelivery(replayer, delivery, { triggerId: 'named' }, NOW)).rejects.toMatchObject({ status: 404 });
    expect(inputs).toEqual([]);
  });

  test('has a name of its own each time, unless it is given one', async () => {
    const { delivery, replayer } = await aPullRequest({ triggers: [onPull()] });
    const idOf = async (name?: string) => (await replayDelivery(replayer, delivery, { name }, NOW))[0]?.activityId;

    expect(await idOf('same')).toBe(await idOf('same'));
    expect(await idOf()).not.toBe(await idOf());
  });

  test('of a webhook is by its own trigger alone', async () => {
    const gate = aReceiver({ triggers: [aTrigger({ auth: 'none' })] });
    await receiveWebhook(gate.receiver, 'hello', aRequest());
    const { replayer, started } = aReplayer(gate, { triggers: [onPull()] });

    expect(await replayDelivery(replayer, deliveryOf(gate), {}, NOW)).toMatchObject([{ triggerId: 'hello', workflowId: 'hello' }]);
    expect(started()).toMatchObject([{ trigger: { id: 'hello', kind: 'webhook' }, event: { source: 'millrace.webhook' } }]);
    await expect(replayDelivery(replayer, deliveryOf(gate), { triggerId: 'on-pull' }, NOW)).rejects.toMatchObject({ status: 409 });
  });

  test('of a workflow that is gone is a 409, and starts nothing', async () => {
    const { delivery, replayer, inputs, runs } = await aPullRequest({ triggers: [onPull({ workflowId: 'gone' })] });

    await expect(replayDelivery(replayer, delivery, {}, NOW)).rejects.toMatchObject({
      status: 409,
      message: 'The workflow gone is not there any more.',
    });
    expect([inputs, runs]).toEqual([[], []]);
  });

  test('of which not all runs were started is a 503 with the name that starts the rest', async () => {
    const { delivery, replayer, started } = await aPullRequest({ triggers: [onPull(), onPull({ triggerId: 'second' })] });
    const startLauncher = async (input: string) => {
      if (input.includes('on-pull')) throw new Error('throttled');
      await replayer.startAgain.startLauncher(input);
    };

    const failed = await replayDelivery(
      { ...replayer, startAgain: { ...replayer.startAgain, startLauncher } },
      delivery,
      {},
      NOW,
    ).catch((error) => error);

    const [only, ...more] = started();
    expect(more).toEqual([]);
    expect(failed).toMatchObject({ status: 503, message: expect.stringContaining(`"${only.event['replay-name']}"`) });
  });
});

describe('there is nothing to replay', () => {
  const refused = async (with_: Partial<Delivery>, known: Partial<Replayer> = {}) => {
    const { delivery, replayer, inputs } = await aPullRequest({ triggers: [onPull()] });
    const problem = await replayDelivery({ ...replayer, ...known }, { ...delivery, ...with_ }, {}, NOW).catch((error) => error);
    expect(inputs).toEqual([]);
    expect(problem).toMatchObject({ status: 409 });
    return problem.message;
  };
  const content = beginningOf({ method: 'POST', query: {}, headers: {} }, Buffer.from('{}'));

  test.each(['rejected', 'ignored', 'handshake'] as const)('of what was %s', async (outcome) => {
    expect(await refused({ outcome, eventId: undefined, content })).toContain(`is ${outcome} and made no event`);
  });

  test('of a repeat, which names the first', async () => {
    const first = 'q'.repeat(26);
    expect(await refused({ outcome: 'duplicate', eventId: first })).toContain(`repeats ${first}`);
  });

  test('of what has no body any more, in the table or the bucket', async () => {
    const told = 'not there any more';
    expect(await refused({ content: undefined })).toContain(told);
    expect(await refused({ bodyRef: 's3://payloads/gone.body' }, { readBody: async () => undefined })).toContain(told);
  });

  test('of what came for a subscription that was deleted', async () => {
    expect(await refused({}, { findSubscription: async () => undefined })).toContain('subscription of the delivery was deleted');
  });
});
