import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Problem } from '../../../core/errors.ts';
import { receiveRunRequest } from '../../../core/triggers/receive-run-request.ts';
import { aReceiver, aRequest, aToken, aWorkflow } from '../builders.ts';

const bound = aToken({ workflowIds: ['hello'] });
const free = aToken();
const reader = aToken({ scopes: ['runs:read'] });
const tokens = [bound.token, free.token, reader.token];
const workflows = [aWorkflow(), aWorkflow({ workflowId: 'other' }), aWorkflow({ workflowId: 'asleep', active: false })];

describe('a run request', () => {
  test("starts the token's workflow with the properties as params", async () => {
    const gate = aReceiver({ tokens, workflows });

    const { activityId } = await receiveRunRequest(
      gate.receiver,
      aRequest({ json: { token: bound.text, properties: { amount: 3 } } }),
    );

    expect(activityId).toMatch(/^[a-z2-7]{26}-manual$/);
    expect(gate.published[0]).toMatchObject({ source: 'millrace.manual', detailType: 'run.requested' });
    const detail = JSON.parse(gate.published[0]?.detail ?? '');
    expect(detail).toMatchObject({ data: { amount: 3 }, trigger: { id: 'manual', kind: 'manual', workflowId: 'hello' } });
    expect(detail).not.toHaveProperty('request');
  });

  test('starts the workflow it names', async () => {
    const gate = aReceiver({ tokens, workflows });
    await receiveRunRequest(gate.receiver, aRequest({ json: { token: free.text, workflowId: 'other' } }));
    expect(JSON.parse(gate.published[0]?.detail ?? '')).toMatchObject({ data: {}, trigger: { workflowId: 'other' } });
  });

  test("whose properties do not fit the workflow's input is refused with each fault, and nothing is published", async () => {
    const input = { params: { required: ['day'], properties: { day: { format: 'date' }, full: { type: 'boolean' } } } };
    const gate = aReceiver({ tokens, workflows: [aWorkflow({ input: ['params'] })], input });
    const send = (properties: object) => receiveRunRequest(gate.receiver, aRequest({ json: { token: bound.text, properties } }));

    await expect(send({ full: 'yes' })).rejects.toMatchObject({
      status: 422,
      errors: [
        { pointer: '/properties/day', detail: 'is missing' },
        { pointer: '/properties/full', detail: 'must be of the type boolean' },
      ],
    });
    expect(gate.published).toEqual([]);

    await send({ day: '2026-03-01' });
    expect(gate.published).toHaveLength(1);
  });

  test('hands on every property, whatever its name', async () => {
    const gate = aReceiver({ tokens, workflows });
    const properties = '{"__proto__":1,"constructor":2,"prototype":3,"toString":4}';
    const body = Buffer.from(`{"token":"${bound.text}","properties":${properties}}`);
    await receiveRunRequest(gate.receiver, aRequest({ headers: { 'content-type': 'application/json' }, body }));
    expect(JSON.stringify(JSON.parse(gate.published[0]?.detail ?? '').data)).toBe(properties);
  });

  test('takes the token from the Authorization header, too', async () => {
    const gate = aReceiver({ tokens, workflows });
    await receiveRunRequest(gate.receiver, aRequest({ headers: { authorization: `Bearer ${bound.text}` }, json: {} }));
    expect(gate.published).toHaveLength(1);
  });

  test('leaves the token behind', async () => {
    const gate = aReceiver({ tokens, workflows });
    await receiveRunRequest(gate.receiver, aRequest({ json: { token: bound.text } }));
    const [delivery] = gate.deliveries.values();
    const kept = gunzipSync(delivery?.content ?? '').toString();
    const body = JSON.parse(kept).text;
    expect(JSON.stringify(gate.published) + JSON.stringify(delivery) + kept + body).not.toContain(bound.text.slice(-43));
    expect(JSON.parse(body)).toEqual({ workflowId: 'hello', properties: {} });
  });

  test('under one Idempotency-Key is one run, even with a new token', async () => {
    const gate = aReceiver({ tokens, workflows });
    const headers = { 'idempotency-key': 'order-1' };
    const first = await receiveRunRequest(gate.receiver, aRequest({ headers, json: { token: bound.text } }));
    const again = await receiveRunRequest(gate.receiver, aRequest({ headers, json: { token: free.text, workflowId: 'hello' } }));
    expect(again).toEqual({ activityId: first.activityId, duplicate: true });
  });

  test.each([
    ['no token', { json: {} }, 401],
    ['a token that is not text', { json: { token: 7 } }, 422],
    ['properties that are no object', { json: { token: free.text, workflowId: 'hello', properties: 'x' } }, 422],
    ['no workflow and a token for all', { json: { token: free.text } }, 422],
    ['a workflow the token is not for', { json: { token: bound.text, workflowId: 'other' } }, 404],
    ['an unknown workflow', { json: { token: free.text, workflowId: 'nowhere' } }, 404],
    ['an inactive workflow', { json: { token: free.text, workflowId: 'asleep' } }, 409],
    ['a token that may only read', { json: { token: reader.text, workflowId: 'hello' } }, 403],
    ['another method', { method: 'GET', json: { token: bound.text } }, 405],
    ['another type', { headers: { 'content-type': 'text/plain' }, json: { token: bound.text } }, 415],
    ['a body that is no object', { json: [1] }, 422],
    ['a body that is one long integer', { body: Buffer.from('12345678901234567') }, 422],
    [
      'properties that are one long integer',
      { body: Buffer.from(`{"token":"${free.text}","workflowId":"hello","properties":12345678901234567}`) },
      422,
    ],
    ['broken JSON', { body: Buffer.from('{"token":') }, 400],
  ])('with %s is refused and nothing is published', async (_what, request, status) => {
    const gate = aReceiver({ tokens, workflows });
    await expect(receiveRunRequest(gate.receiver, aRequest(request))).rejects.toMatchObject({ name: 'Problem', status });
    expect(gate.published).toEqual([]);
  });

  test('names the bad field', async () => {
    const gate = aReceiver({ tokens, workflows });
    const call = receiveRunRequest(gate.receiver, aRequest({ json: { token: free.text, properties: 'x' } }));
    await expect(call).rejects.toMatchObject({ errors: [{ pointer: '/properties', detail: 'must be an object' }] });
  });

  test('of any form raises nothing but a problem', async () => {
    const { receiver } = aReceiver({ tokens, workflows });
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (json) => {
        await receiveRunRequest(receiver, aRequest({ json })).catch((error) => {
          if (!(error instanceof Problem)) throw error;
        });
      }),
    );
  });
});

