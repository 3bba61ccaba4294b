import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { receiveWebhook } from '../../../core/triggers/receive-webhook.ts';
import { aReceiver, aRequest, aToken, aTrigger, aWorkflow } from '../builders.ts';

const { token, text } = aToken();
const bearer = { authorization: `Bearer ${text}` };
const known = { tokens: [token], triggers: [aTrigger()] };

describe('a webhook', () => {
  test('becomes one addressed CloudEvent with body, query, headers and method', async () => {
    const gate = aReceiver(known);

    const { activityId, duplicate } = await receiveWebhook(
      gate.receiver,
      'hello',
      aRequest({ headers: { ...bearer, 'x-tenant': 'acme' }, query: { a: ['1', '2'] }, json: { name: 'Ada' } }),
    );

    expect(duplicate).toBe(false);
    expect(gate.published).toHaveLength(1);
    const [event] = gate.published;
    expect(event).toMatchObject({ source: 'millrace.webhook', detailType: 'webhook.received' });
    expect(JSON.parse(event?.detail ?? '')).toEqual({
      specversion: '1.0',
      id: activityId.slice(0, 26),
      source: '/workspaces/default/webhook/hello',
      type: 'webhook.received',
      time: '2026-03-01T12:00:00.000Z',
      datacontenttype: 'application/json',
      data: { name: 'Ada' },
      workspace: 'default',
      depth: 0,
      trigger: { id: 'hello', kind: 'webhook', workflowId: 'hello' },
      request: { method: 'POST', query: { a: ['1', '2'] }, headers: { 'content-type': 'application/json', 'x-tenant': 'acme' } },
    });
  });

  test.each([
    ['in the Authorization header', { headers: bearer }],
    ['in the query', { query: { token: text } }],
    ['in both', { headers: bearer, query: { token: text } }],
    ['beside a cookie', { headers: { ...bearer, cookie: `session=${text}` } }],
  ])('with its token %s passes, and the secret goes no further', async (_where, request) => {
    const gate = aReceiver(known);

    await receiveWebhook(gate.receiver, 'hello', aRequest(request));

    const secret = text.slice(-43);
    const [delivery] = gate.deliveries.values();
    const kept = gunzipSync(delivery?.content ?? '').toString();
    expect(JSON.stringify(gate.published)).not.toContain(secret);
    expect(JSON.stringify([...gate.deliveries])).not.toContain(secret);
    expect(kept).not.toContain(secret);
    expect(JSON.parse(kept).headers).toMatchObject({ 'content-type': 'application/json' });
  });

  test('without authentication keeps a query field named token', async () => {
    const gate = aReceiver({ triggers: [aTrigger({ auth: 'none' })] });

    await receiveWebhook(gate.receiver, 'hello', aRequest({ query: { token: 'x' } }));

    expect(JSON.parse(gate.published[0]?.detail ?? '').request.query).toEqual({ token: 'x' });
  });

  test('without authentication still leaves a token of ours behind', async () => {
    const gate = aReceiver({ triggers: [aTrigger({ auth: 'none' })] });

    await receiveWebhook(gate.receiver, 'hello', aRequest({ headers: bearer, query: { token: text, other: ['x', text] } }));

    expect(JSON.stringify(gate.published)).not.toContain(text.slice(-43));
  });

  const other = aToken({ workflowIds: ['another'] });
  const expired = aToken({ expiresAt: '2026-03-01T12:00:00.000Z' });
  const revoked = aToken({ revokedAt: '2026-02-01T00:00:00.000Z' });
  const reader = aToken({ scopes: ['runs:read'] });
  const tenant = aToken({ workspace: 'other' });
  const tokens = [token, other.token, expired.token, revoked.token, reader.token, tenant.token];
  test.each([
    ['no token', {}, 401],
    ['no token of ours', { headers: { authorization: 'Bearer abc' } }, 401],
    ['a wrong secret', { headers: { authorization: `Bearer ${text.slice(0, -4)}AAAA` } }, 401],
    ['an expired token', { query: { token: expired.text } }, 401],
    ['a revoked token', { query: { token: revoked.text } }, 401],
    ['a token for another workflow', { query: { token: other.text } }, 404],
    ['a token of another workspace', { query: { token: tenant.text } }, 404],
    ['a token without the scope', { query: { token: reader.text } }, 403],
    ['a method that is not allowed', { headers: bearer, method: 'PUT' }, 405],
    ['broken JSON', { headers: bearer, body: Buffer.from('{') }, 400],
    ['a body over 4 MB', { headers: bearer, body: Buffer.alloc(4 * 1024 * 1024 + 1, 0x20) }, 413],
    ['an overlong key', { headers: { ...bearer, 'idempotency-key': 'k'.repeat(256) } }, 400],
  ])('with %s is refused and nothing is published', async (_what, request, status) => {
    const gate = aReceiver({ tokens, triggers: [aTrigger()] });

    await expect(receiveWebhook(gate.receiver, 'hello', aRequest(request))).rejects.toMatchObject({ name: 'Problem', status });

    expect(gate.published).toEqual([]);
    expect(gate.deliveries.size).toBe(0);
  });

  test('for a disabled trigger is refused with 409', async () => {
    const gate = aReceiver({ ...known, triggers: [aTrigger({ enabled: false })] });
    await expect(receiveWebhook(gate.receiver, 'hello', aRequest({ headers: bearer }))).rejects.toMatchObject({ status: 409 });
  });

  test('for an inactive workflow is refused with 409', async () => {
    const gate = aReceiver({ ...known, workflows: [aWorkflow({ active: false })] });
    await expect(receiveWebhook(gate.receiver, 'hello', aRequest({ headers: bearer }))).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('The workflow is not active'),
    });
    expect(gate.published).toEqual([]);
  });

  test("that does not fit the workflow's input is refused with each fault, and nothing is published or kept", async () => {
    const input = {
      body: { type: 'object', properties: { items: { type: 'array', items: { type: 'object', required: ['sku'] } } } },
      query: { required: ['page'] },
      headers: { properties: { 'x-tenant': { type: 'string', pattern: '^[a-z]+$' } } },
    };
    const workflows = [aWorkflow({ input: ['body', 'query', 'headers'] })];
    const gate = aReceiver({ ...known, workflows, input });
    const send = (with_: Parameters<typeof aRequest>[0]) =>
      receiveWebhook(gate.receiver, 'hello', aRequest({ ...with_, headers: { ...bearer, ...with_?.headers } }));

    await expect(send({ json: { items: [{}, { sku: 1 }] }, headers: { 'x-tenant': 'A' } })).rejects.toMatchObject({
      status: 422,
      errors: [
        { pointer: '/body/items/0/sku', detail: 'is missing' },
        { pointer: '/query/page', detail: 'is missing' },
        { pointer: '/headers/x-tenant', detail: 'must match the pattern ^[a-z]+$' },
      ],
    });
    expect(gate.published).toEqual([]);
    expect(gate.deliveries.size).toBe(0);

    await send({ json: { items: [{ sku: 1 }] }, query: { page: '1' }, headers: { 'x-tenant': 'a' } });
    expect(gate.published).toHaveLength(1);
  });

  test('with more than 50 faults is told the first 50', async () => {
    const input = { body: { items: { type: 'string' } } };
    const gate = aReceiver({ ...known, workflows: [aWorkflow({ input: ['body'] })], input });

    const refused = receiveWebhook(gate.receiver, 'hello', aRequest({ headers: bearer, json: Array(60).fill(1) }));

    await expect(refused).rejects.toMatchObject({ status: 422, message: expect.stringContaining('the first 50 of 60') });
    await expect(refused).rejects.toHaveProperty('errors.length', 50);
  });

  test('for an unknown trigger reads like one for a foreign trigger', async () => {
    const gate = aReceiver({ tokens, triggers: [aTrigger()] });
    const answerOf = (triggerId: string, request: Parameters<typeof aRequest>[0]) =>
      receiveWebhook(gate.receiver, triggerId, aRequest(request)).catch((problem) => JSON.stringify(problem));

    expect(await answerOf('nowhere', { query: { token: other.text } })).toBe(
      await answerOf('hello', { query: { token: other.text } }),
    );
    expect(await answerOf('nowhere', {})).toBe(await answerOf('hello', {}));
  });

  test('405 names the methods that are allowed', async () => {
    const gate = aReceiver({ ...known, triggers: [aTrigger({ methods: ['POST', 'PUT'] })] });
    const call = receiveWebhook(gate.receiver, 'hello', aRequest({ headers: bearer, method: 'GET' }));
    await expect(call).rejects.toMatchObject({ headers: { allow: 'POST, PUT' } });
  });

  test('too large for a run travels cut, with the whole in the payload store', async () => {
    const gate = aReceiver(known);
    const json = { id: 9, text: 'x'.repeat(300_000) };

    const { activityId } = await receiveWebhook(gate.receiver, 'hello', aRequest({ headers: bearer, json }));

    const detail = JSON.parse(gate.published[0]?.detail ?? '');
    const eventId = activityId.slice(0, 26);
    expect(detail).toMatchObject({ datatruncated: true, dataref: `s3://payloads/default/${eventId}.json`, data: { id: 9 } });
    expect(Buffer.byteLength(gate.published[0]?.detail ?? '')).toBeLessThanOrEqual(240 * 1024);
    expect(gate.payloads).toEqual([{ workspace: 'default', eventId, json: JSON.stringify(json) }]);
  });
});

