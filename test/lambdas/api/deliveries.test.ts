import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Table } from '../../../core/aws/table.ts';
import { beginningOf, keepContent } from '../../../core/deliveries/content.ts';
import { countRejections, saveDelivery } from '../../../core/deliveries/delivery.repository.ts';
import type { Delivery } from '../../../core/deliveries/delivery.ts';
import { createRun } from '../../../core/runs/run.repository.ts';
import { saveToken } from '../../../core/tokens/token.repository.ts';
import { declareTrigger } from '../../../core/triggers/trigger.repository.ts';
import { declareWorkflow } from '../../../core/workflows/workflow.repository.ts';
import { answer } from '../../../lambdas/api/answer.ts';
import { type Api, openApi } from '../../../lambdas/api/api.ts';
import { apiResources, aToken, aTrigger, aWorkflow, NOW } from '../../core/builders.ts';
import { aRun, later } from '../../core/runs/world.ts';
import { aVault } from '../../core/secrets/test-vault.ts';
import { openTestTable } from '../../core/test-table.ts';

const admin = aToken({ scopes: ['admin'] });
const foreigner = aToken({ scopes: ['admin'], workspace: 'other' });
const reader = aToken({ scopes: ['runs:read'] });

const EVENT_ID = 'q'.repeat(26);
const HOOK_EVENT_ID = 'h'.repeat(26);
const bodies = new Map<string, Buffer>();
const launched: string[] = [];
let table: Table;
let close: () => Promise<void>;
let api: Api;
let subscriptionId: string;

beforeAll(async () => {
  ({ table, close } = await openTestTable());
  const resources = apiResources();
  api = openApi({
    table,
    publicUrl: 'https://api.example',
    triggerSwitch: { enable: async () => undefined, disable: async () => undefined },
    vault: aVault(),
    ...resources,
    payloads: { ...resources.payloads, read: async (ref) => bodies.get(ref) },
    startLauncher: async (input) => void launched.push(input),
  });
  await Promise.all([admin, foreigner, reader].map(({ token }) => saveToken(table, token)));
  const onPull = { triggerId: 'on-pull', workspace: 'default', workflowId: 'review', kind: 'event', enabled: true } as const;
  await declareTrigger(table, { ...onPull, source: 'millrace.github', subscription: 'mill', types: ['pull_request.*'] }, NOW);
  await declareTrigger(table, aTrigger(), NOW);
  for (const workflowId of ['hello', 'review']) {
    const { active, updatedAt: _, ...workflow } = aWorkflow({ workflowId });
    await declareWorkflow(table, workflow, active, undefined, NOW);
  }
  ({ id: subscriptionId } = (await ask('POST', '/v1/subscriptions', { integration: 'github', name: 'mill' })).body);
  await Promise.all((await someDeliveries()).map((delivery) => saveDelivery(table, delivery)));
  for (const [triggerId, replayName] of [['on-pull', undefined] as const, ['on-pull-r0000001', 'again'] as const]) {
    await createRun(table, aRun({ activityId: `${EVENT_ID}-${triggerId}`, eventId: EVENT_ID, triggerId: 'on-pull', replayName }));
  }
});
afterAll(() => close());

const request = { method: 'POST', query: { a: '1' }, headers: { 'content-type': 'application/json', 'x-github-event': 'push' } };
const PULL_REQUEST = Buffer.from('{"action":"opened","number":7}');
const BINARY = Buffer.from([0xff, 0xfe, 0]);

/** Oldest first: an event, its repeat, what was refused with a long body, one of a webhook, and another workspace's. */
async function someDeliveries(): Promise<Delivery[]> {
  const common = { workspace: 'default', method: 'POST', bodyHash: '00', outcome: 'accepted', answered: 202 } as const;
  const mill = { ...common, subscriptionId, integration: 'github', type: 'pull_request.opened' };
  const headers = { ...request.headers, 'x-github-event': 'pull_request', 'x-github-delivery': 'd' };
  const kept = await keepContent(
    { ...request, headers },
    PULL_REQUEST,
    { workspace: 'default', deliveryId: EVENT_ID },
    async () => '',
  );
  const long = Buffer.from(`${'é'.repeat(3_000)}`);
  return [
    { ...mill, ...kept, deliveryId: EVENT_ID, eventId: EVENT_ID, sourceIp: '192.0.2.1' },
    { ...mill, deliveryId: 'r'.repeat(26), eventId: EVENT_ID, outcome: 'duplicate' as const, content: kept.content },
    {
      ...mill,
      deliveryId: 'x'.repeat(26),
      outcome: 'rejected' as const,
      reason: 'The signature does not match.',
      answered: 401,
      content: beginningOf(request, long),
    },
    {
      ...common,
      deliveryId: HOOK_EVENT_ID,
      eventId: HOOK_EVENT_ID,
      triggerId: 'hello',
      triggerKind: 'webhook' as const,
      workflowId: 'hello',
      activityId: `${HOOK_EVENT_ID}-hello`,
      content: beginningOf(request, BINARY),
      bodyRef: 's3://payloads/hook.body',
    },
    {
      ...common,
      deliveryId: 'm'.repeat(26),
      eventId: 'm'.repeat(26),
      triggerId: 'manual',
      triggerKind: 'manual' as const,
      workflowId: 'hello',
      activityId: `${'m'.repeat(26)}-manual`,
    },
    { ...common, workspace: 'other', deliveryId: 'z'.repeat(26), triggerId: 'hello', triggerKind: 'webhook' as const },
  ].map((delivery, index) => ({ ...delivery, receivedAt: later(index).toISOString() }));
}

