import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Table } from '../../../core/aws/table.ts';
import { Problem } from '../../../core/errors.ts';
import { BASE32 } from '../../../core/keys.ts';
import { createRun } from '../../../core/runs/run.repository.ts';
import { findToken, saveToken } from '../../../core/tokens/token.repository.ts';
import { declareTrigger } from '../../../core/triggers/trigger.repository.ts';
import type { Trigger } from '../../../core/triggers/trigger.ts';
import { declareWorkflow, findWorkflow } from '../../../core/workflows/workflow.repository.ts';
import { answer } from '../../../lambdas/api/answer.ts';
import { type Api, openApi } from '../../../lambdas/api/api.ts';
import type { ApiRequest } from '../../../lambdas/api/route.ts';
import { apiResources, aToken, aTrigger, aWorkflow, NOW } from '../../core/builders.ts';
import { aRun, later } from '../../core/runs/world.ts';
import { aVault } from '../../core/secrets/test-vault.ts';
import { openTestTable } from '../../core/test-table.ts';

const admin = aToken({ scopes: ['admin'] });
const foreigner = aToken({ scopes: ['admin'], workspace: 'other' });
const bound = aToken({ scopes: ['admin'], workflowIds: ['hello'] });
const reader = aToken({ scopes: ['runs:read'] });

let table: Table;
let close: () => Promise<void>;
let api: Api;
const switched: string[] = [];

const runIds = Array.from({ length: 45 }, (_, index) => `${BASE32[index % 32]}${'a'.repeat(25)}-run${index}`);
const STATUSES = ['SUCCEEDED', 'FAILED', 'QUEUED'] as const;

beforeAll(async () => {
  ({ table, close } = await openTestTable());
  const turn = (to: string) => async (trigger: Trigger) => void switched.push(`${trigger.triggerId} ${to}`);
  api = openApi({
    table,
    publicUrl: 'https://api.example',
    triggerSwitch: { enable: turn('on'), disable: turn('off') },
    vault: aVault(),
    ...apiResources(),
  });
  await Promise.all([admin, foreigner, bound, reader].map(({ token }) => saveToken(table, token)));
  const { active: _active, updatedAt: _updatedAt, ...workflow } = aWorkflow();
  await declareWorkflow(table, workflow, true, undefined, NOW);
  await declareTrigger(table, aTrigger(), NOW);
  for (const [index, activityId] of runIds.entries()) {
    await createRun(
      table,
      aRun({
        activityId,
        eventId: activityId.slice(0, 26),
        createdAt: later(index).toISOString(),
        status: STATUSES[index % 3] ?? 'QUEUED',
        workflowId: index % 2 === 0 ? 'hello' : 'on-push',
      }),
    );
  }
});
afterAll(() => close());

const request = (with_: Partial<ApiRequest> & { text?: string; json?: unknown } = {}): ApiRequest => {
  const { text = admin.text, json, ...rest } = with_;
  return {
    method: 'GET',
    query: {},
    headers: { authorization: `Bearer ${text}`, 'content-type': 'application/json' },
    body: Buffer.from(json === undefined ? '' : JSON.stringify(json)),
    receivedAt: NOW,
    ...rest,
  };
};

const ask = async (path: string, with_: Parameters<typeof request>[0] = {}) => {
  const { body, statusCode, headers } = await answer(api, path, request(with_));
  return { statusCode, headers, body: body === undefined ? undefined : JSON.parse(body) };
};

const idsOf = (body: { items: { activityId: string }[] }) => body.items.map(({ activityId }) => activityId);