describe('a webhook sent again', () => {
  test.each([
    ['Idempotency-Key', { 'idempotency-key': 'k1' }],
    ['webhook-id', { 'webhook-id': 'msg_1' }],
    ['ce-source and ce-id', { 'ce-source': '/s', 'ce-id': '1' }],
  ])('under the same %s is the same run, and says so', async (_name, headers) => {
    const gate = aReceiver(known);
    const send = () => receiveWebhook(gate.receiver, 'hello', aRequest({ headers: { ...bearer, ...headers } }));

    const first = await send();
    const second = await send();

    expect(second).toEqual({ activityId: first.activityId, duplicate: true });
  });

  test('without a key is a new run', async () => {
    const gate = aReceiver(known);
    const first = await receiveWebhook(gate.receiver, 'hello', aRequest({ headers: bearer }));
    const second = await receiveWebhook(gate.receiver, 'hello', aRequest({ headers: bearer }));
    expect(second.activityId).not.toBe(first.activityId);
  });

  test('without a key is the same run where the trigger goes by the body', async () => {
    const gate = aReceiver({ ...known, triggers: [aTrigger({ deduplicate: 'body' })] });
    const first = await receiveWebhook(gate.receiver, 'hello', aRequest({ headers: bearer }));
    const second = await receiveWebhook(gate.receiver, 'hello', aRequest({ headers: bearer }));
    const another = await receiveWebhook(gate.receiver, 'hello', aRequest({ headers: bearer, json: { name: 'Bob' } }));
    expect(second).toEqual({ activityId: first.activityId, duplicate: true });
    expect(another.activityId).not.toBe(first.activityId);
  });

  test('under one Idempotency-Key with another body is 422, and the other body is never published', async () => {
    const gate = aReceiver(known);
    const headers = { ...bearer, 'idempotency-key': 'k1' };
    await receiveWebhook(gate.receiver, 'hello', aRequest({ headers }));

    const other = receiveWebhook(gate.receiver, 'hello', aRequest({ headers, json: { name: 'Mallory' } }));

    await expect(other).rejects.toMatchObject({ status: 422 });
    expect(JSON.stringify(gate.published)).not.toContain('Mallory');
  });

  test('under one webhook-id with another body is a duplicate', async () => {
    const gate = aReceiver(known);
    const headers = { ...bearer, 'webhook-id': 'msg_1' };
    await receiveWebhook(gate.receiver, 'hello', aRequest({ headers }));
    const again = await receiveWebhook(gate.receiver, 'hello', aRequest({ headers, json: { attempt: 2 } }));
    expect(again.duplicate).toBe(true);
  });
});
