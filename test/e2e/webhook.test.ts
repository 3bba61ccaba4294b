import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Answer, type Call, send, until } from './client.ts';
import { openStack, type Stack } from './stack.ts';

jest.setTimeout(60_000);

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.close());

const url = (path: string) => `${stack.baseUrl}${path}`;
const post = (triggerId: string, call: Call = {}) =>
  send(url(`/webhook/${triggerId}`), { method: 'POST', token: stack.token, ...call });
const statusOf = (activityId: string, token = stack.token) => send(url(`/webhook/status/${activityId}`), { token });
const runOf = (activityId: string) => send(url(`/v1/runs/${activityId}`), { token: stack.token });
const isOver = ({ json }: Answer) => !['notstarted', 'inProgress', 'waiting'].includes(json?.status);
const ended = (activityId: string) => until(() => statusOf(activityId), isOver);
/** A token of its own for a test. */
const newToken = async (body: Record<string, unknown>): Promise<{ id: string; token: string }> => {
  const { status, json } = await send(url('/v1/tokens'), { token: stack.token, json: { name: 'e2e', ...body } });
  expect(status).toBe(201);
  return json;
};
/** What the workflow e2e-echo was given. */
const inputOf = async (activityId: string) => {
  await ended(activityId);
  return (await runOf(activityId)).json.output;
};
function expectProblem(answer: Answer, status: number) {
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.json).toMatchObject({
    type: expect.any(String),
    title: expect.any(String),
    status,
    detail: expect.stringMatching(/\.$/),
  });
  expect(answer.text).not.toMatch(/\bat \S+ \(|node_modules|mr_[a-z2-7]{16}_/);
}

describe('the first run', () => {
  test('is accepted, can be asked for at once, and ends with its steps', async () => {
    const accepted = await post('hello', { json: { name: 'Ada' } });

    expect(accepted.status).toBe(202);
    const { activityId, statusUrl } = accepted.json;
    expect(accepted.json).toEqual({ activityId, statusUrl: url(`/webhook/status/${activityId}`) });
    expect(accepted.headers.get('location')).toBe(statusUrl);
    expect(activityId).toMatch(/^[a-z2-7]{26}-hello$/);

    const atOnce = await send(statusUrl, { token: stack.token });
    expect(atOnce.status).toBe(200);
    expect(['notstarted', 'inProgress', 'waiting']).toContain(atOnce.json.status);

    const { json } = await ended(activityId);
    expect(json).toEqual({
      id: activityId,
      creationDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      duration: expect.any(Number),
      status: 'completed',
      workflowId: 'hello',
      workflowRevisionId: '1',
      trigger: 'webhook',
      teamName: 'default',
      steps: expect.any(Array),
    });
    const names = json.steps.map((step: { taskName: string }) => step.taskName);
    expect(names).toEqual(['ReadRequest', 'IsNamed', 'Greet', 'Pause', 'Answer']);
    for (const [index, step] of json.steps.entries()) {
      expect(step).toMatchObject({ activityId, order: index + 1, flowTaskStatus: 'completed', duration: expect.any(Number) });
    }
    expect(json.steps[4].outputs).toEqual({ greeting: 'Hello, Ada!' });
    expect(json.steps[3].duration).toBeGreaterThanOrEqual(900);
  });

  test('shows its steps while it goes on', async () => {
    const { json } = await post('e2e-slow', { json: { seconds: 3 } });
    const waiting = await until(
      () => statusOf(json.activityId),
      (answer) => answer.json.status === 'waiting',
    );
    expect(waiting.json.steps).toMatchObject([{ taskName: 'Pause', flowTaskStatus: 'waiting' }]);
    expect((await ended(json.activityId)).json.status).toBe('completed');
  });

  test('of the GitHub sample collects the changed files by author', async () => {
    const event = readFileSync(join(import.meta.dirname, '../../workflows/on-push/event.json'), 'utf8');
    const { json } = await post('on-push', {
      body: event,
      headers: { 'content-type': 'application/json', 'x-github-event': 'push' },
    });
    expect((await ended(json.activityId)).json.status).toBe('completed');
    const output = (await runOf(json.activityId)).json.output;
    const push = JSON.parse(event);
    expect(output.repository).toBe(push.repository.full_name);
    expect(output.authors.length).toBeGreaterThan(0);
    expect(output.authors[0].email).toBe(push.commits[0].author.email);
  });

  test("goes through a Map's iterations and a task of its own", async () => {
    const event = readFileSync(join(import.meta.dirname, '../../workflows/triage-pull-request/event.json'), 'utf8');
    const { json } = await post('triage-pull-request', { body: event, headers: { 'content-type': 'application/json' } });

    await ended(json.activityId);
    const { json: run } = await runOf(json.activityId);

    expect(run).toMatchObject({
      status: 'SUCCEEDED',
      output: { triaged: true, labels: ['size/M', 'area/code', 'area/docs', 'area/tests', 'type/fix'] },
    });
    const names = run.steps.map((step: { taskName: string }) => step.taskName);
    expect(names.filter((name: string) => name === 'WhatIsIt')).toHaveLength(5);
  });
});