describe('who may manage', () => {
  test.each([
    ['nobody without a token', { headers: {} }, 401],
    ['nobody with a token in the body', { headers: { 'content-type': 'application/json' }, json: { token: admin.text } }, 401],
    ['no token without the scope admin', { text: reader.text }, 403],
    ['no token that is bound to workflows', { text: bound.text }, 403],
  ])('%s', async (_, with_, status) => {
    await expect(ask('/v1/triggers', with_)).rejects.toMatchObject({ status });
    await expect(ask('/v1/nothing', with_)).rejects.toMatchObject({ status });
  });

  test('a token in the query, which is then no unknown parameter', async () => {
    expect((await ask('/v1/triggers', { headers: {}, query: { token: admin.text } })).statusCode).toBe(200);
  });

  test('an admin sees only the own workspace, and cannot tell the rest from nothing', async () => {
    const from = { text: foreigner.text };
    for (const path of ['/v1/triggers', '/v1/workflows', '/v1/runs']) expect((await ask(path, from)).body).toEqual({ items: [] });
    for (const path of [
      '/v1/triggers/hello',
      '/v1/workflows/hello',
      `/v1/tokens/${admin.token.tokenId}`,
      `/v1/runs/${runIds[0]}`,
    ]) {
      const unknown = `${path.slice(0, path.lastIndexOf('/'))}/unknown`;
      const [foreign, missing] = await Promise.all(
        [ask(path, from), ask(unknown, from)].map((asked) => asked.catch((error) => error)),
      );
      expect(foreign).toBeInstanceOf(Problem);
      expect(JSON.stringify(foreign)).toBe(JSON.stringify(missing));
    }
  });
});

describe('triggers and workflows', () => {
  test('are shown and listed', async () => {
    const trigger = {
      id: 'hello',
      kind: 'webhook',
      workflowId: 'hello',
      enabled: true,
      url: 'https://api.example/webhook/hello',
      methods: ['POST'],
      auth: 'token',
    };
    expect((await ask('/v1/triggers/hello')).body).toEqual(trigger);
    expect((await ask('/v1/triggers', { query: { workflowId: 'hello' } })).body).toEqual({ items: [trigger] });
    expect((await ask('/v1/triggers', { query: { workflowId: 'other' } })).body).toEqual({ items: [] });
    expect((await ask('/v1/workflows/hello')).body).toMatchObject({ id: 'hello', revision: '1', active: true });
    expect((await ask('/v1/workflows')).body.items).toHaveLength(1);
  });

  test('of events and schedules are shown with what they wait for', async () => {
    const common = { workspace: 'default', workflowId: 'hello', enabled: true, resourceArn: 'arn' };
    const listens = { source: 'millrace.authing', types: ['user.*'], filter: { role: ['admin'] } };
    const schedule = { expression: 'cron(0 2 * * ? *)', timezone: 'Europe/Berlin' };
    const params = { days: 1 };
    await declareTrigger(table, { ...common, triggerId: 'on-user', kind: 'event', ...listens }, NOW);
    await declareTrigger(table, { ...common, triggerId: 'nightly', kind: 'schedule', schedule, params }, NOW);
    await declareTrigger(table, { ...common, triggerId: 'off', kind: 'schedule', schedule, enabled: false }, NOW);

    const shown = { workflowId: 'hello', enabled: true };
    expect((await ask('/v1/triggers/on-user')).body).toEqual({ id: 'on-user', kind: 'event', ...shown, ...listens });
    expect((await ask('/v1/triggers/nightly')).body).toEqual({
      id: 'nightly',
      kind: 'schedule',
      ...shown,
      schedule,
      params,
      nextFireAt: '2026-03-02T01:00:00.000Z',
    });
    expect((await ask('/v1/triggers/off')).body).not.toHaveProperty('nextFireAt');
  });

  test('declared again without its filter or params have none', async () => {
    const common = { workspace: 'default', workflowId: 'hello', enabled: true };
    await declareTrigger(
      table,
      { ...common, triggerId: 'again', kind: 'event', source: 's', types: ['t'], filter: { a: [1] } },
      NOW,
    );
    await declareTrigger(table, { ...common, triggerId: 'again', kind: 'event', source: 's', types: ['t'] }, NOW);

    expect((await ask('/v1/triggers/again')).body).not.toHaveProperty('filter');
  });
});

