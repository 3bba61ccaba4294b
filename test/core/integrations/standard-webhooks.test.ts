import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { gitlab } from '../../../core/integrations/gitlab/gitlab.ts';
import { standardWebhooks } from '../../../core/integrations/standard-webhooks/standard-webhooks.ts';
import { aProviderRequest, aSignedSample, later, rejection } from './requests.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const body = '{"test": 2432232314}';

describe('Standard Webhooks', () => {
  // https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/javascript/src/index.test.ts
  test("believes the specification's example", () => {
    const request = aProviderRequest(
      body,
      {
        'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        'webhook-timestamp': '1614265330',
        'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      },
      new Date(1_614_265_330_000),
    );

    expect(rejection(standardWebhooks, request, { secret: [SECRET] })).toBeUndefined();
    expect(rejection(standardWebhooks, { ...request, body: Buffer.from('{}') }, { secret: [SECRET] })).toMatch(
      /is that of the secret/,
    );
  });

  test('believes what both libraries sign, among other signatures, by either of two secrets', () => {
    const now = new Date(Math.floor(Date.now() / 1_000) * 1_000);
    const timestamp = String(now.getTime() / 1_000);
    const standard = new Webhook(SECRET).sign('msg_1', now, body);
    const svix = new SvixWebhook(SECRET).sign('msg_1', now, body);
    const other = 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

    const first = { 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,AAAA v2,x ${standard}` };
    const second = { 'svix-id': 'msg_1', 'svix-timestamp': timestamp, 'svix-signature': svix };
    for (const headers of [first, second]) {
      expect(rejection(standardWebhooks, aProviderRequest(body, headers, now), { secret: [other, SECRET] })).toBeUndefined();
      expect(rejection(standardWebhooks, aProviderRequest(body, headers, now), { secret: [other] })).toMatch(
        /is that of the secret/,
      );
    }
    const aged = (seconds: number) => aProviderRequest(body, first, new Date(now.getTime() + seconds * 1_000));
    expect(rejection(standardWebhooks, aged(301), { secret: [SECRET] })).toMatch(/older/);
    expect(rejection(standardWebhooks, aged(-301), { secret: [SECRET] })).toMatch(/ahead/);
  });

  test('signs as the library expects', async () => {
    const now = new Date();
    const [event] = await standardWebhooks.events();
    const { headers, body: signed } = standardWebhooks.sign(
      event?.sample ?? { headers: {}, body: {} },
      { secret: [SECRET] },
      { url: '', now },
      {},
    );

    expect(new Webhook(SECRET).verify(signed, { ...headers })).toMatchObject({ type: event?.type });
  });

  test('believes an Ed25519 signature by the public key', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
    const request = (key: typeof privateKey) => {
      const signature = sign(null, Buffer.from(`msg_1.1778858441.${body}`), key).toString('base64');
      return aProviderRequest(body, {
        'webhook-id': 'msg_1',
        'webhook-timestamp': '1778858441',
        'webhook-signature': `v1a,${signature}`,
      });
    };
    const secrets = { secret: [`whpk_${raw.toString('base64')}`] };

    expect(rejection(standardWebhooks, request(privateKey), secrets)).toBeUndefined();
    expect(rejection(standardWebhooks, request(generateKeyPairSync('ed25519').privateKey), secrets)).toMatch(
      /is that of the secret/,
    );
    expect(rejection(standardWebhooks, request(privateKey), { secret: ['whpk_x'] })).toMatch(/is that of the secret/);
  });

  test('reads type, id and time', () => {
    const payload = Buffer.from('{"type":"contact.created","timestamp":"2026-05-15T15:20:41Z","data":{}}');
    expect(standardWebhooks.read(aProviderRequest(payload, { 'svix-id': 'msg_1', 'svix-signature': 'v1,x' }), payload, {})).toEqual(
      {
        type: 'contact.created',
        deliveryKey: 'msg_1',
        time: '2026-05-15T15:20:41.000Z',
      },
    );
  });
});

describe('GitLab', () => {
  test('believes its secret token as it is', () => {
    const request = (token: string) => aProviderRequest('{}', { 'X-Gitlab-Token': token });

    expect(rejection(gitlab, request('b'), { token: ['a', 'b'] })).toBeUndefined();
    expect(rejection(gitlab, request('c'), { token: ['a', 'b'] })).toMatch(/not the secret token/);
    expect(rejection(gitlab, request(''), { token: [] })).toMatch(/not the secret token/);
    expect(rejection(gitlab, aProviderRequest('{}', {}), { token: ['a'] })).toMatch(/no token/);
  });

  test('believes a signature rather than the token, where one can be checked, and nothing without one', () => {
    const now = new Date(Math.floor(Date.now() / 1_000) * 1_000);
    const headers = {
      'webhook-id': 'id',
      'webhook-timestamp': String(now.getTime() / 1_000),
      'webhook-signature': new Webhook(SECRET).sign('id', now, '{}'),
      'x-gitlab-token': 'wrong',
    };
    const secrets = { token: ['right'], signingToken: [SECRET] };

    expect(rejection(gitlab, aProviderRequest('{}', headers, now), secrets)).toBeUndefined();
    const { 'webhook-signature': _, ...unsigned } = { ...headers, 'x-gitlab-token': 'right' };
    expect(rejection(gitlab, aProviderRequest('{}', unsigned, now), secrets)).toMatch(/no signature/);
    const forged = { ...headers, 'x-gitlab-token': 'right', 'webhook-signature': 'v1,AAAA' };
    expect(rejection(gitlab, aProviderRequest('{}', forged, now), secrets)).toMatch(/is that of the secret/);
  });

  test('reads kind and action, project and delivery', async () => {
    const { headers, body } = await aSignedSample(gitlab, { token: ['t'] });
    const read = gitlab.read(aProviderRequest(body, headers, later(0)), Buffer.from(body), {});

    expect(read).toEqual({ type: 'push', subject: 'example-org/mill', deliveryKey: headers['webhook-id'] });
    const opened = Buffer.from('{"object_kind":"merge_request","object_attributes":{"action":"open"}}');
    expect(gitlab.read(aProviderRequest(opened, { 'x-gitlab-event-uuid': 'u' }), opened, {})).toEqual({
      type: 'merge_request.open',
      deliveryKey: 'u',
    });
  });
});