describe('a request reaches the workflow', () => {
  const form = new FormData();
  form.append('title', 'Report');
  form.append('file', new File([new Uint8Array([1, 2, 0, 255])], 'data.bin', { type: 'application/x-thing' }));
  const cases: [string, Call, unknown][] = [
    ['a JSON object', { json: { a: [1, null, { b: 'ü' }] } }, { a: [1, null, { b: 'ü' }] }],
    ['a JSON array of one', { json: [1] }, [1]],
    ['an empty JSON array', { json: [] }, []],
    ['a JSON string', { json: 'text' }, 'text'],
    ['JSON null', { json: null }, null],
    ['JSON false', { json: false }, false],
    ['a form', { body: new URLSearchParams('a=1&b=2&a=3') }, { a: ['1', '3'], b: '2' }],
    [
      'a form with a file',
      { body: form },
      { title: 'Report', file: { filename: 'data.bin', contentType: 'application/x-thing', size: 4, base64: 'AQIA/w==' } },
    ],
    ['text', { body: 'grüße', headers: { 'content-type': 'text/plain' } }, 'grüße'],
    ['XML', { body: '<a>1</a>', headers: { 'content-type': 'application/xml' } }, '<a>1</a>'],
    [
      'bytes',
      { body: new Uint8Array([0, 255, 128]), headers: { 'content-type': 'application/octet-stream' } },
      { contentType: 'application/octet-stream', size: 3, base64: 'AP+A' },
    ],
    ['nothing', { headers: { 'content-type': 'application/json' } }, null],
  ];
  test.each(cases)('with %s', async (_what, call, expected) => {
    const { status, json } = await post('e2e-echo', call);
    expect(status).toBe(202);
    expect((await inputOf(json.activityId)).workflow.input.body).toEqual(expected);
  });

  test('with query, headers and method, without what carried the credential', async () => {
    const { json } = await send(url(`/webhook/e2e-echo?a=1&a=2&b=x%2Cy&token=${stack.token}`), {
      method: 'PUT',
      headers: { 'X-Tenant': 'acme', cookie: 'session=secret' },
      json: {},
    });
    const input = await inputOf(json.activityId);
    expect(input).toMatchObject({
      activityId: json.activityId,
      trigger: { id: 'e2e-echo', kind: 'webhook' },
      event: { id: json.activityId.slice(0, 26), type: 'webhook.received' },
      workflow: { id: 'e2e-echo', revision: '1', workspace: 'default' },
    });
    const { method, query, headers } = input.workflow.input;
    expect(method).toBe('PUT');
    expect(query).toEqual({ a: ['1', '2'], b: 'x,y' });
    expect(headers).toMatchObject({ 'x-tenant': 'acme' });
    expect(JSON.stringify(input)).not.toMatch(/mr_|session=secret/);
  });

  test('when it is too large for a run, cut and with a reference to the whole', async () => {
    const { json } = await post('e2e-echo', { json: { id: 7, text: 'x'.repeat(1_000_000) } });
    const input = await inputOf(json.activityId);
    expect(input.event).toMatchObject({
      datatruncated: true,
      dataref: expect.stringMatching(/^s3:\/\/.+\/default\/[a-z2-7]{26}\.json$/),
    });
    expect(input.workflow.input.body.id).toBe(7);
  });

  test('without a token where the trigger asks for none', async () => {
    const { status } = await post('0123456789abcdef0123456789abcdef', { token: undefined, json: {} });
    expect(status).toBe(202);
  });
});

