import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { sign, verify } from '@octokit/webhooks-methods';
import { github } from '../../../core/integrations/github/github.ts';
import { whyIgnored } from '../../../core/subscriptions/takes.ts';
import { aSubscription } from '../builders.ts';
import { aProviderRequest, aSignedSample, rejection } from './requests.ts';

// GitHub's own payloads: https://github.com/octokit/webhooks
const EVENTS: { name: string; examples: Record<string, unknown>[] }[] = createRequire(import.meta.url)(
  '@octokit/webhooks-examples',
);

describe('GitHub', () => {
  // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
  test("believes the documentation's example", () => {
    const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    const request = aProviderRequest('Hello, World!', { 'X-Hub-Signature-256': signature });

    expect(rejection(github, request, { secret: ["It's a Secret to Everybody"] })).toBeUndefined();
  });

  test("believes what GitHub's library signs, by either of two secrets, and no other", async () => {
    const body = JSON.stringify({ action: 'opened' });
    const request = aProviderRequest(body, { 'X-Hub-Signature-256': await sign('new', body) });

    expect(rejection(github, request, { secret: ['new', 'old'] })).toBeUndefined();
    expect(rejection(github, request, { secret: ['newer', 'new'] })).toBeUndefined();
    expect(rejection(github, request, { secret: ['newer'] })).toMatch(/not that of the secret/);
    expect(rejection(github, request, {})).toMatch(/not that of the secret/);
  });

  test("signs as GitHub's library expects", async () => {
    const { headers, body } = await aSignedSample(github, { secret: ['s'] });

    expect(await verify('s', body, headers['x-hub-signature-256'] ?? '')).toBe(true);
  });

  test.each([
    ['no signature', {}, /no signature/],
    ['SHA-1 alone', { 'x-hub-signature': 'sha1=0123' }, /no signature/],
    ['another form', { 'x-hub-signature-256': 'md5=0123' }, /not of the form/],
    ['an empty one', { 'x-hub-signature-256': 'sha256=' }, /not that of the secret/],
  ])('does not believe %s', (_, headers, reason) => {
    expect(rejection(github, aProviderRequest('{}', headers), { secret: ['s'] })).toMatch(reason);
  });

  test.each(EVENTS.map(({ name, examples: [payload] }) => [name, payload] as const))('knows the type of %s', (name, payload) => {
    const body = Buffer.from(JSON.stringify(payload));
    const { type, deliveryKey } = github.read(
      aProviderRequest(body, { 'x-github-event': name, 'x-github-delivery': 'd' }),
      body,
      {},
    );

    expect(type).toBe(payload?.action === undefined ? name : `${name}.${payload.action}`);
    expect(deliveryKey).toBe('d');
    if (name !== 'ping') expect(whyIgnored(aSubscription(), github, type)).toBeUndefined();
  });

  test('reads the repository as the subject, and a form as the JSON in it', () => {
    const payload = { action: 'opened', repository: { full_name: 'example-org/mill' } };
    const body = Buffer.from(new URLSearchParams({ payload: JSON.stringify(payload) }).toString());
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-github-event': 'issues' };

    expect(github.read(aProviderRequest(body, headers), body, {})).toEqual({
      type: 'issues.opened',
      subject: 'example-org/mill',
      data: payload,
    });
  });

  test('answers a ping that is signed, and no other', () => {
    const ping = aProviderRequest('{"zen":"Design for failure."}', { 'x-github-event': 'ping' });

    expect(github.handshake?.(ping, {}, true)).toMatchObject({ status: 200 });
    expect(github.handshake?.(ping, {}, false)).toBeUndefined();
    expect(github.handshake?.(aProviderRequest('{}', { 'x-github-event': 'push' }), {}, true)).toBeUndefined();
  });
});