async function ask(method: string, path: string, json?: unknown, query = {}, text = admin.text) {
  const headers = { authorization: `Bearer ${text}`, 'content-type': 'application/json' };
  const body = Buffer.from(json === undefined ? '' : JSON.stringify(json));
  const answered = await answer(api, path, { method, query, headers, body, receivedAt: NOW });
  return { status: answered.statusCode, body: answered.body === undefined ? undefined : JSON.parse(answered.body) };
}
const list = async (query = {}) => (await ask('GET', '/v1/deliveries', undefined, query)).body;
const idsOf = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id.charAt(0)).join('');

describe('the request log', () => {
  test('lists what came in at every subscription and webhook trigger of the workspace, newest first', async () => {
    const { items } = await list();

    expect(idsOf({ items })).toBe('hxrq');
    expect(items[1]).toEqual({
      id: 'x'.repeat(26),
      outcome: 'rejected',
      reason: 'The signature does not match.',
      answered: 401,
      method: 'POST',
      type: 'pull_request.opened',
      receivedAt: later(2).toISOString(),
      subscription: { id: subscriptionId, name: 'mill', integration: 'github' },
    });
    expect(items[0]).toMatchObject({ triggerId: 'hello', workflowId: 'hello', activityId: `${HOOK_EVENT_ID}-hello` });
  });

  test.each([
    [{ subscription: 'mill' }, 'xrq'],
    [{ triggerId: 'hello' }, 'h'],
    [{ workflowId: 'hello' }, 'mh'],
    [{ workflowId: 'review' }, ''],
    [{ outcome: 'accepted' }, 'hq'],
    [{ subscription: 'mill', outcome: 'duplicate' }, 'r'],
  ])('lists those of %j', async (query, ids) => {
    expect(idsOf(await list(query))).toBe(ids);
  });

  test('goes on where a page ended', async () => {
    const first = await list({ limit: '3' });
    const second = await list({ limit: '3', cursor: first.next });

    expect([idsOf(first), idsOf(second)]).toEqual(['hxr', 'q']);
    expect(second.next).toBeUndefined();
  });

  test('tells on its first page how many were not stored in the last hour', async () => {
    expect(await list()).not.toHaveProperty('notStored');
    await countRejections(table, subscriptionId, NOW.toISOString().slice(0, 16), 41);

    const first = await list({ subscription: 'mill', limit: '1' });

    expect(first.notStored).toBe(41);
    expect(await list({ subscription: 'mill', cursor: first.next })).not.toHaveProperty('notStored');
    expect(await list({ triggerId: 'hello' })).not.toHaveProperty('notStored');
  });

  test.each([
    [{ subscription: 'unknown' }, 404],
    [{ triggerId: 'unknown' }, 404],
    [{ workflowId: 'unknown' }, 404],
    [{ triggerId: 'hello', workflowId: 'hello' }, 400],
    [{ subscription: 'mill', triggerId: 'hello' }, 400],
    [{ outcome: 'lost' }, 400],
  ])('is not asked for %j', async (query, status) => {
    await expect(list(query)).rejects.toMatchObject({ status });
  });

  test('asks to name one where a workspace has more than 25 of them', async () => {
    const triggersOf = async () => Array.from({ length: 25 }, (_, index) => aTrigger({ triggerId: `hook${index}` }));
    const crowded = { ...api, subscriptions: { ...api.subscriptions, triggersOf } };
    const from = (query: Record<string, string>) =>
      answer(crowded, '/v1/deliveries', {
        ...request,
        method: 'GET',
        query: { ...query, token: admin.text },
        body: Buffer.alloc(0),
        receivedAt: NOW,
      });

    await expect(from({})).rejects.toMatchObject({ status: 400, message: expect.stringContaining('26 ') });
    expect((await from({ subscription: 'mill' })).statusCode).toBe(200);
  });
});