describe('exactly once', () => {
  test('50 parallel requests under one key are one run', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const answers = await Promise.all(Array.from({ length: 50 }, () => post('e2e-echo', { json: { n: 1 }, headers })));

    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(202));
    expect(new Set(answers.map(({ json }) => json.activityId)).size).toBe(1);
    expect(answers.filter(({ json }) => !json.duplicate)).toHaveLength(1);
    const { activityId } = answers[0]?.json ?? {};
    expect((await ended(activityId)).json.steps).toHaveLength(1);
    const { json } = await send(url('/v1/runs?workflowId=e2e-echo&limit=100'), { token: stack.token });
    expect(json.items.filter((run: { activityId: string }) => run.activityId === activityId)).toHaveLength(1);
  });

  test.each(['idempotency-key', 'webhook-id'])(
    'a repeat under the same %s, after the run has ended, is the same run',
    async (name) => {
      const headers = { [name]: crypto.randomUUID() };
      const first = await post('e2e-echo', { json: { n: 1 }, headers });
      await ended(first.json.activityId);
      const again = await post('e2e-echo', { json: { n: 1 }, headers });
      expect(again.json).toEqual({ ...first.json, duplicate: true });
    },
  );

  test('the same body is the same run where the trigger goes by it', async () => {
    const json = { order: crypto.randomUUID() };
    const first = await post('e2e-by-body', { json });
    const again = await post('e2e-by-body', { json });
    expect(again.json).toEqual({ ...first.json, duplicate: true });
  });

  test('one Idempotency-Key with another body is refused', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const first = await post('e2e-echo', { json: { n: 1 }, headers });
    expectProblem(await post('e2e-echo', { json: { n: 2 }, headers }), 422);
    expect((await inputOf(first.json.activityId)).workflow.input.body).toEqual({ n: 1 });
  });
});

describe('a run request', () => {
  test("starts the token's workflow with its properties as params", async () => {
    const { token } = await newToken({ scopes: ['trigger', 'runs:read'], workflowIds: ['e2e-echo'] });
    const { status, json } = await send(url('/webhook/payload'), { json: { token, properties: { amount: 3 } } });
    expect(status).toBe(202);
    expect((await statusOf(json.activityId, token)).json).toMatchObject({ workflowId: 'e2e-echo', trigger: 'manual' });
    expect((await inputOf(json.activityId)).workflow.input).toEqual({ params: { amount: 3 } });
  });

  test('starts the workflow it names', async () => {
    const { json } = await send(url('/webhook/payload'), { json: { token: stack.token, workflowId: 'e2e-echo' } });
    expect((await inputOf(json.activityId)).workflow.input).toEqual({ params: {} });
  });

  test.each([
    ['with another method', { method: 'GET' }, 405],
    ['that is not JSON', { body: 'token=x', headers: { 'content-type': 'text/plain' } }, 415],
    ['with broken JSON', { body: '{', headers: { 'content-type': 'application/json' } }, 400],
    ['without a token', { json: {} }, 401],
  ])('%s is refused', async (_what, call, status) => {
    expectProblem(await send(url('/webhook/payload'), call), status);
  });
});

describe('a run that goes wrong', () => {
  test('by a Fail state shows as a failure', async () => {
    const { json } = await post('e2e-fails', { json: {} });
    expect((await ended(json.activityId)).json).toMatchObject({
      status: 'failure',
      steps: [{ taskName: 'Refuse', flowTaskStatus: 'failure' }],
    });
    expect((await runOf(json.activityId)).json).toMatchObject({
      status: 'FAILED',
      error: 'Order.Refused',
      cause: 'The order was refused.',
    });
  });

  test('by a task that throws shows as a failure with its error', async () => {
    const { json } = await post('e2e-throws', { json: {} });
    expect((await ended(json.activityId)).json.status).toBe('failure');
    expect((await runOf(json.activityId)).json).toMatchObject({ status: 'FAILED', error: 'Explosion' });
  });
});

describe('cancelling', () => {
  const cancel = (activityId: string, token = stack.token) =>
    send(url(`/webhook/status/${activityId}`), { method: 'DELETE', token });

  test('ends a run that goes on', async () => {
    const { json } = await post('e2e-slow', { json: { seconds: 300 } });
    await until(
      () => statusOf(json.activityId),
      (answer) => answer.json.status === 'waiting',
    );
    const answer = await cancel(json.activityId);
    expect(answer.status).toBe(200);
    expect((await ended(json.activityId)).json.status).toBe('cancelled');
    expect((await cancel(json.activityId)).status).toBe(200);
  });

  test('reaches a run that has hardly begun, and it stays cancelled', async () => {
    const { json } = await post('e2e-slow', { json: { seconds: 300 } });
    expect((await cancel(json.activityId)).json.status).toBe('cancelled');
    const after = await post('e2e-slow', { json: { seconds: 1 } });
    await ended(after.json.activityId);
    expect((await statusOf(json.activityId)).json.status).toBe('cancelled');
  });

  test('a run that has ended is refused with 409', async () => {
    const { json } = await post('e2e-echo', { json: {} });
    await ended(json.activityId);
    expectProblem(await cancel(json.activityId), 409);
  });
});

