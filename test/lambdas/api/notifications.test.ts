import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Table } from '../../../core/aws/table.ts';
import type { Failure } from '../../../core/notifications/notice.ts';
import { findRecipients } from '../../../core/notifications/recipients.repository.ts';
import { slackOwner } from '../../../core/notifications/recipients.ts';
import { saveToken } from '../../../core/tokens/token.repository.ts';
import { declareWorkflow } from '../../../core/workflows/workflow.repository.ts';
import { answer } from '../../../lambdas/api/answer.ts';
import { type Api, openApi } from '../../../lambdas/api/api.ts';
import { apiResources, aToken, aWorkflow, NOW } from '../../core/builders.ts';
import { aVault } from '../../core/secrets/test-vault.ts';
import { openTestTable } from '../../core/test-table.ts';

const admin = aToken({ scopes: ['admin'] });
const foreigner = aToken({ scopes: ['admin'], workspace: 'other' });
const vault = aVault();
const asked: string[] = [];
const published: Failure[] = [];
let table: Table;
let close: () => Promise<void>;
let api: Api;
beforeAll(async () => {
  ({ table, close } = await openTestTable());
  api = openApi({
    table,
    publicUrl: 'https://api.example',
    triggerSwitch: { enable: async () => undefined, disable: async () => undefined },
    vault,
    ...apiResources(),
    subscribe: async (address) => void asked.push(address),
    publish: async ({ detail }) => void published.push(JSON.parse(detail)),
  });
  await Promise.all([admin, foreigner].map(({ token }) => saveToken(table, token)));
  const { active, updatedAt: _, ...workflow } = aWorkflow();
  await declareWorkflow(table, workflow, active, undefined, NOW);
});
afterAll(() => close());

async function ask(method: string, path: string, json?: object, text = admin.text) {
  const { statusCode, body } = await answer(api, path, {
    method,
    query: {},
    headers: { authorization: `Bearer ${text}`, ...(json && { 'content-type': 'application/json' }) },
    body: Buffer.from(json ? JSON.stringify(json) : ''),
    receivedAt: NOW,
  });
  return { status: statusCode, body: body === undefined ? undefined : JSON.parse(body) };
}

const TOPIC = 'arn:aws:sns:us-east-1:123456789012:alerts';
const URL = 'https://hooks.example/services/secret';

test('an address, a topic that the settings name and a webhook are kept, the URL sealed; what is not named stays', async () => {
  await ask('PUT', '/v1/notifications', { email: 'a@example.com', topicArn: TOPIC });
  const { body } = await ask('PUT', '/v1/notifications', { slackUrl: URL });
  expect(body).toEqual({ email: 'a@example.com', topicArn: TOPIC, slack: true });
  expect(asked).toEqual(['a@example.com']);

  const scope = { workspace: 'default' };
  const { slack } = await findRecipients(table, scope);
  expect(Buffer.from(slack ?? []).toString('latin1')).not.toContain('secret');
  expect(slack && (await vault.open(slackOwner(scope), slack))).toBe(URL);

  await ask('PUT', '/v1/notifications', { email: null, topicArn: null });
  expect((await ask('GET', '/v1/notifications')).body).toEqual({ slack: true });
});

test('what is changed side by side is all kept', async () => {
  await Promise.all([
    ask('PUT', '/v1/notifications', { email: 'b@example.com' }),
    ask('PUT', '/v1/notifications', { topicArn: TOPIC }),
    ask('PUT', '/v1/notifications', { slackUrl: URL }),
  ]);
  expect((await ask('GET', '/v1/notifications')).body).toEqual({ email: 'b@example.com', topicArn: TOPIC, slack: true });
});

test.each([
  [{ topicArn: '' }, '/topicArn'],
  [{ slackUrl: 'http://127.0.0.1:9001/2018-06-01/runtime' }, '/slackUrl'],
])('%j is refused', async (json, pointer) => {
  await expect(ask('PUT', '/v1/notifications', json)).rejects.toMatchObject({ status: 422, errors: [{ pointer }] });
});

test("those of a workflow are its own; another workspace's workflow is unknown", async () => {
  await ask('PUT', '/v1/workflows/hello/notifications', { email: 'of-hello@example.com' });
  expect((await ask('GET', '/v1/workflows/hello/notifications')).body).toEqual({
    workflowId: 'hello',
    email: 'of-hello@example.com',
    slack: false,
  });
  await expect(ask('GET', '/v1/workflows/hello/notifications', undefined, foreigner.text)).rejects.toMatchObject({ status: 404 });
  await expect(ask('PUT', '/v1/workflows/none/notifications', { email: 'x@example.com' })).rejects.toMatchObject({ status: 404 });
});

test('a test is an event of its own, each time', async () => {
  await ask('POST', '/v1/notifications/test');
  await ask('POST', '/v1/workflows/hello/notifications/test');
  await ask('POST', '/v1/workflows/hello/notifications/test');
  expect(published.map(({ type, data }) => [type, data])).toEqual([
    ['notification.test', {}],
    ['notification.test', { workflowId: 'hello' }],
    ['notification.test', { workflowId: 'hello' }],
  ]);
  expect(new Set(published.map(({ id }) => id)).size).toBe(3);
});