describe('the request log of a workflow', () => {
  const input = { params: { required: ['day'] } };
  const refusals: [what: string, workflowId: string, status: number, reason: RegExp][] = [
    ['an inactive workflow', 'asleep', 409, /not active/],
    ['properties that do not fit', 'strict', 422, /./],
  ];
  test.each(refusals)('tells of %s, without the token', async (_what, workflowId, status, reason) => {
    const strict = aWorkflow({ workflowId: 'strict', input: ['params'] });
    const gate = aReceiver({ tokens, workflows: [...workflows, strict], input });
    const json = { token: free.text, workflowId, properties: { secret: 1 } };
    await expect(receiveRunRequest(gate.receiver, aRequest({ json }))).rejects.toMatchObject({ status });
    expect(gate.logged).toMatchObject([
      {
        outcome: 'rejected',
        answered: status,
        triggerId: 'manual',
        triggerKind: 'manual',
        workflowId,
        reason: expect.stringMatching(reason),
      },
    ]);
    const kept = gunzipSync(gate.logged[0]?.content ?? '').toString();
    expect(kept).toContain('properties');
    expect(kept).not.toContain(free.text.slice(-43));
  });

  test('is none where no workflow is known yet', async () => {
    const gate = aReceiver({ tokens, workflows });
    await expect(receiveRunRequest(gate.receiver, aRequest({ json: { token: 'x', workflowId: 'hello' } }))).rejects.toMatchObject({
      status: 401,
    });
    await expect(
      receiveRunRequest(gate.receiver, aRequest({ json: { token: free.text, workflowId: 'nope' } })),
    ).rejects.toMatchObject({ status: 404 });
    expect(gate.logged).toEqual([]);
  });
});