describe('the revisions of a workflow', () => {
  const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine';
  const roll = (workflowId: string, json: unknown, text = admin.text) =>
    ask(`/v1/workflows/${workflowId}/revision`, { method: 'PUT', json, text });

  beforeAll(async () => {
    const revision = (number: string, ...needs: string[]) => ({
      revision: number,
      stateMachineVersionArn: `${MACHINE}:rolls:${number}`,
      createdAt: NOW.toISOString(),
      needs,
    });
    const workflows = [
      aWorkflow({
        workflowId: 'rolls',
        revision: '3',
        stateMachineArn: `${MACHINE}:rolls`,
        stateMachineVersionArn: `${MACHINE}:rolls:3`,
        deployedVersionArn: `${MACHINE}:rolls:3`,
        revisions: [revision('3', 'the task greet'), revision('2', 'the task wave'), revision('1', 'the task greet')],
      }),
      aWorkflow({ workflowId: 'foreign', stateMachineArn: `${MACHINE}:theirs`, stateMachineVersionArn: `${MACHINE}:theirs` }),
    ];
    for (const { active, updatedAt, ...workflow } of workflows) await declareWorkflow(table, workflow, active, undefined, NOW);
  });

  test('are listed, and new runs start the one that is asked for', async () => {
    const listed = async () => (await ask('/v1/workflows/rolls/revisions')).body.items;
    expect(await listed()).toEqual([
      { revision: '3', createdAt: NOW.toISOString(), current: true },
      { revision: '2', createdAt: NOW.toISOString(), current: false },
      { revision: '1', createdAt: NOW.toISOString(), current: false },
    ]);
    const { statusCode, body } = await roll('rolls', { revision: '1' });
    expect({ statusCode, body }).toMatchObject({ statusCode: 200, body: { id: 'rolls', revision: '1' } });
    expect((await listed()).find(({ current }: { current: boolean }) => current)).toMatchObject({ revision: '1' });
    expect(await findWorkflow(table, 'default', 'rolls')).toMatchObject({ stateMachineVersionArn: `${MACHINE}:rolls:1` });
  });

  test.each([
    ['of an unknown workflow', 'nothing', { revision: '1' }, 404],
    ['whose task is gone', 'rolls', { revision: '2' }, 409],
    ['that is not kept', 'rolls', { revision: '7' }, 422],
    ['that is no text', 'rolls', { revision: 1 }, 422],
    ['of an imported state machine', 'foreign', { revision: '1' }, 409],
  ])('one %s is refused', async (_, workflowId, json, status) => {
    await expect(roll(workflowId, json)).rejects.toMatchObject({ status });
  });

  test('are those of the own workspace', async () => {
    await expect(roll('rolls', { revision: '1' }, foreigner.text)).rejects.toMatchObject({ status: 404 });
    await expect(ask('/v1/workflows/rolls/revisions', { text: foreigner.text })).rejects.toMatchObject({ status: 404 });
  });

  test('that were changed meanwhile are left alone', async () => {
    const stale = { ...api, workflows: { ...api.workflows, pointTo: async () => undefined } };
    const asked = request({ method: 'PUT', json: { revision: '1' } });
    await expect(answer(stale, '/v1/workflows/rolls/revision', asked)).rejects.toMatchObject({ status: 409 });
  });
});

describe('a workflow', () => {
  const activate = (workflowId: string, active: unknown) =>
    ask(`/v1/workflows/${workflowId}/active`, { method: 'PUT', json: { active } });

  test('is made inactive with its triggers, and active again with those that are enabled', async () => {
    const { active: _, updatedAt: _at, ...workflow } = aWorkflow({ workflowId: 'pauses', triggerIds: ['on-it', 'off-it', 'gone'] });
    await declareWorkflow(table, workflow, true, undefined, NOW);
    await declareTrigger(table, aTrigger({ triggerId: 'on-it', workflowId: 'pauses' }), NOW);
    await declareTrigger(table, aTrigger({ triggerId: 'off-it', workflowId: 'pauses', enabled: false }), NOW);

    expect((await activate('pauses', false)).body).toMatchObject({ id: 'pauses', active: false });
    expect((await ask('/v1/workflows/pauses')).body).toMatchObject({ active: false });
    expect(switched.splice(0)).toEqual(['on-it off', 'off-it off']);

    expect((await activate('pauses', true)).body).toMatchObject({ active: true });
    expect(switched.splice(0)).toEqual(['on-it on']);
  });

  test('is not made active that does not exist, nor anything but active or inactive', async () => {
    await expect(activate('nothing', true)).rejects.toMatchObject({ status: 404 });
    await expect(activate('hello', 'yes')).rejects.toMatchObject({ status: 422 });
    await expect(ask('/v1/workflows/hello/active')).rejects.toMatchObject({ status: 405, headers: { allow: 'PUT' } });
  });
});

