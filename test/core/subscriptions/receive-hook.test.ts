import { describe, expect, jest, test } from '@jest/globals';
import { sign } from '@octokit/webhooks-methods';
import fc from 'fast-check';
import { readContent } from '../../../core/deliveries/content.ts';
import type { Delivery } from '../../../core/deliveries/delivery.ts';
import { Problem } from '../../../core/errors.ts';
import { INTEGRATIONS } from '../../../core/integrations/catalogue.ts';
import type { Secrets } from '../../../core/integrations/integration.ts';
import { lark } from '../../../core/integrations/lark/lark.ts';
import { slack } from '../../../core/integrations/slack/slack.ts';
import { receiveHook } from '../../../core/subscriptions/receive-hook.ts';
import type { Subscription } from '../../../core/subscriptions/subscription.ts';
import type { IncomingRequest } from '../../../core/triggers/start.ts';
import { aReceiver, aRequest, aSecret, aSubscription, NOW } from '../builders.ts';

const subscription = aSubscription({ secrets: { secret: [aSecret('the secret')] } });
const { subscriptionId } = subscription;

const open = (with_: Partial<Subscription> = {}) => {
  const gate = aReceiver({ subscriptions: [{ ...subscription, ...with_ }] });
  const { integration } = { ...subscription, ...with_ };
  return { ...gate, send: (request: IncomingRequest) => receiveHook(gate.receiver, integration, subscriptionId, request) };
};

const PULL_REQUEST = { action: 'opened', number: 7, repository: { full_name: 'ada/mill' } };

/** As GitHub signs it: https://github.com/octokit/webhooks-methods.js. */
async function fromGithub({
  json = PULL_REQUEST,
  text = JSON.stringify(json),
  secret = 'the secret',
  ...with_
}: Partial<IncomingRequest> & { json?: unknown; text?: string; secret?: string } = {}) {
  const headers = {
    'x-github-event': 'pull_request',
    'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'x-hub-signature-256': await sign(secret, text),
    ...with_.headers,
  };
  return aRequest({ ...with_, body: Buffer.from(text), headers });
}

const problemOf = async (answer: Promise<unknown>): Promise<Problem> => {
  const problem = await answer.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(problem instanceof Problem)) throw new Error('It was not refused.');
  return problem;
};

