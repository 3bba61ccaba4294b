import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { AESCipher } from '@larksuiteoapi/node-sdk';
import { decrypt, encrypt } from '../../../core/integrations/lark/cipher.ts';
import { lark } from '../../../core/integrations/lark/lark.ts';
import { aProviderRequest, aSignedSample, later, NOW, rejection } from './requests.ts';

const secrets = { encryptKey: ['test key'], verificationToken: ['token'] };
const event = {
  schema: '2.0',
  header: { event_id: 'e1', event_type: 'im.message.receive_v1', create_time: '1608725989000', token: 'token', tenant_key: 't' },
};
const signedAt = (time: Date, body: string, key = 'test key') => {
  const timestamp = String(Math.floor(time.getTime() / 1_000));
  // https://open.larksuite.com/document/server-docs/event-subscription-guide/event-subscription-configure-/encrypt-key-encryption-configuration-case
  const signature = createHash('sha256').update(`${timestamp}nonce${key}${body}`).digest('hex');
  return aProviderRequest(body, {
    'X-Lark-Request-Timestamp': timestamp,
    'X-Lark-Request-Nonce': 'nonce',
    'X-Lark-Signature': signature,
  });
};

describe('Lark', () => {
  test("decrypts the documentation's example", () => {
    // https://open.larksuite.com/document/server-docs/event-subscription-guide/event-subscription-configure-/encrypt-key-encryption-configuration-case
    expect(decrypt('test key', 'P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=')?.toString()).toBe('hello world');
  });

  test("reads what Lark's library can read, and it what we encrypt", () => {
    expect(new AESCipher('test key').decrypt(encrypt('test key', 'hello'))).toBe('hello');
    expect(decrypt('another', encrypt('test key', '{"a":1}'))?.toString() ?? '').not.toBe('{"a":1}');
    for (const odd of ['', 'x', 'AAAA', 'A'.repeat(64)]) expect(decrypt('k', odd)?.toString() ?? '').not.toContain('{');
  });

  test('believes a signed, encrypted body and gives it decrypted', () => {
    const request = signedAt(NOW, JSON.stringify({ encrypt: encrypt('test key', JSON.stringify(event)) }));
    const verdict = lark.verify(request, secrets, {});

    expect(JSON.parse(String(verdict.body))).toEqual(event);
    expect(lark.read(request, verdict.body ?? Buffer.alloc(0), {})).toEqual({
      type: 'im.message.receive_v1',
      subject: 't',
      deliveryKey: 'e1',
      time: '2020-12-23T12:19:49.000Z',
    });
  });

  test('does not believe another key, an old timestamp, or a body without signature', () => {
    const body = JSON.stringify({ encrypt: encrypt('test key', JSON.stringify(event)) });

    expect(rejection(lark, signedAt(NOW, body, 'other'), secrets)).toMatch(/not that of the Encrypt Key/);
    expect(rejection(lark, signedAt(later(-301), body), secrets)).toMatch(/older/);
    expect(rejection(lark, signedAt(later(301), body), secrets)).toMatch(/ahead/);
    expect(rejection(lark, aProviderRequest(body, {}), secrets)).toMatch(/no signature/);
  });

  test('without an Encrypt Key believes the Verification Token in the body, of both versions', () => {
    const known = { verificationToken: ['token'] };

    expect(rejection(lark, aProviderRequest(JSON.stringify(event), {}), known)).toBeUndefined();
    expect(rejection(lark, aProviderRequest('{"token":"token","event":{"type":"message"}}', {}), known)).toBeUndefined();
    expect(rejection(lark, aProviderRequest('{"token":"other"}', {}), known)).toMatch(/not the Verification Token/);
    expect(rejection(lark, aProviderRequest('{}', {}), {})).toMatch(/not the Verification Token/);
  });

  test('answers the challenge, plain or encrypted, for its own token alone', () => {
    const challenge = JSON.stringify({ challenge: 'ajls384kdjx98XX', token: 'token', type: 'url_verification' });
    const answer = { status: 200, headers: { 'content-type': 'application/json' }, body: '{"challenge":"ajls384kdjx98XX"}' };

    expect(lark.handshake?.(aProviderRequest(challenge, {}), {}, false)).toEqual(answer);
    expect(lark.handshake?.(aProviderRequest(challenge, {}), secrets, false)).toEqual(answer);
    expect(
      lark.handshake?.(aProviderRequest(JSON.stringify({ encrypt: encrypt('test key', challenge) }), {}), secrets, false),
    ).toEqual(answer);
    expect(lark.handshake?.(aProviderRequest(challenge, {}), { verificationToken: ['other'] }, false)).toBeUndefined();
    expect(lark.handshake?.(aProviderRequest(JSON.stringify(event), {}), {}, false)).toBeUndefined();
  });

  test('signs a sample that it believes', async () => {
    const { headers, body } = await aSignedSample(lark, secrets);
    expect(rejection(lark, aProviderRequest(body, headers), secrets)).toBeUndefined();
  });
});