describe('tokens', () => {
  const create = (json: unknown) => ask('/v1/tokens', { method: 'POST', json });

  test('are created with a text that is shown this once, and that works', async () => {
    const { statusCode, headers, body } = await create({ name: 'ci', scopes: ['admin'], expiresIn: 60 });
    expect(statusCode).toBe(201);
    expect(headers?.location).toBe(`https://api.example/v1/tokens/${body.id}`);
    expect(body).toMatchObject({ name: 'ci', scopes: ['admin'], expiresAt: later(60).toISOString() });
    const shown = await ask(`/v1/tokens/${body.id}`, { text: body.token });
    const { token, ...rest } = body;
    expect(shown.body).toMatchObject(rest);
    expect(JSON.stringify([shown, await ask('/v1/tokens')])).not.toContain(token.slice(-43));
  });

  test('never show their hash', async () => {
    expect(JSON.stringify(await ask('/v1/tokens'))).not.toContain(admin.token.secretHash);
  });

  test('are refused once revoked; the first time of it stays', async () => {
    const { body } = await create({ name: 'leaked', scopes: ['admin'], expiresAt: '2099-01-01T00:00:00Z' });
    const revoke = (receivedAt: Date) => ask(`/v1/tokens/${body.id}`, { method: 'DELETE', receivedAt });
    expect((await revoke(later(1))).statusCode).toBe(204);
    await revoke(later(2));
    expect((await findToken(table, body.id))?.revokedAt).toBe(later(1).toISOString());
    await expect(ask('/v1/tokens', { text: body.token })).rejects.toMatchObject({ status: 401 });
  });

  test.each([
    [{ scopes: ['admin'] }, '/name'],
    [{ name: '', scopes: ['admin'] }, '/name'],
    [{ name: 'a', scopes: [] }, '/scopes'],
    [{ name: 'a', scopes: ['trigger', 'root'] }, '/scopes/1'],
    [{ name: 'a', scopes: ['trigger'], workflowIds: ['a/b'] }, '/workflowIds/0'],
    [{ name: 'a', scopes: ['trigger'], expiresIn: 0.5 }, '/expiresIn'],
    [{ name: 'a', scopes: ['trigger'], expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
    [{ name: 'a', scopes: ['trigger'], 'a/b~c': 1 }, '/a~1b~0c'],
    [JSON.parse('{"name":"a","scopes":["trigger"],"__proto__":{}}'), '/__proto__'],
  ])('are not created of %j, which is wrong at %s', async (json, pointer) => {
    await expect(create(json)).rejects.toMatchObject({
      status: 422,
      errors: expect.arrayContaining([expect.objectContaining({ pointer })]),
    });
  });

  test('are created of JSON alone', async () => {
    const form = { method: 'POST', headers: { authorization: `Bearer ${admin.text}`, 'content-type': 'text/plain' } };
    await expect(ask('/v1/tokens', form)).rejects.toMatchObject({ status: 415 });
    await expect(ask('/v1/tokens', { method: 'POST', body: Buffer.from('{"name"') })).rejects.toMatchObject({ status: 400 });
  });

  test('of any body are created or refused, never a fault', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (text) => {
        const asked = answer(
          { ...api, saveToken: async () => undefined },
          '/v1/tokens',
          request({ method: 'POST', body: Buffer.from(text) }),
        );
        await asked.catch((error) => expect(error).toBeInstanceOf(Problem));
      }),
      { numRuns: 50 },
    );
  });
});