describe('tokens', () => {
  test('wrong, malformed and missing ones are answered alike', async () => {
    const wrong = `${stack.token.slice(0, -6)}AAAAAA`;
    const answers = await Promise.all([wrong, 'abc', undefined].map((token) => post('hello', { token, json: {} })));
    for (const answer of answers) expectProblem(answer, 401);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expectProblem(await post('nowhere', { token: undefined, json: {} }), 401);
  });

  test('an expired one is refused', async () => {
    const expiresAt = new Date(Date.now() + 1_500).toISOString();
    const { token } = await newToken({ scopes: ['trigger'], expiresAt });
    const answer = await until(
      () => post('e2e-echo', { token, json: {} }),
      ({ status }) => status !== 202,
    );
    expectProblem(answer, 401);
  });

  test('a revoked one is refused within seconds, and its last use is known to the hour', async () => {
    const { id, token } = await newToken({ scopes: ['trigger'] });
    expect((await post('e2e-echo', { token, json: {} })).status).toBe(202);
    const listed = await until(
      () => send(url(`/v1/tokens/${id}`), { token: stack.token }),
      ({ json }) => json.lastUsedAt !== undefined,
    );
    expect(listed.json.lastUsedAt).toMatch(/:00:00\.000Z$/);
    expect((await send(url(`/v1/tokens/${id}`), { method: 'DELETE', token: stack.token })).status).toBe(204);
    const answer = await until(
      () => post('e2e-echo', { token, json: {} }),
      ({ status }) => status !== 202,
    );
    expectProblem(answer, 401);
  });

  test("one for a workflow neither starts nor reads nor cancels another's runs, and can't tell them from unknown ones", async () => {
    const { json } = await post('e2e-echo', { json: {} });
    const { token } = await newToken({ scopes: ['trigger', 'runs:read', 'runs:cancel'], workflowIds: ['hello'] });
    const unknownRun = `${'a'.repeat(26)}-e2e-echo`;

    expectProblem(await post('e2e-echo', { token, json: {} }), 404);
    expect((await post('e2e-echo', { token, json: {} })).text).toBe((await post('nowhere', { token, json: {} })).text);
    expectProblem(await statusOf(json.activityId, token), 404);
    expect((await statusOf(json.activityId, token)).text).toBe((await statusOf(unknownRun, token)).text);
    expectProblem(await send(url(`/webhook/status/${json.activityId}`), { method: 'DELETE', token }), 404);
  });

  test('one without the scope is refused with 403', async () => {
    const { token } = await newToken({ scopes: ['runs:read'] });
    expectProblem(await post('e2e-echo', { token, json: {} }), 403);
    expectProblem(await send(url('/v1/triggers'), { token }), 403);
  });
});

