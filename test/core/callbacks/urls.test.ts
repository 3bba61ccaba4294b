import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Callback } from '../../../core/callbacks/callback.ts';
import { isSigned, newSigningKey, urlsOf, withoutSignatures } from '../../../core/callbacks/urls.ts';

const aCallback = (with_: Partial<Callback> = {}): Callback => ({
  callbackId: 'c'.repeat(26),
  activityId: `${'a'.repeat(26)}-hello`,
  workflowId: 'hello',
  topic: 'refund',
  approvals: 1,
  createdAt: '2026-03-01T12:00:00.000Z',
  expiresIn: 60,
  expiresAt: '2026-03-01T12:01:00.000Z',
  key: newSigningKey(),
  answers: {},
  ...with_,
});

const allUrls = (callback: Callback) =>
  urlsOf(callback, 'https://api.example').flatMap(({ url, succeedUrl, failUrl }) => [url, succeedUrl, failUrl]);
const signatureIn = (url: string) => new URL(url).searchParams.get('signature') ?? '';

describe('a text without signatures', () => {
  const callback = aCallback({ approvers: ['ada', 'Grace & Söhne'] });
  const [url = ''] = allUrls(callback);
  const wrapped: [string, string][] = [
    ['as it is', url],
    ['in JSON', JSON.stringify({ Payload: { urls: urlsOf(callback, 'https://api.example') } })],
    ['in JSON within JSON', JSON.stringify({ body: JSON.stringify({ url }) })],
    [
      'in JSON that escapes what means something in HTML',
      JSON.stringify(url).replaceAll('&', '\\u0026').replaceAll('=', '\\u003d'),
    ],
    ['in a URL', `https://chat.example/?text=${encodeURIComponent(url)}`],
    ['in a URL within a URL', `https://chat.example/?to=${encodeURIComponent(`/?text=${encodeURIComponent(url)}`)}`],
    ['in a sentence', `Open ${url}, please; or <a href="${url.replaceAll('&', '&amp;')}">this</a>.`],
  ];

  test.each(wrapped)('has none of a callback URL %s, and is else the same', (_, text) => {
    const shown = withoutSignatures(text);

    for (const each of allUrls(callback)) expect(shown).not.toContain(signatureIn(each));
    expect(allUrls(callback).reduce((left, each) => left.replaceAll(signatureIn(each), '***'), text)).toBe(shown);
  });

  test('is JSON where it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify({ value, url });
        expect(JSON.parse(withoutSignatures(text))).toEqual({ ...JSON.parse(text), url: withoutSignatures(url) });
      }),
    );
  });

  test('leaves no URL by which one can answer', () => {
    const parameters = Object.fromEntries(new URL(withoutSignatures(url)).searchParams);
    const { expires = '', by, signature = '' } = parameters;
    expect(isSigned(callback, { expires, by, signature: signatureIn(url) })).toBe(true);
    expect(isSigned(callback, { expires, by, signature })).toBe(false);
  });

  test.each(['signature=short', `x-signature: sha256=${'a'.repeat(64)}`, `signature=${'a'.repeat(44)}`])('keeps %s', (text) => {
    expect(withoutSignatures(text)).toBe(text);
  });
});
