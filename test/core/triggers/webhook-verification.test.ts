import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { readContent } from '../../../core/deliveries/content.ts';
import { verificationSchema } from '../../../core/integrations/generic/verification-schema.ts';
import { receiveWebhook } from '../../../core/triggers/receive-webhook.ts';
import type { TriggerOf } from '../../../core/triggers/trigger.ts';
import { aReceiver, aRequest, aToken, aTrigger, aWorkflow } from '../builders.ts';

/** GitHub's own example: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation */
const SECRET = "It's a Secret to Everybody";
const BODY = Buffer.from('Hello, World!');
const SIGNATURE = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

const verification = v.parse(verificationSchema, { scheme: 'hmac', header: 'X-Hub-Signature-256', prefix: 'sha256=' });
const signed = { 'content-type': 'text/plain', 'x-hub-signature-256': SIGNATURE };

const open = (with_: Partial<TriggerOf<'webhook'>> = {}, triggerSecret: string | undefined = SECRET) => {
  const triggers = [aTrigger({ auth: 'verification', verification, ...with_ })];
  const gate = aReceiver({ triggers, ...(triggerSecret !== '' && { triggerSecret }) });
  const send = (request: Parameters<typeof aRequest>[0]) => receiveWebhook(gate.receiver, 'hello', aRequest(request));
  return { ...gate, send };
};

const contentOf = (content: Uint8Array | undefined) => readContent(content ?? new Uint8Array());

describe('a webhook trigger with a declared verification', () => {
  test('takes what is signed, and keeps no signature', async () => {
    const { send, published, deliveries } = open();
    await send({ headers: signed, body: BODY });
    expect(JSON.parse(published[0]?.detail ?? '')).toMatchObject({
      data: 'Hello, World!',
      request: { headers: { 'content-type': 'text/plain' } },
    });
    expect(published[0]?.detail).not.toContain(SIGNATURE);
    const [delivery] = deliveries.values();
    expect(contentOf(delivery?.content).headers).toEqual({ 'content-type': 'text/plain' });
  });

  test.each([
    ['no signature', { 'x-hub-signature-256': '' }, BODY],
    ['a wrong one', { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }, BODY],
    ['one of another form', { 'x-hub-signature-256': 'nonsense' }, BODY],
    ['that of another body', {}, Buffer.from('Hello, World?')],
  ])('answers %s with the same 401, and tells the reason in the request log', async (_what, headers, body) => {
    const { send, published, deliveries, logged } = open();
    const refused = send({ headers: { ...signed, ...headers }, body });
    await expect(refused).rejects.toMatchObject({ status: 401, message: 'The sender of this request could not be verified.' });
    expect(published).toEqual([]);
    expect(deliveries.size).toBe(0);
    expect(logged).toMatchObject([
      { outcome: 'rejected', answered: 401, triggerId: 'hello', workflowId: 'hello', reason: expect.stringMatching(/signature/) },
    ]);
    expect(contentOf(logged[0]?.content).headers).toEqual({ 'content-type': 'text/plain' });
  });

  test('answers everybody with it while its secret is not set', async () => {
    const { send, logged } = open({}, '');
    await expect(send({ headers: signed, body: BODY })).rejects.toMatchObject({ status: 401 });
    expect(logged[0]?.reason).toMatch(/no secret yet/);
  });

  test.each([
    ['basic', { scheme: 'basic' }, { authorization: `Basic ${Buffer.from(SECRET).toString('base64')}` }],
    ['bearer', { scheme: 'bearer' }, { authorization: 'Bearer the-secret' }],
    ['a static header', { scheme: 'header', header: 'x-key' }, { 'x-key': SECRET }],
  ])('may be by %s, which is left behind', async (_what, scheme, headers) => {
    const { send, published } = open(
      { verification: v.parse(verificationSchema, scheme) },
      scheme.scheme === 'bearer' ? 'the-secret' : SECRET,
    );
    await send({ headers });
    expect(JSON.parse(published[0]?.detail ?? '').request.headers).toEqual({ 'content-type': 'application/json' });
  });

  test('may be by a timestamp in the string to sign, which must be fresh on both sides', async () => {
    const scheme = { scheme: 'hmac', header: 'x-signature', signed: '{timestamp}.{body}', timestamp: { header: 'x-time' } };
    const { send, published } = open({ verification: v.parse(verificationSchema, scheme) });
    const at = (seconds: number) => {
      const time = String(Date.parse('2026-03-01T12:00:00Z') / 1000 + seconds);
      const signature = createHmac('sha256', SECRET).update(`${time}.${BODY}`).digest('hex');
      return send({ headers: { 'content-type': 'text/plain', 'x-time': time, 'x-signature': signature }, body: BODY });
    };
    await at(-300);
    await at(300);
    await expect(at(-301)).rejects.toMatchObject({ status: 401 });
    await expect(at(301)).rejects.toMatchObject({ status: 401 });
    expect(published).toHaveLength(2);
  });
});