describe("a provider's request", () => {
  test('becomes one event of its subscription', async () => {
    const { send, published } = open();

    const answer = await send(await fromGithub());

    expect(answer).toEqual({ status: 202, eventId: expect.stringMatching(/^[a-z2-7]{26}$/) });
    expect(published).toHaveLength(1);
    const [event] = published;
    expect(event).toMatchObject({ source: 'millrace.github', detailType: 'pull_request.opened' });
    expect(JSON.parse(event?.detail ?? '')).toEqual({
      specversion: '1.0',
      id: answer.eventId,
      source: '/workspaces/default/subscriptions/mill',
      type: 'pull_request.opened',
      subject: 'ada/mill',
      time: '2026-03-01T12:00:00.000Z',
      datacontenttype: 'application/json',
      data: PULL_REQUEST,
      workspace: 'default',
      subscription: subscriptionId,
      depth: 0,
    });
  });

  test('costs one write and one publishing, and no look at a trigger or workflow', async () => {
    const gate = aReceiver({ subscriptions: [subscription] });
    const never = jest.fn(async () => undefined);
    const [saveDelivery, publish] = [jest.fn(gate.receiver.saveDelivery), jest.fn(gate.receiver.publish)];
    const others = { logDelivery: never, setDeliveryOutcome: never, noteTokenUse: never, findTrigger: never, findWorkflow: never };
    const receiver = { ...gate.receiver, ...others, saveDelivery, publish };

    await receiveHook(receiver, 'github', subscriptionId, await fromGithub());

    expect(saveDelivery).toHaveBeenCalledTimes(1);
    expect(publish).toHaveBeenCalledTimes(1);
    expect(never).not.toHaveBeenCalled();
  });

  test("is kept as a delivery under the event's id, whole and without its signature", async () => {
    const { send, deliveries } = open();
    const request = await fromGithub({ headers: { authorization: 'Bearer x', cookie: 'a=b' }, sourceIp: '192.0.2.1' });

    const { eventId = '' } = await send(request);

    const delivery = deliveries.get(eventId);
    expect(delivery).toMatchObject({
      deliveryId: eventId,
      eventId,
      subscriptionId,
      integration: 'github',
      type: 'pull_request.opened',
      outcome: 'accepted',
      answered: 202,
      sourceIp: '192.0.2.1',
    });
    expect(delivery).not.toHaveProperty('triggerId');
    const { headers, body } = readContent(delivery?.content ?? new Uint8Array());
    expect(Object.keys(headers).sort()).toEqual(['content-type', 'x-github-delivery', 'x-github-event']);
    expect(body).toEqual(request.body);
  });

  test('sent again is the same event, published again, and a delivery of its own', async () => {
    const { send, published, deliveries, logged } = open();
    const first = await send(await fromGithub());
    const second = await send(await fromGithub({ headers: { 'x-attempt': '2' } }));

    expect(second).toEqual({ ...first, duplicate: true });
    expect(published.map(({ detail }) => JSON.parse(detail).id)).toEqual([first.eventId, first.eventId]);
    expect(deliveries.size).toBe(1);
    expect(logged).toMatchObject([{ outcome: 'duplicate', eventId: first.eventId, answered: 202 }]);
    expect(logged[0]?.deliveryId).not.toBe(first.eventId);
    expect(readContent(logged[0]?.content ?? new Uint8Array()).headers).toMatchObject({ 'x-attempt': '2' });
  });

  test('is another event under another delivery key, in another subscription and in another workspace', async () => {
    const ids = [
      await open().send(await fromGithub()),
      await open().send(await fromGithub({ headers: { 'x-github-delivery': 'another' } })),
      await open({ workspace: 'other' }).send(await fromGithub()),
    ].map(({ eventId }) => eventId);
    const other = aSubscription({ subscriptionId: 'b'.repeat(26) });
    ids.push(
      (await receiveHook(aReceiver({ subscriptions: [other] }).receiver, 'github', other.subscriptionId, await fromGithub()))
        .eventId,
    );
    expect(new Set(ids).size).toBe(4);
  });

  test('fails with 503 when the bus does not take its event', async () => {
    const gate = aReceiver({ subscriptions: [subscription] });
    const down = async () => {
      throw new Error('down');
    };
    const answer = receiveHook({ ...gate.receiver, publish: down }, 'github', subscriptionId, await fromGithub());
    expect((await problemOf(answer)).status).toBe(503);
    expect([...gate.deliveries.values()]).toMatchObject([{ outcome: 'failed', answered: 503 }]);
    expect(gate.logged).toEqual([]);
  });

  test('whose body is too large for the item is kept in the store', async () => {
    const { send, deliveries, bodies } = open();
    const json = { ...PULL_REQUEST, text: 'x'.repeat(600_000) };
    const { eventId = '' } = await send(await fromGithub({ json }));
    expect(deliveries.get(eventId)).toMatchObject({ bodyRef: `s3://payloads/default/${eventId}.body` });
    expect(bodies).toEqual([Buffer.from(JSON.stringify(json))]);
  });
});

describe('what the bus does not take as JSON', () => {
  test.each([
    ['nested deeper than 100 levels', `{"action":"opened","deep":${'['.repeat(150)}${']'.repeat(150)}}`],
    ['with an integer beyond 64 bits', '{"action":"opened","n":123456789012345678901234567890}'],
    ['with half a surrogate pair', '{"action":"opened","s":"\\ud800"}'],
  ])('%s is carried as text', async (_what, text) => {
    const { send, published } = open();
    await send(await fromGithub({ text }));
    expect(published[0]?.detailType).toBe('pull_request.opened');
    expect(JSON.parse(published[0]?.detail ?? '')).toMatchObject({ data: text, datacontenttype: 'text/plain' });
  });

  test('in a form is carried as text, too', async () => {
    const { send, published } = open();
    const depth = 20_000;
    const text = `payload=${encodeURIComponent(`{"action":"opened","deep":${'['.repeat(depth)}${']'.repeat(depth)}}`)}`;
    await send(await fromGithub({ text, headers: { 'content-type': 'application/x-www-form-urlencoded' } }));
    expect(published[0]?.detailType).toBe('pull_request.opened');
    expect(JSON.parse(published[0]?.detail ?? '')).toMatchObject({ datacontenttype: 'text/plain' });
  });
});

