import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addAnswer } from '../../../core/callbacks/callback.repository.ts';
import { callbackIdOf } from '../../../core/callbacks/callback.ts';
import { openCallback } from '../../../core/callbacks/open-callback.ts';
import { createRun } from '../../../core/runs/run.repository.ts';
import { saveToken } from '../../../core/tokens/token.repository.ts';
import { answer } from '../../../lambdas/api/answer.ts';
import { type Api, openApi } from '../../../lambdas/api/api.ts';
import { apiResources, aToken, NOW } from '../../core/builders.ts';
import { openWorld, type World } from '../../core/callbacks/world.ts';
import { ACTIVITY_ID, aRun } from '../../core/runs/world.ts';
import { aVault } from '../../core/secrets/test-vault.ts';

const admin = aToken({ scopes: ['admin'] });
const foreigner = aToken({ scopes: ['admin'], workspace: 'other' });
const run = { activityId: ACTIVITY_ID, workflowId: 'hello' };

let world: World;
let api: Api;
beforeAll(async () => {
  world = await openWorld();
  const triggerSwitch = { enable: async () => undefined, disable: async () => undefined };
  api = openApi({ ...apiResources(), table: world.table, publicUrl: 'https://api.example', triggerSwitch, vault: aVault() });
  await Promise.all([admin, foreigner].map(({ token }) => saveToken(world.table, token)));
  await createRun(world.table, aRun());
  await openCallback(world, run, { topic: 'open', approvals: 2, approvers: ['ada', 'grace'] }, NOW);
  const decided = await openCallback(world, run, { topic: 'decided' }, NOW);
  const given = { status: 'failed', at: NOW.toISOString(), payload: '{"secret":"hunter2"}' } as const;
  await addAnswer(world.table, decided, { place: '0', answer: given, decision: 'failed' });
});
afterAll(() => world.close());

async function ask(path: string, query: Record<string, string> = {}, { text } = admin) {
  const headers = { authorization: `Bearer ${text}` };
  const { body } = await answer(api, path, { method: 'GET', query, headers, body: Buffer.alloc(0), receivedAt: NOW });
  return JSON.parse(body ?? 'null');
}

test("a run's callbacks are listed, with URLs while they are open, and never with their key or what was answered", async () => {
  const listed = await ask('/v1/callbacks', { activityId: ACTIVITY_ID });
  const [decided, open] = listed.items.toSorted((one: { topic: string }, other: { topic: string }) =>
    one.topic < other.topic ? -1 : 1,
  );

  expect(open).toMatchObject({ ...run, topic: 'open', state: 'open', awaited: false, approvals: { needed: 2, given: 0 } });
  expect(open.urls.map(({ approver }: { approver: string }) => approver)).toEqual(['ada', 'grace']);
  expect(decided).toMatchObject({ topic: 'decided', state: 'failed', decidedAt: NOW.toISOString() });
  expect(decided).not.toHaveProperty('urls');
  expect(JSON.stringify(listed)).not.toMatch(/hunter2|"key"/);
  expect(await ask(`/v1/callbacks/${open.callbackId}`)).toEqual(open);
});

test('of another workspace there is nothing to see', async () => {
  const callbackId = callbackIdOf(ACTIVITY_ID, 'open');
  const refusals = await Promise.all(
    [`/v1/callbacks/${callbackId}`, '/v1/callbacks/unknown'].map((path) =>
      ask(path, {}, foreigner).catch((error) => error.message),
    ),
  );

  expect(refusals).toEqual(['There is no such callback.', 'There is no such callback.']);
  await expect(ask('/v1/callbacks', { activityId: ACTIVITY_ID }, foreigner)).rejects.toMatchObject({ status: 404 });
});