test.each(['/v1/triggers/', '/v1/workflows/', '/v1/tokens/', '/v1/runs/'])(
  'there is nothing at %s and an id too long for the table',
  async (path) => {
    await expect(ask(`${path}${'a'.repeat(3_000)}`)).rejects.toMatchObject({ status: 404 });
  },
);

describe('runs', () => {
  const newest = runIds.toReversed();

  test('are listed newest first over all pages', async () => {
    const first = await ask('/v1/runs', { query: { limit: '30' } });
    const second = await ask('/v1/runs', { query: { limit: '30', cursor: first.body.next } });
    expect([...idsOf(first.body), ...idsOf(second.body)]).toEqual(newest);
    expect(second.body.next).toBeUndefined();
    expect(idsOf((await ask('/v1/runs')).body)).toHaveLength(20);
  });

  test.each([
    [{ status: 'FAILED' }, (index: number) => index % 3 === 1],
    [{ status: 'SUCCEEDED' }, (index: number) => index % 3 === 0],
    [{ workflowId: 'hello' }, (index: number) => index % 2 === 0],
    [{ workflowId: 'on-push', status: 'QUEUED' }, (index: number) => index % 2 === 1 && index % 3 === 2],
    [{ triggerId: 'none' }, () => false],
  ])('are found by %j', async (query, isMeant) => {
    const expected = newest.filter((id) => isMeant(runIds.indexOf(id)));
    const { body } = await ask('/v1/runs', { query: { ...query, limit: '100' } });
    expect(body).toEqual({ items: expect.anything() });
    expect(idsOf(body)).toEqual(expected);
  });

  test('are shown with their steps; one that ended is not cancelled', async () => {
    const queued = runIds[2];
    expect((await ask(`/v1/runs/${queued}`)).body).toMatchObject({
      activityId: queued,
      status: 'QUEUED',
      trigger: 'webhook',
      steps: [],
    });
    const ended = ask(`/v1/runs/${runIds[0]}`, { method: 'DELETE' });
    await expect(ended).rejects.toMatchObject({ status: 409 });
  });
});

describe('a request that fits nothing', () => {
  test.each([
    [{ limit: '0' }, 'limit'],
    [{ limit: '101' }, 'limit'],
    [{ limit: ['1', '2'] }, 'limit'],
    [{ cursor: 'nonsense' }, 'cursor'],
    [{ status: 'done' }, 'status'],
    [{ page: '2' }, 'page'],
  ])('is a 400 that names the parameter of %j', async (query, parameter) => {
    await expect(ask('/v1/runs', { query: query as ApiRequest['query'] })).rejects.toMatchObject({
      status: 400,
      errors: [expect.objectContaining({ parameter })],
    });
  });

  test('is a 404 for a path and a 405 with Allow for a method', async () => {
    for (const path of ['/v1/', '/v1/nothing', '/v1/runs/a/b']) await expect(ask(path)).rejects.toMatchObject({ status: 404 });
    await expect(ask('/v1/tokens', { method: 'PUT' })).rejects.toMatchObject({ status: 405, headers: { allow: 'GET, POST' } });
    await expect(ask('/v1/runs/x', { method: 'POST' })).rejects.toMatchObject({ status: 405, headers: { allow: 'GET, DELETE' } });
  });
});

test('the OpenAPI document describes every route with its parameters, body and answer', async () => {
  const { body } = await ask('/v1/openapi.json');
  expect(body.openapi).toBe('3.1.0');
  expect(Object.keys(body.paths)).toHaveLength(38);
  expect(body.paths['/v1/runs'].get.parameters.map(({ name }: { name: string }) => name)).toContain('status');
  const { schema } = body.paths['/v1/tokens'].post.requestBody.content['application/json'];
  expect(schema).toMatchObject({ type: 'object', required: ['name', 'scopes'], additionalProperties: false });
  expect(body.paths['/v1/tokens'].post.responses['201']).toBeDefined();
});
