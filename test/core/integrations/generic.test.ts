import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { authing } from '../../../core/integrations/authing/authing.ts';
import { generic } from '../../../core/integrations/generic/generic.ts';
import { type Verification, verificationSchema } from '../../../core/integrations/generic/verification-schema.ts';
import { aProviderRequest, aSignedSample, later, NOW, rejection } from './requests.ts';

const settings = (verification: v.InferInput<typeof verificationSchema>) => ({
  verification: v.parse(verificationSchema, verification) satisfies Verification,
  type: { header: 'x-type' },
});
const rejected = (
  verification: v.InferInput<typeof verificationSchema>,
  secret: string,
  body: string,
  headers: Record<string, string>,
  at = NOW,
) => rejection(generic, aProviderRequest(body, headers, at), { secret: [secret] }, settings(verification));

describe('HMAC', () => {
  // https://www.rfc-editor.org/rfc/rfc4231#section-4.3 and, of SHA-1, https://www.rfc-editor.org/rfc/rfc2202#section-3
  const [key, data] = ['Jefe', 'what do ya want for nothing?'];
  test.each([
    ['sha256', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
    ['sha384', 'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649'],
    [
      'sha512',
      '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
    ],
    ['sha1', 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
  ] as const)('%s in each encoding', (algorithm, hex) => {
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      const declared = { scheme: 'hmac', algorithm, encoding, header: 'X-Sig', prefix: 'p=' } as const;
      const signature = `p=${Buffer.from(hex, 'hex').toString(encoding)}`;

      expect(rejected(declared, key, data, { 'x-sig': signature })).toBeUndefined();
      expect(rejected(declared, key, `${data} `, { 'x-sig': signature })).toMatch(/not that of the secret/);
      expect(rejected(declared, key, data, { 'x-sig': signature.slice(2) })).toMatch(/does not begin with p=/);
      expect(rejected(declared, key, data, {})).toMatch(/no signature in x-sig/);
    }
  });

  // Zoom's scheme, declared: https://developers.zoom.us/docs/api/webhooks/#verify-with-zooms-header
  test('over timestamp and body, within the tolerance', async () => {
    const declared = {
      scheme: 'hmac',
      header: 'x-zm-signature',
      prefix: 'v0=',
      signed: 'v0:{timestamp}:{body}',
      timestamp: { header: 'x-zm-request-timestamp', toleranceSeconds: 60 },
    } as const;
    const { headers, body } = await aSignedSample(generic, { secret: ['s'] }, settings(declared));

    expect(headers['x-zm-signature']).toMatch(/^v0=[0-9a-f]{64}$/);
    expect(rejected(declared, 's', body, headers, later(60))).toBeUndefined();
    expect(rejected(declared, 's', body, headers, later(61))).toMatch(/older/);
    expect(rejected(declared, 's', body, { ...headers, 'x-zm-request-timestamp': '1778858442' })).toMatch(/not that of the secret/);
  });
});

// https://www.rfc-editor.org/rfc/rfc8032#section-7.1, test 3
test('Ed25519, by a key in hexadecimal, base64 or PEM', () => {
  const key = Buffer.from('fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025', 'hex');
  const signature =
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a';
  const declared = { scheme: 'ed25519', header: 'x-sig' } as const;
  const pem = `-----BEGIN PUBLIC KEY-----\n${Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]).toString('base64')}\n-----END PUBLIC KEY-----`;
  const request = aProviderRequest(Buffer.from('af82', 'hex'), { 'x-sig': signature });

  for (const secret of [key.toString('hex'), key.toString('base64'), pem]) {
    expect(rejection(generic, request, { secret: [secret] }, settings(declared))).toBeUndefined();
  }
  for (const secret of ['', 'x', key.toString('hex').replace('f', 'e')]) {
    expect(rejection(generic, request, { secret: [secret] }, settings(declared))).toMatch(/not that of the secret/);
  }
});

describe('static credentials', () => {
  // https://www.rfc-editor.org/rfc/rfc7617#section-2
  test('basic', () => {
    const authorization = 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==';
    expect(rejected({ scheme: 'basic' }, 'Aladdin:open sesame', '', { authorization })).toBeUndefined();
    expect(rejected({ scheme: 'basic' }, 'Aladdin:other', '', { authorization })).toMatch(/not the secret/);
    expect(rejected({ scheme: 'basic' }, 'x', '', { authorization: 'Basic !' })).toMatch(/does not have/);
  });

  test('bearer and header', () => {
    expect(rejected({ scheme: 'bearer' }, 'abc', '', { authorization: 'bearer abc' })).toBeUndefined();
    expect(rejected({ scheme: 'bearer' }, 'abc', '', { authorization: 'abc' })).toMatch(/does not have/);
    expect(rejected({ scheme: 'header', header: 'X-Key' }, 'abc', '', { 'x-key': 'abc' })).toBeUndefined();
    expect(rejected({ scheme: 'header', header: 'X-Key' }, 'abc', '', { 'x-key': 'abd' })).toMatch(/not the secret/);
  });

  test("Authing's, by either header", () => {
    for (const header of ['x-authing-webhook-secret', 'X-Authing-Token']) {
      expect(rejection(authing, aProviderRequest('{}', { [header]: 's' }), { secret: ['s'] })).toBeUndefined();
      expect(rejection(authing, aProviderRequest('{}', { [header]: 'x' }), { secret: ['s'] })).toMatch(/not that/);
    }
    expect(rejection(authing, aProviderRequest('{}', {}), { secret: ['s'] })).toMatch(/no secret/);
  });
});

test('type, delivery key and subject are read where the settings say', () => {
  const places = {
    ...settings({ scheme: 'bearer' }),
    type: { pointer: '/event/na~1me' },
    deliveryKey: { pointer: '/ids/1' },
    subject: { header: 'x-about' },
  };
  const body = Buffer.from('{"event":{"na/me":"order.paid"},"ids":[1,42]}');

  expect(generic.read(aProviderRequest(body, { 'X-About': 'order' }), body, places)).toEqual({
    type: 'order.paid',
    deliveryKey: '42',
    subject: 'order',
  });
  expect(generic.read(aProviderRequest('no JSON', {}), Buffer.from('no JSON'), places)).toEqual({ type: undefined });
});

test("Authing's events are read from JSON and from forms", () => {
  const json = Buffer.from('{"eventName":"user:created","data":{"id":"1"}}');
  const form = Buffer.from(new URLSearchParams({ eventName: 'login', data: '{"id":"1"}' }).toString());

  expect(authing.read(aProviderRequest(json, { 'content-type': 'application/json' }), json, {})).toEqual({ type: 'user.created' });
  expect(authing.read(aProviderRequest(form, { 'content-type': 'application/x-www-form-urlencoded' }), form, {})).toEqual({
    type: 'login',
    data: { eventName: 'login', data: { id: '1' } },
  });
});