describe('a webhook trigger', () => {
  const { token, text } = aToken();
  const reader = aToken({ scopes: ['runs:read'] });
  const bearer = { authorization: `Bearer ${text}` };

  test('without authentication leaves the address to its allow-list', async () => {
    const { send, logged, published } = open({ auth: 'none', allowedIps: ['192.0.2.0/24'] });
    await send({ sourceIp: '192.0.2.1' });
    await expect(send({ sourceIp: '198.51.100.1' })).rejects.toMatchObject({ status: 403 });
    await expect(send({})).rejects.toMatchObject({ status: 403 });
    expect(published).toHaveLength(1);
    expect(logged).toMatchObject([{ answered: 403, sourceIp: '198.51.100.1' }, { answered: 403 }]);
  });

  test('answers as it declares, a repeat too', async () => {
    const response = { status: 200, headers: { 'content-type': 'text/plain' }, body: 'thanks' };
    const { send, deliveries, logged } = open({ auth: 'none', response });
    const headers = { 'webhook-id': 'msg_1' };
    expect(await send({ headers })).toMatchObject({ response, duplicate: false });
    expect(await send({ headers })).toMatchObject({ response, duplicate: true });
    expect([...deliveries.values()]).toMatchObject([{ outcome: 'accepted', answered: 200 }]);
    expect(logged).toMatchObject([{ outcome: 'duplicate', answered: 200, activityId: [...deliveries.values()][0]?.activityId }]);
  });

  test.each([
    ['a header', { header: 'x-id' }, (id: string) => ({ headers: { 'x-id': id } })],
    ['the body', { pointer: '/event/id' }, (id: string) => ({ json: { event: { id } } })],
  ])('may have its delivery key in %s', async (_where, deliveryKey, of) => {
    const { send } = open({ auth: 'none', deliveryKey });
    const first = await send(of('1'));
    expect(await send(of('1'))).toEqual({ ...first, duplicate: true });
    expect((await send(of('2'))).activityId).not.toBe(first.activityId);
  });

  test('whose delivery key is not in the request goes by the headers that everybody knows', async () => {
    const { send } = open({ auth: 'none', deliveryKey: { pointer: '/id' } });
    const first = await send({ headers: { 'idempotency-key': 'k' } });
    expect(await send({ headers: { 'idempotency-key': 'k' } })).toEqual({ ...first, duplicate: true });
  });

  test('may have a number of any length as its delivery key', async () => {
    const { send } = open({ auth: 'none', deliveryKey: { pointer: '/id' } });
    const first = await send({ body: Buffer.from('{"id":9007199254740993}') });
    expect(await send({ body: Buffer.from('{"id":9007199254740993}') })).toEqual({ ...first, duplicate: true });
    expect((await send({ body: Buffer.from('{"id":9007199254740992}') })).activityId).not.toBe(first.activityId);
  });

  test.each([
    ['401', {}, { headers: {} }, 401],
    ['403', {}, { headers: { authorization: `Bearer ${reader.text}` } }, 403],
    ['405', {}, { headers: bearer, method: 'PUT' }, 405],
    ['409', { enabled: false }, { headers: bearer }, 409],
    ['413', {}, { headers: bearer, body: Buffer.alloc(4 * 1024 * 1024 + 1) }, 413],
    ['415', {}, { headers: { ...bearer, 'content-encoding': 'gzip' } }, 415],
    ['400', {}, { headers: bearer, body: Buffer.from('{') }, 400],
  ])('that is there tells a refusal of %s in its request log, without the token', async (_status, with_, request, status) => {
    const gate = aReceiver({ tokens: [token, reader.token], triggers: [aTrigger(with_)] });
    const refused = receiveWebhook(gate.receiver, 'hello', aRequest(request));
    await expect(refused).rejects.toMatchObject({ status });
    expect(gate.logged).toMatchObject([
      { outcome: 'rejected', answered: status, triggerId: 'hello', reason: expect.stringMatching(/./) },
    ]);
    expect(JSON.stringify(contentOf(gate.logged[0]?.content))).not.toContain('mr_');
  });

  test('tells one of 422 for an Idempotency-Key with another body', async () => {
    const { send, logged } = open({ auth: 'none' });
    const headers = { 'idempotency-key': 'k' };
    await send({ headers });
    await expect(send({ headers, json: 'another' })).rejects.toMatchObject({ status: 422 });
    expect(logged).toMatchObject([{ outcome: 'rejected', answered: 422 }]);
  });

  test('that is not there has no request log, nor does a fault of ours', async () => {
    const gate = aReceiver({ tokens: [token], triggers: [aTrigger({ auth: 'none' })], workflows: [aWorkflow()] });
    await expect(receiveWebhook(gate.receiver, 'nowhere', aRequest({ headers: bearer }))).rejects.toMatchObject({ status: 404 });
    await expect(receiveWebhook(gate.receiver, 'x'.repeat(3_000), aRequest({ headers: bearer }))).rejects.toMatchObject({
      status: 404,
    });
    const publish = async () => {
      throw new Error('down');
    };
    await expect(receiveWebhook({ ...gate.receiver, publish }, 'hello', aRequest())).rejects.toMatchObject({ status: 503 });
    expect(gate.logged).toEqual([]);
    expect([...gate.deliveries.values()]).toMatchObject([{ outcome: 'failed', answered: 503 }]);
  });
});
