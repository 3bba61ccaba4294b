import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { runCommand, send, until } from './client.ts';
import { openStack, type Stack } from './stack.ts';

jest.setTimeout(60_000);

let stack: Stack;
const posted: { text: string }[] = [];
const slack = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  posted.push(JSON.parse(Buffer.concat(chunks).toString()));
  response.end('ok');
});
let slackUrl: string;
beforeAll(async () => {
  stack = await openStack();
  await new Promise<void>((resolve) => slack.listen(0, '127.0.0.1', resolve));
  slackUrl = `http://127.0.0.1:${(slack.address() as AddressInfo).port}/services/T/B/secret`;
}, 120_000);
afterAll(async () => {
  slack.close();
  slack.closeAllConnections();
  await stack.close();
});

const api = (method: string, path: string, json?: object) =>
  send(`${stack.baseUrl}/v1${path}`, { method, token: stack.token, ...(json && { json }) });
const start = async (workflowId: string): Promise<string> =>
  (await send(`${stack.baseUrl}/webhook/${workflowId}`, { method: 'POST', token: stack.token, json: { seconds: 0 } })).json
    .activityId;

describe('who is told of failed runs', () => {
  test('is told once a run, with the link to it; nothing of runs that succeed', async () => {
    const set = await runCommand(stack, ['notifications', 'set', '--email', 'oncall@example.com']);
    expect(set).toMatchObject({ status: 0, stdout: expect.stringMatching(/email: +oncall@example.com/) });
    expect((await api('PUT', '/workflows/e2e-fails/notifications', { slackUrl })).json).toEqual({
      workflowId: 'e2e-fails',
      slack: true,
    });

    const fine = await start('e2e-slow');
    const failed = await start('e2e-fails');

    const [message] = await until(
      async () => posted,
      (messages) => messages.length > 0,
    );
    expect(message?.text).toMatch(/^A run of the workflow e2e-fails failed at /);
    expect(message?.text).toContain(`${stack.baseUrl}/webhook/status/${failed}`);
    await until(
      async () => (await api('GET', `/runs/${fine}`)).json,
      ({ status }) => status === 'SUCCEEDED',
    );
    // What comes in after it has been told of, and would be told after it.
    const later = await start('e2e-fails');
    await until(
      async () => posted,
      (messages) => messages.some(({ text }) => text.includes(later)),
    );
    expect(posted).toHaveLength(2);
  });

  test('can be tried, and is shown without the URL', async () => {
    const before = posted.length;
    expect((await api('POST', '/workflows/e2e-fails/notifications/test')).status).toBe(202);
    await until(
      async () => posted,
      (messages) => messages.length > before,
    );
    expect(posted.at(-1)?.text).toMatch(/^You are told here when runs of the workflow e2e-fails fail\. This is a test/);

    const shown = await runCommand(stack, ['notifications', 'show', '--workflow', 'e2e-fails', '--json']);
    expect(JSON.parse(shown.stdout)).toEqual({ workflowId: 'e2e-fails', slack: true });
    expect((await api('PUT', '/workflows/e2e-fails/notifications', { slackUrl: null })).json.slack).toBe(false);
  });

  test.each([
    [{ email: 'nobody' }, '/email'],
    [{ slackUrl: 'http://example.com/x' }, '/slackUrl'],
    [{ topicArn: 'arn:aws:sns:us-east-1:123456789012:else' }, '/topicArn'],
  ])('is refused as %j', async (json, pointer) => {
    const { status, json: problem } = await api('PUT', '/notifications', json);
    expect([status, problem.errors[0].pointer]).toEqual([422, pointer]);
  });
});
