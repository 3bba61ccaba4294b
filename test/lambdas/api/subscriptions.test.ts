import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { saveToken } from '../../../core/tokens/token.repository.ts';
import { declareTrigger } from '../../../core/triggers/trigger.repository.ts';
import { answer } from '../../../lambdas/api/answer.ts';
import { type Api, openApi } from '../../../lambdas/api/api.ts';
import { apiResources, aToken, NOW } from '../../core/builders.ts';
import { aVault } from '../../core/secrets/test-vault.ts';
import { openTestTable } from '../../core/test-table.ts';

const admin = aToken({ scopes: ['admin'] });
const foreigner = aToken({ scopes: ['admin'], workspace: 'other' });
let api: Api;
let close: () => Promise<void>;

beforeAll(async () => {
  const { table, close: closeTable } = await openTestTable();
  close = closeTable;
  const triggerSwitch = { enable: async () => undefined, disable: async () => undefined };
  api = openApi({
    table,
    publicUrl: 'https://api.example',
    triggerSwitch,
    vault: aVault(),
    ...apiResources(),
  });
  for (const { token } of [admin, foreigner]) await saveToken(table, token);
  await declareTrigger(
    table,
    {
      triggerId: 'on-push',
      workspace: 'default',
      workflowId: 'hello',
      kind: 'event',
      enabled: true,
      source: 'millrace.github',
      subscription: 'used',
      types: ['push'],
    },
    NOW,
  );
});
afterAll(() => close());

async function ask(method: string, path: string, json?: unknown, query = {}, text = admin.text) {
  const headers = { authorization: `Bearer ${text}`, 'content-type': 'application/json' };
  const body = Buffer.from(json === undefined ? '' : JSON.stringify(json));
  const answered = await answer(api, path, { method, query, headers, body, receivedAt: NOW });
  return { status: answered.statusCode, body: answered.body === undefined ? undefined : JSON.parse(answered.body) };
}
const create = async (json: object) => (await ask('POST', '/v1/subscriptions', { integration: 'github', ...json })).body;

describe('a subscription', () => {
  test('is created with its secret shown once, and has its URL at once', async () => {
    const { generated, ...view } = await create({ name: 'repo' });
    const [secret] = Object.values(generated);

    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(view).toMatchObject({ status: 'active', events: ['*'], triggers: 0 });
    expect(view.url).toBe(`https://api.example/hooks/github/${view.id}`);
    expect((await ask('GET', '/v1/subscriptions/repo')).body).toEqual(view);
    expect(JSON.stringify((await ask('GET', '/v1/subscriptions')).body)).not.toContain(secret);
  });

  test("waits for the provider's secret, and then signs a sample with it", async () => {
    expect((await create({ integration: 'stripe', name: 'pay' })).status).toBe('pending');
    const rotated = await ask('POST', '/v1/subscriptions/pay/secrets', { value: 'whsec_test' });
    const [event] = (await ask('GET', '/v1/integrations/stripe')).body.events;
    const sample = await ask('POST', '/v1/subscriptions/pay/sample', { type: event.type });

    expect(rotated.body).toMatchObject({ status: 'active', secrets: [{ set: true }] });
    expect(JSON.stringify(rotated.body)).not.toContain('whsec_test');
    expect(sample.body.headers).toHaveProperty('stripe-signature');
    expect(JSON.stringify(sample.body)).not.toContain('whsec_test');
  });

  test('keeps the old secret for the time stated', async () => {
    await create({ name: 'rotated' });
    const { body } = await ask('POST', '/v1/subscriptions/rotated/secrets', { overlapSeconds: 60 });

    expect(body.secrets[0].versions).toEqual([
      { createdAt: NOW.toISOString() },
      { createdAt: NOW.toISOString(), expiresAt: new Date(NOW.getTime() + 60_000).toISOString() },
    ]);
    const none = await ask('POST', '/v1/subscriptions/rotated/secrets', { overlapSeconds: 0 });
    expect(none.body.secrets[0].versions).toHaveLength(1);
  });

  test('in use is neither renamed nor deleted without force', async () => {
    expect((await create({ name: 'used' })).triggers).toBe(1);

    await expect(ask('PUT', '/v1/subscriptions/used', { name: 'else' })).rejects.toMatchObject({ status: 409 });
    await expect(ask('DELETE', '/v1/subscriptions/used')).rejects.toMatchObject({ status: 409 });
    expect((await ask('PUT', '/v1/subscriptions/used', { paused: true })).body.status).toBe('paused');
    expect((await ask('DELETE', '/v1/subscriptions/used', undefined, { force: 'true' })).status).toBe(204);
    await expect(ask('GET', '/v1/subscriptions/used')).rejects.toMatchObject({ status: 404 });
  });

  test("is not another workspace's", async () => {
    await create({ name: 'mine' });
    await expect(ask('GET', '/v1/subscriptions/mine', undefined, {}, foreigner.text)).rejects.toMatchObject({ status: 404 });
  });

  test.each([
    [{ name: 'repo!' }, '/name'],
    [{ name: 'x', integration: 'gitub' }, '/integration'],
    [{ name: 'x', events: [] }, '/events'],
    [{ name: 'x', events: ['a*b'] }, '/events/0'],
    [{ name: 'x', allowedIps: ['10.0.0.0/33'] }, '/allowedIps/0'],
    [{ name: 'x', secrets: { other: 'hush' } }, '/secrets/other'],
    [{ name: 'x', settings: { a: 1 } }, '/settings'],
  ])('%j is refused where it is wrong', async (json, pointer) => {
    const refused = await create(json).catch((error) => error);

    expect(refused).toMatchObject({ status: 422, errors: [{ pointer }] });
    expect(JSON.stringify(refused)).not.toContain('hush');
  });
});