describe('a request that makes no event', () => {
  const ignored: [what: string, with_: Partial<Subscription>, headers: Record<string, string>, reason: RegExp][] = [
    ['of a type that the integration does not have', {}, { 'x-github-event': 'made_up' }, /made_up\.opened/],
    [
      'of a type that the subscription does not take',
      { events: ['push', 'issues.*'] },
      {},
      /does not take the type pull_request\.opened/,
    ],
    ['to a paused subscription', { paused: true }, {}, /paused/],
    ['that names no type', {}, { 'x-github-event': '' }, /no type/],
    ['whose type is longer than the bus takes', { events: ['x*'] }, { 'x-github-event': 'x'.repeat(200) }, /longer than 128/],
  ];
  test.each(ignored)('%s is answered as the provider expects, and told with its reason', async (_what, with_, headers, reason) => {
    const { send, published, deliveries, logged } = open(with_);

    const answer = await send(await fromGithub({ headers }));

    expect(answer).toEqual({ status: 202 });
    expect(published).toEqual([]);
    expect(deliveries.size).toBe(0);
    expect(logged).toMatchObject([{ outcome: 'ignored', subscriptionId, answered: 202, reason: expect.stringMatching(reason) }]);
    expect(logged[0]).not.toHaveProperty('eventId');
  });

  test.each([
    ['a prefix', ['pull_request.*']],
    ['its name', ['pull_request.opened']],
    ['a name that the integration does not have', ['*', 'made_up.*']],
  ])('does when the subscription names its type by %s', async (_what, events) => {
    const { send, published } = open({ events });
    await send(await fromGithub({ headers: { 'x-github-event': events.includes('made_up.*') ? 'made_up' : 'pull_request' } }));
    expect(published).toHaveLength(1);
  });

  test('is a handshake, answered and published nowhere, though its subscription is paused', async () => {
    const { send, published, deliveries, logged } = open({ paused: true });
    const answer = await send(await fromGithub({ headers: { 'x-github-event': 'ping' } }));
    expect(answer).toEqual({ status: 200, body: 'pong' });
    expect(published).toEqual([]);
    expect(deliveries.size).toBe(0);
    expect(logged).toMatchObject([{ outcome: 'handshake', answered: 200 }]);
  });
});