describe('a delivery', () => {
  test('is shown with its content, and the runs of its event', async () => {
    const { body } = await ask('GET', `/v1/deliveries/${EVENT_ID}`);

    expect(body).toMatchObject({
      id: EVENT_ID,
      eventId: EVENT_ID,
      sourceIp: '192.0.2.1',
      headers: { 'x-github-event': 'pull_request' },
      query: { a: '1' },
      body: PULL_REQUEST.toString(),
      runs: [
        { activityId: `${EVENT_ID}-on-pull`, triggerId: 'on-pull', status: 'QUEUED' },
        { activityId: `${EVENT_ID}-on-pull-r0000001`, replay: 'again' },
      ],
    });
    expect(body.runs[0]).not.toHaveProperty('replay');
    for (const absent of ['bodyTruncated', 'bodySize', 'bodyIsBase64']) expect(body).not.toHaveProperty(absent);
  });

  test('with a long body is shown with its first 4 KB, no character cut in two', async () => {
    const { body } = await ask('GET', `/v1/deliveries/${'x'.repeat(26)}`);

    expect(body).toMatchObject({ body: 'é'.repeat(2_048), bodyTruncated: true, bodySize: 6_000, runs: [] });
  });

  test('whose body is no text is shown in base64', async () => {
    const { body } = await ask('GET', `/v1/deliveries/${HOOK_EVENT_ID}`);

    expect(body).toMatchObject({ body: BINARY.toString('base64'), bodyIsBase64: true });
  });

  test.each(['', '/replay'])("is found by its own workspace alone, also at '%s'", async (rest) => {
    const method = rest === '' ? 'GET' : 'POST';
    const json = rest === '' ? undefined : {};
    const at = (id: string, text?: string) => ask(method, `/v1/deliveries/${id}${rest}`, json, {}, text).catch((error) => error);

    const [foreign, missing] = await Promise.all([at(EVENT_ID, foreigner.text), at('unknown', foreigner.text)]);
    expect(foreign).toMatchObject({ status: 404 });
    expect(JSON.stringify(foreign)).toBe(JSON.stringify(missing));
    expect(await at('a'.repeat(3_000))).toMatchObject({ status: 404 });
    expect(await at(EVENT_ID, reader.text)).toMatchObject({ status: 403 });
    expect(launched).toEqual([]);
  });
});

describe('a replay', () => {
  const replay = (id: string, json: object) => ask('POST', `/v1/deliveries/${id}/replay`, json);

  test('starts the triggers that match, and tells their runs', async () => {
    const { status, body } = await replay(EVENT_ID, { name: 'again' });

    expect(status).toBe(202);
    // The SHA-256 of `again` begins so.
    expect(body).toEqual({
      items: [{ activityId: `${EVENT_ID}-on-pull-rb4c9e14`, triggerId: 'on-pull', workflowId: 'review' }],
    });
    expect(JSON.parse(launched.at(-1) ?? '')).toMatchObject({
      inactiveToo: true,
      event: { 'replay-name': 'again', detail: { subscription: subscriptionId, data: { action: 'opened', number: 7 } } },
    });
    // It can be looked up before the launcher has come to it.
    const [{ activityId }] = body.items;
    expect((await ask('GET', `/v1/runs/${activityId}`)).body).toMatchObject({ activityId, status: 'QUEUED', replay: 'again' });
  });

  test('reads a body that is too large for the table from where it is; 409 when it is there no more', async () => {
    await expect(replay(HOOK_EVENT_ID, {})).rejects.toMatchObject({ status: 409 });
    bodies.set('s3://payloads/hook.body', Buffer.from('{"whole":true}'));

    expect((await replay(HOOK_EVENT_ID, {})).body.items).toMatchObject([{ triggerId: 'hello' }]);
    expect(JSON.parse(launched.at(-1) ?? '')).toMatchObject({ event: { detail: { data: { whole: true } } } });
  });

  test.each([
    ['r', {}, 409],
    ['x', {}, 409],
    ['q', { triggerId: 'unknown' }, 404],
    ['q', { triggerId: 'hello' }, 404],
    ['h', { triggerId: 'on-pull' }, 409],
    ['q', { name: '' }, 422],
    ['q', { name: 'n'.repeat(101) }, 422],
    ['q', { trigger: 'on-pull' }, 422],
  ])('of %s with %j is refused, and starts nothing', async (letter, json, status) => {
    const before = launched.length;
    await expect(replay(letter.repeat(26), json)).rejects.toMatchObject({ status });
    expect(launched).toHaveLength(before);
  });
});

test("the runs of an event are listed, of the own workspace's alone", async () => {
  const runsOf = async (id: string, text?: string) => (await ask('GET', `/v1/events/${id}/runs`, undefined, {}, text)).body.items;

  expect(await runsOf(EVENT_ID)).toMatchObject([
    { activityId: `${EVENT_ID}-on-pull`, workflowId: 'hello', triggerId: 'on-pull', status: 'QUEUED' },
    { activityId: `${EVENT_ID}-on-pull-r0000001`, replay: 'again' },
    { activityId: `${EVENT_ID}-on-pull-rb4c9e14`, replay: 'again' },
  ]);
  expect(await runsOf(EVENT_ID, foreigner.text)).toEqual([]);
  expect(await runsOf('unknown')).toEqual([]);
});