describe('bad input', () => {
  test('a method that is not allowed is told which are', async () => {
    const answer = await post('e2e-echo', { method: 'DELETE' });
    expectProblem(answer, 405);
    expect(answer.headers.get('allow')).toBe('POST, PUT, GET');
  });

  const json = { 'content-type': 'application/json' };
  test.each([
    ['broken JSON', { body: '{"a":', headers: json }, 400],
    [
      'JSON that is no UTF-8',
      { body: new Uint8Array([0x22, 0xff, 0x22]), headers: { 'content-type': 'application/vnd.a+json' } },
      400,
    ],
    ['10,000 levels', { body: '['.repeat(10_000) + ']'.repeat(10_000), headers: json }, 422],
    ['half a surrogate pair', { body: '{"a":"\\ud800"}', headers: json }, 422],
    ['a huge integer', { body: `[${'9'.repeat(400)}]`, headers: json }, 422],
    ['a compressed body', { body: 'x', headers: { ...json, 'content-encoding': 'br' } }, 415],
    ['a body over the limit', { body: 'x'.repeat(4 * 1024 * 1024 + 1), headers: { 'content-type': 'text/plain' } }, 413],
    ['a broken multipart form', { body: 'x', headers: { 'content-type': 'multipart/form-data' } }, 400],
    ['an overlong key', { json: {}, headers: { 'idempotency-key': 'k'.repeat(300) } }, 400],
  ])('%s is refused', async (_what, call, status) => {
    expectProblem(await post('e2e-echo', call), status);
  });

  test.each([
    ['a __proto__ key', '{"__proto__":{"a":1},"b":2}'],
    ['a key twice', '{"a":1,"a":2}'],
    ['100 levels', '['.repeat(100) + ']'.repeat(100)],
    ['escaped control characters', '{"a":"\\u0000\\u001f"}'],
  ])('%s is taken and the run ends well', async (_what, body) => {
    const { status, json: accepted } = await post('e2e-echo', { body, headers: json });
    expect(status).toBe(202);
    expect((await ended(accepted.activityId)).json.status).toBe('completed');
  });

  test.each([
    ['/nowhere', 404],
    ['/webhook', 404],
    ['/v1/nowhere', 404],
    [`/webhook/status/${'a'.repeat(26)}-hello`, 404],
    ['/webhook/status/x', 404],
    ['/v1/runs/x', 404],
    ['/v1/runs?limit=0', 422],
    ['/v1/runs?cursor=%00', 400],
  ])('%s is answered with a problem', async (path, status) => {
    const answer = await send(url(path), { token: stack.token });
    expectProblem(answer, answer.status === 400 && status === 422 ? 400 : status);
  });
});

describe('the management API', () => {
  test('lists triggers, workflows, tokens and runs, page by page', async () => {
    const triggers = await send(url('/v1/triggers?limit=100'), { token: stack.token });
    expect(triggers.json.items).toContainEqual(
      expect.objectContaining({ id: 'hello', kind: 'webhook', workflowId: 'hello', enabled: true, url: url('/webhook/hello') }),
    );
    const workflows = await send(url('/v1/workflows?limit=100'), { token: stack.token });
    expect(workflows.json.items.length).toBeGreaterThanOrEqual(2);
    const tokens = await send(url('/v1/tokens?limit=100'), { token: stack.token });
    expect(tokens.text).not.toMatch(/secretHash|mr_[a-z2-7]{16}_/);

    for (let n = 0; n < 5; n++) await ended((await post('e2e-by-body', { json: { n: crypto.randomUUID() } })).json.activityId);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await send(url(`/v1/runs?triggerId=e2e-by-body&limit=2${cursor ? `&cursor=${cursor}` : ''}`), {
        token: stack.token,
      });
      seen.push(...page.json.items.map((run: { activityId: string }) => run.activityId));
      cursor = page.json.next;
    } while (cursor);
    expect(seen.length).toBeGreaterThanOrEqual(5);
    expect(new Set(seen).size).toBe(seen.length);
  });

  test('needs an admin token', async () => {
    expectProblem(await send(url('/v1/triggers')), 401);
  });
});

describe("a workflow's input", () => {
  test('holds for webhooks: 422 names each fault, and what fits runs', async () => {
    const refused = await post('e2e-strict?page=two', { json: { items: [{}, { sku: 'a', count: 0 }] } });

    expectProblem(refused, 422);
    expect(refused.json.errors).toEqual([
      { pointer: '/body/items/0/sku', detail: 'is missing' },
      { pointer: '/body/items/1/count', detail: 'must be 1 at least' },
      { pointer: '/query/page', detail: 'must match the pattern ^\\d+$' },
    ]);

    const accepted = await post('e2e-strict?page=2', { json: { items: [{ sku: 'a', count: 1 }] } });
    expect(accepted.status).toBe(202);
    expect((await ended(accepted.json.activityId)).json.status).toBe('completed');
  });

  test('holds for run requests', async () => {
    const refused = await post('payload', { json: { workflowId: 'e2e-strict', properties: { day: 'today' } } });

    expectProblem(refused, 422);
    expect(refused.json.errors).toEqual([{ pointer: '/properties/day', detail: 'must be of the format date' }]);
  });
});

test('an inactive workflow refuses webhooks and run requests with 409', async () => {
  expectProblem(await post('e2e-asleep', { json: {} }), 409);
  expectProblem(await post('payload', { json: { workflowId: 'e2e-asleep' } }), 409);
});