describe('a sender that is not believed', () => {
  const wrong: [what: string, request: Promise<IncomingRequest>][] = [
    ['a wrong secret', fromGithub({ secret: 'wrong' })],
    ['no signature', fromGithub({ headers: { 'x-hub-signature-256': '' } })],
    ['a malformed signature', fromGithub({ headers: { 'x-hub-signature-256': 'sha256=zz' } })],
    ['an unknown scheme', fromGithub({ headers: { 'x-hub-signature-256': 'sha1=00' } })],
    ['a signature of another body', fromGithub({ headers: { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` } })],
    ['a handshake with a wrong secret', fromGithub({ secret: 'wrong', headers: { 'x-github-event': 'ping' } })],
  ];
  test.each(wrong)('for %s gets the one 401, and the request log tells why', async (_what, request) => {
    const { send, published, deliveries, logged } = open();

    const problem = await problemOf(send(await request));

    expect(JSON.parse(JSON.stringify(problem))).toEqual({
      type: 'urn:millrace:problem:unauthorized',
      title: 'Unauthorized',
      status: 401,
      detail: 'The sender of this request could not be verified.',
    });
    expect(published).toEqual([]);
    expect(deliveries.size).toBe(0);
    expect(logged).toMatchObject([{ outcome: 'rejected', answered: 401, reason: expect.stringMatching(/signature/i) }]);
    expect(JSON.stringify(problem)).not.toContain(logged[0]?.reason);
    expect(Object.keys(readContent(logged[0]?.content ?? new Uint8Array()).headers)).not.toContain('x-hub-signature-256');
  });

  test('is everybody while the secret is not set, and the log says that', async () => {
    const { send, logged } = open({ secrets: {} });
    expect((await problemOf(send(await fromGithub({ secret: 'any' })))).status).toBe(401);
    expect(logged[0]?.reason).toMatch(/Not all secrets are set/);
  });

  test('is who signs with a secret whose time is over', async () => {
    const versions = [aSecret('new'), aSecret('old', '2026-03-01T12:00:00.001Z'), aSecret('older', '2026-03-01T12:00:00.000Z')];
    const { send } = open({ secrets: { secret: versions } });
    expect((await send(await fromGithub({ secret: 'new' }))).status).toBe(202);
    expect((await send(await fromGithub({ secret: 'old' }))).status).toBe(202);
    expect((await problemOf(send(await fromGithub({ secret: 'older' })))).status).toBe(401);
  });
});

describe('what is refused besides', () => {
  test.each([
    ['an unknown subscription', 'github', 'c'.repeat(26)],
    ["another integration's subscription", 'stripe', subscriptionId],
    ['an integration that there is not', 'nope', subscriptionId],
    ['an integration by the name of a property', 'constructor', subscriptionId],
    ['what can be no id', 'github', 'a'.repeat(3_000)],
  ])('%s is 404, and is kept nowhere', async (_what, integration, id) => {
    const { receiver, logged } = open();
    const problem = await problemOf(receiveHook(receiver, integration, id, await fromGithub()));
    expect(problem).toMatchObject({ status: 404, message: 'There is no such subscription.' });
    expect(logged).toEqual([]);
  });

  test('an id that can be none is not looked up: DynamoDB takes 2,048 bytes', async () => {
    const { receiver } = open();
    const findSubscription = jest.fn(receiver.findSubscription);
    await problemOf(receiveHook({ ...receiver, findSubscription }, 'github', 'a'.repeat(3_000), await fromGithub()));
    expect(findSubscription).not.toHaveBeenCalled();
  });

  test.each(['GET', 'HEAD', 'PUT', 'OPTIONS'])('%s is 405 where the provider has no such handshake', async (method) => {
    const { send, logged } = open();
    expect(await problemOf(send(await fromGithub({ method })))).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(logged).toMatchObject([{ outcome: 'rejected', method, answered: 405 }]);
  });

  test('a body over 4 MB is 413, of which the beginning is kept', async () => {
    const { send, logged } = open();
    const body = Buffer.alloc(4 * 1024 * 1024 + 1, 'x');
    expect((await problemOf(send(aRequest({ body })))).status).toBe(413);
    expect(logged).toMatchObject([{ outcome: 'rejected', answered: 413 }]);
    expect(readContent(logged[0]?.content ?? new Uint8Array())).toMatchObject({ size: body.length, body: body.subarray(0, 4096) });
  });

  test.each([
    ['192.0.2.9', 202],
    ['::ffff:192.0.2.9', 202],
    ['2001:db8::5', 202],
    ['198.51.100.1', 403],
    [undefined, 403],
  ])('from %s where an allow-list is: %s', async (sourceIp, status) => {
    const { send, logged, published } = open({ allowedIps: ['192.0.2.0/24', '2001:db8::/32'] });
    const request = await fromGithub(sourceIp === undefined ? {} : { sourceIp });
    const answered = await send(request).catch((problem: Problem) => problem);
    expect(answered.status).toBe(status);
    expect(published).toHaveLength(status === 202 ? 1 : 0);
    expect(logged.map(({ outcome }) => outcome)).toEqual(status === 202 ? [] : ['rejected']);
  });
});

describe('Lark', () => {
  const secrets = { verificationToken: [aSecret('the token')], encryptKey: [aSecret('the key')] };
  const inClear: Secrets = { verificationToken: ['the token'], encryptKey: ['the key'] };
  const contentOf = (delivery: Delivery | undefined) => readContent(delivery?.content ?? new Uint8Array()).body.toString();
  const sample = async () => {
    const [event] = await lark.events();
    if (!event) throw new Error('Lark has no event.');
    return event;
  };

  test.each([
    ['encrypted', secrets, inClear],
    ['in clear', { verificationToken: secrets.verificationToken }, { verificationToken: ['the token'] }],
  ])('%s is published and kept decrypted, without the token that proves it', async (_what, sealed, opened) => {
    const { send, published, deliveries } = open({ integration: 'lark', secrets: sealed });
    const event = await sample();
    const { method, headers, body } = lark.sign(event.sample, opened, { url: '', now: NOW }, {});

    const { status, eventId = '' } = await send(aRequest({ method, headers, body: Buffer.from(body) }));

    expect(status).toBe(200);
    const { type, data } = JSON.parse(published[0]?.detail ?? '');
    expect(type).toBe(event.type);
    expect(data.event).toEqual(Object(event.sample.body).event);
    const kept = contentOf(deliveries.get(eventId));
    expect(JSON.parse(kept)).toEqual(data);
    expect(kept + published[0]?.detail).not.toContain('the token');
  });

  test('its challenge, which is unsigned, is answered, and the log does not hold the token', async () => {
    const { send, published, logged } = open({ integration: 'lark', secrets: { verificationToken: secrets.verificationToken } });
    const answer = await send(aRequest({ json: { type: 'url_verification', challenge: 'abc', token: 'the token' } }));
    expect(answer).toMatchObject({ status: 200, body: '{"challenge":"abc"}' });
    expect(published).toEqual([]);
    expect(contentOf(logged[0])).toBe('{"type":"url_verification","challenge":"abc"}');
  });
});

describe('Slack', () => {
  test('its challenge is answered before the secret is set, and nothing else is', async () => {
    const { send, published, logged } = open({ integration: 'slack', secrets: {} });
    const answer = await send(aRequest({ json: { type: 'url_verification', challenge: 'abc' } }));
    expect(answer).toMatchObject({ status: 200, body: 'abc' });
    const event = await problemOf(send(aRequest({ json: { type: 'event_callback', event: { type: 'message' } } })));
    expect(event.status).toBe(401);
    expect(published).toEqual([]);
    expect(logged.map(({ outcome }) => outcome)).toEqual(['handshake', 'rejected']);
  });

  test('its retry is the same event', async () => {
    const { send } = open({ integration: 'slack', secrets: { signingSecret: [aSecret('s')] } });
    const [event] = await slack.events();
    const { headers, body } = slack.sign(
      event?.sample ?? { headers: {}, body: {} },
      { signingSecret: ['s'] },
      { url: '', now: NOW },
      {},
    );
    const request = aRequest({ headers, body: Buffer.from(body) });
    const first = await send(request);
    const again = await send({ ...request, headers: { ...request.headers, 'x-slack-retry-num': '1' } });
    expect(again).toEqual({ ...first, duplicate: true });
  });
});

describe('a sender whose verification is declared', () => {
  const settings = {
    verification: { scheme: 'header', header: 'x-key' },
    type: { pointer: '/kind' },
    deliveryKey: { pointer: '/id' },
  };
  const generic = () => open({ integration: 'generic', settings });
  const headers = { 'x-key': 'the secret' };

  test('leaves its header behind', async () => {
    const { send, deliveries, logged } = generic();
    const { eventId = '' } = await send(aRequest({ headers, json: { kind: 'a', id: 1 } }));
    await problemOf(send(aRequest({ headers: { 'x-key': 'guess' } })));
    for (const delivery of [deliveries.get(eventId), logged[0]]) {
      expect(Object.keys(readContent(delivery?.content ?? new Uint8Array()).headers)).toEqual(['content-type']);
    }
  });

  test('may number its events beyond what a number holds', async () => {
    const { send } = generic();
    const at = (id: string) => send(aRequest({ headers, body: Buffer.from(`{"kind":"a","id":${id}}`) }));
    const [first, next, again] = [await at('9007199254740993'), await at('9007199254740992'), await at('9007199254740993')];
    expect(next.eventId).not.toBe(first.eventId);
    expect(again).toEqual({ ...first, duplicate: true });
  });
});

test.each(Object.keys(INTEGRATIONS))(
  'no request to %s raises anything but a refusal, or publishes anything',
  async (integration) => {
    const settings = integration === 'generic' ? { verification: { scheme: 'bearer' }, type: { header: 'x-type' } } : {};
    const secrets = Object.fromEntries(
      ['secret', 'signingSecret', 'verificationToken', 'encryptKey', 'token'].map((name) => [name, [aSecret('the secret')]]),
    );
    const header = fc.constantFrom('content-type', 'authorization', 'x-hub-signature-256', 'x-lark-signature', 'webhook-signature');
    const request = fc.record({
      method: fc.constantFrom('POST', 'GET', 'HEAD', 'PUT'),
      headers: fc.dictionary(header, fc.string()),
      body: fc.oneof(fc.uint8Array(), fc.json()).map((some) => Buffer.from(some as string)),
    });
    await fc.assert(
      fc.asyncProperty(request, async (with_) => {
        const { send, published } = open({ integration, secrets, settings });
        const refusal = await send(aRequest(with_)).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (refusal !== undefined) expect(refusal).toMatchObject({ name: 'Problem', status: expect.any(Number) });
        expect(published).toEqual([]);
      }),
      { numRuns: 60 },
    );
  },
);
