import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { applyStatusChange } from '../../../core/runs/apply-status-change.ts';
import type { HistoryEvent } from '../../../core/runs/history-event.ts';
import { createRun } from '../../../core/runs/run.repository.ts';
import { runService } from '../../../core/runs/run-service.ts';
import { saveToken } from '../../../core/tokens/token.repository.ts';
import { answer } from '../../../lambdas/api/answer.ts';
import { type Api, openApi } from '../../../lambdas/api/api.ts';
import { apiResources, aToken, NOW } from '../../core/builders.ts';
import { ACTIVITY_ID, aChange, aDelivery, aRun, later, openWorld, SUCCEEDED } from '../../core/runs/world.ts';
import { aVault } from '../../core/secrets/test-vault.ts';

const admin = aToken({ scopes: ['admin'] });
const EVENT_ID = ACTIVITY_ID.slice(0, 26);
const URL_OF_CALLBACK = `https://api.example/callback/${'c'.repeat(26)}?expires=1&signature=${'s'.repeat(43)}`;

let world: Awaited<ReturnType<typeof openWorld>>;
let api: Api;
beforeAll(async () => {
  world = await openWorld();
  const turn = async () => undefined;
  const resources = { publicUrl: 'https://api.example', triggerSwitch: { enable: turn, disable: turn }, vault: aVault() };
  api = { ...openApi({ table: world.table, ...resources, ...apiResources() }), runs: runService(world.parts) };
  await saveToken(world.table, admin.token);
});
afterAll(() => world.close());

const show = async (activityId: string) => {
  const headers = { authorization: `Bearer ${admin.text}` };
  const asked = { method: 'GET', query: {}, headers, body: Buffer.from(''), receivedAt: later(5) };
  const { body } = await answer(api, `/v1/runs/${activityId}`, asked);
  return JSON.parse(body ?? '');
};

describe('a run', () => {
  test('is shown with its event and delivery before it has begun', async () => {
    await world.deliver(aDelivery({ type: 'webhook.received' }));

    expect(await show(ACTIVITY_ID)).toMatchObject({
      status: 'QUEUED',
      event: { id: EVENT_ID, type: 'webhook.received', depth: 0 },
      delivery: { id: EVENT_ID, outcome: 'accepted', method: 'POST', triggerId: 'hello', receivedAt: NOW.toISOString() },
      steps: [],
    });
  });

  test('is shown with what it and its steps were given and gave, without the keys to callbacks', async () => {
    const event = { id: EVENT_ID, source: '/workspaces/default/webhook/hello', type: 'webhook.received', time: NOW.toISOString() };
    const input = { workflow: { input: { body: { url: URL_OF_CALLBACK } } }, event };
    const history: HistoryEvent[] = [
      { id: 1, type: 'ExecutionStarted', timestamp: later(1), executionStartedEventDetails: { input: JSON.stringify(input) } },
      { id: 2, type: 'PassStateEntered', timestamp: later(1), stateEnteredEventDetails: { name: 'A', input: '{"n":1}' } },
    ];
    await createRun(world.table, aRun());
    await applyStatusChange(world.parts, aChange(), later(3));
    world.execute(aChange(), history);

    const { output: _, ...running } = await show(ACTIVITY_ID);
    await applyStatusChange(world.parts, { ...SUCCEEDED, output: JSON.stringify(URL_OF_CALLBACK) }, later(3));
    const ended = await show(ACTIVITY_ID);

    expect(running).toMatchObject({ event: { ...event, depth: 0 }, steps: [{ taskName: 'A', input: { n: 1 }, outputs: {} }] });
    expect(running.input).toEqual({
      ...input,
      workflow: { input: { body: { url: URL_OF_CALLBACK.replace(/s{43}/, '***') } } },
    });
    expect(ended.output).toBe(URL_OF_CALLBACK.replace(/s{43}/, '***'));
  });

  test('of no request has no delivery, and a delivery of another workspace is none of its own', async () => {
    const eventId = 'p'.repeat(26);
    const activityId = `${eventId}-on-failed`;
    await createRun(world.table, aRun({ activityId, eventId, triggerKind: 'event', depth: 2, rerunOf: ACTIVITY_ID }));
    await world.deliver(aDelivery({ deliveryId: eventId, eventId, workspace: 'other', activityId }));

    const shown = await show(activityId);

    expect(shown).toMatchObject({ event: { id: eventId, depth: 2 }, rerunOf: ACTIVITY_ID });
    expect(shown).not.toHaveProperty('delivery');
  });
});
