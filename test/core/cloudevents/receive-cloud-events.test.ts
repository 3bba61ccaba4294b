import { describe, expect, test } from '@jest/globals';
import { receiveCloudEvents } from '../../../core/cloudevents/receive-cloud-events.ts';
import { aReceiver, aRequest, aToken, aWorkflow } from '../builders.ts';

const sender = aToken();
const bound = aToken({ workflowIds: ['hello'] });
const event = { specversion: '1.0', id: '1', source: '/mill', type: 'grain.milled', data: { kg: 7 }, region: 'north' };

function aWorld(with_: Parameters<typeof aReceiver>[0] = {}) {
  const gate = aReceiver({ tokens: [sender.token, bound.token], ...with_ });
  const receive = (
    json: unknown,
    more: {
      query?: Record<string, string>;
      text?: string;
      type?: string;
      workspace?: string;
      headers?: Record<string, string>;
    } = {},
  ) =>
    receiveCloudEvents(
      gate.receiver,
      more.workspace ?? 'default',
      aRequest({
        json,
        query: more.query ?? {},
        headers: {
          authorization: `Bearer ${more.text ?? sender.text}`,
          'content-type': more.type ?? 'application/cloudevents+json',
          ...more.headers,
        },
      }),
    );
  return { ...gate, receive };
}
const detailOf = (gate: ReturnType<typeof aWorld>, index = 0) => JSON.parse(gate.published[index]?.detail ?? 'null');

describe('a CloudEvent', () => {
  test('is broadcast with the attributes of its sender under ours, and happens once by its source and id', async () => {
    const world = aWorld();
    const first = await world.receive(event);
    const again = await world.receive({ ...event, data: 'other' });

    expect(first).toEqual({ isBatch: false, accepted: [{ eventId: expect.stringMatching(/^[a-z2-7]{26}$/) }] });
    const [{ eventId } = { eventId: '' }] = 'accepted' in first ? first.accepted : [];
    expect(again).toEqual({ isBatch: false, accepted: [{ eventId, duplicate: true }] });
    expect(world.published[0]).toMatchObject({ source: 'millrace.cloudevents', detailType: 'grain.milled' });
    expect(detailOf(world)).toEqual({
      specversion: '1.0',
      id: eventId,
      senderid: '1',
      source: '/mill',
      type: 'grain.milled',
      time: '2026-03-01T12:00:00.000Z',
      datacontenttype: 'application/json',
      data: { kg: 7 },
      region: 'north',
      workspace: 'default',
      depth: 0,
    });
    expect(world.logged).toMatchObject([{ outcome: 'duplicate', eventId }]);
  });

  test.each([
    ['ref', event, { query: { ref: 'hello' } }],
    ['its subject', { ...event, subject: '/hello/milled' }, {}],
  ])('that names a workflow by %s is for that one alone', async (_, json, more) => {
    const world = aWorld();
    const answer = await world.receive(json, { ...more, text: bound.text });

    expect(detailOf(world).trigger).toEqual({ id: 'cloudevents', kind: 'event', workflowId: 'hello' });
    const { eventId, activityId } = ('accepted' in answer && answer.accepted[0]) || { eventId: '', activityId: undefined };
    expect(activityId).toBe(`${eventId}-cloudevents`);
  });

  test.each([
    ['a token of another workspace', event, { workspace: 'other' }, 404],
    ['a bound token without a workflow', event, { text: bound.text }, 404],
    ['an unknown workflow', event, { query: { ref: 'none' } }, 404],
    ['no token', event, { text: 'x' }, 401],
    ['no id', { ...event, id: undefined }, {}, 400],
    ['an attribute of ours', { ...event, depth: 1 }, {}, 400],
  ])('is refused with %s', async (_, json, more, status) => {
    const world = aWorld();

    await expect(world.receive(json, more)).rejects.toMatchObject({ status });
    expect([world.published, [...world.deliveries]]).toEqual([[], []]);
  });

  test('is refused while the workflow it names is inactive', async () => {
    const world = aWorld({ workflows: [aWorkflow({ active: false })] });
    await expect(world.receive(event, { query: { ref: 'hello' } })).rejects.toMatchObject({ status: 409 });
  });
});

describe('a batch', () => {
  const type = 'application/cloudevents-batch+json';

  test('is accepted in its order', async () => {
    const world = aWorld();
    const answer = await world.receive([event, { ...event, id: '2' }], { type });

    expect(answer).toMatchObject({ isBatch: true, accepted: [{}, {}] });
    expect(world.published.map(({ detail }) => JSON.parse(detail).senderid)).toEqual(['1', '2']);
  });

  test('is refused as a whole for one bad event, whose place is named', async () => {
    const world = aWorld();

    await expect(world.receive([event, { ...event, id: '' }], { type })).rejects.toMatchObject({
      status: 400,
      errors: [{ pointer: '/1/id' }],
    });
    await expect(world.receive([event, { ...event, id: '2', subject: '/none/x' }], { type })).rejects.toMatchObject({
      status: 404,
    });
    expect(world.published).toEqual([]);
  });
});

test('the handshake needs no token and publishes nothing', async () => {
  const world = aWorld();
  const headers = { 'webhook-request-origin': 'events.example.com', 'webhook-request-rate': '120' };

  const answer = await receiveCloudEvents(world.receiver, 'default', aRequest({ method: 'OPTIONS', headers }));

  expect(answer).toMatchObject({ terms: { 'webhook-allowed-origin': 'events.example.com', 'webhook-allowed-rate': '120' } });
  expect(world.published).toEqual([]);
});
