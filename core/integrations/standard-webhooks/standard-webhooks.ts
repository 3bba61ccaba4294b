import { randomUUID } from 'node:crypto';
import type { Integration } from '../integration.ts';
import { jsonObject, textIn } from '../json-body.ts';
import { jsonHeaders, newestOf, sampleBody } from '../sample.ts';
import { signedHeaders, signStandard, verifyStandard } from './signature.ts';

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export const standardWebhooks: Integration = {
  id: 'standard-webhooks',
  title: 'Standard Webhooks, Svix',
  docs: 'https://www.standardwebhooks.com',
  verification:
    '`v1` (HMAC-SHA256) or `v1a` (Ed25519) over id, timestamp and body in `webhook-signature`, at most 5 minutes old; `svix-*` headers as well.',
  secrets: [{ name: 'secret', title: 'the signing secret `whsec_...`, or the public key `whpk_...`', generated: false }],
  setup: [
    "In the sender's webhook settings, add an endpoint and paste {url} as its URL.",
    "Copy the endpoint's signing secret to the subscription: `npx millrace subscriptions rotate-secret {name} --secret secret`.",
  ],
  types: ['*'],
  credentials: { headers: ['webhook-signature', 'svix-signature'] },
  answer: { status: 204 },

  verify: (request, { secret = [] }) => verifyStandard(request, secret),

  read({ headers }, body) {
    const payload = jsonObject(body);
    const { id: deliveryKey } = signedHeaders(headers);
    const time = Date.parse(textIn(payload, 'timestamp') ?? '');
    return {
      type: textIn(payload, 'type') ?? textIn(payload, 'eventType'),
      ...(deliveryKey && { deliveryKey }),
      ...(!Number.isNaN(time) && { time: new Date(time).toISOString() }),
    };
  },

  events: async () => (await import('./events.ts')).events,

  sign(sample, secrets, { now }) {
    const body = sampleBody(sample);
    const signed = signStandard(`msg_${randomUUID().replaceAll('-', '')}`, now, body, newestOf(secrets, 'secret'));
    return { method: 'POST', headers: { ...jsonHeaders(sample), ...signed }, body };
  },
};
