import { randomUUID } from 'node:crypto';
import { hmac, hmacMatches } from '../hmac.ts';
import type { Integration } from '../integration.ts';
import { jsonHeaders, newestOf, sampleBody } from '../sample.ts';

/** https://shopify.dev/docs/apps/build/webhooks/subscribe/https */
export const shopify: Integration = {
  id: 'shopify',
  title: 'Shopify',
  docs: 'https://shopify.dev/docs/apps/build/webhooks',
  verification: 'HMAC-SHA256 of the body, in base64, in `X-Shopify-Hmac-Sha256`.',
  secrets: [{ name: 'clientSecret', title: "the app's client secret, or the shop's webhook signing key", generated: false }],
  setup: [
    'In the Shopify admin, open Settings > Notifications > Webhooks and choose *Create webhook*; for an app, declare the subscription in its configuration.',
    'Pick the event and the format JSON, and paste {url} as *URL*.',
    "Give the subscription the signing key shown below the list, or the app's client secret: `npx millrace subscriptions rotate-secret {name} --secret clientSecret`.",
  ],
  types: ['*'],
  credentials: { headers: ['x-shopify-hmac-sha256'] },
  answer: { status: 200 },

  verify({ headers, body }, { clientSecret = [] }) {
    const signature = headers['x-shopify-hmac-sha256'];
    if (signature === undefined) return { rejected: 'The request has no signature in X-Shopify-Hmac-Sha256.' };
    if (hmacMatches({ encoding: 'base64' }, clientSecret, [signature], body)) return {};
    return { rejected: 'The signature in X-Shopify-Hmac-Sha256 is not that of the client secret.' };
  },

  /** A topic such as `orders/create` is the type `orders.create`. Of the two ids, the event's is the same for every subscription of it; a delivery's repeats are one webhook id. */
  read({ headers }) {
    const subject = headers['x-shopify-shop-domain'];
    const deliveryKey = headers['x-shopify-webhook-id'] ?? headers['x-shopify-event-id'];
    const triggeredAt = Date.parse(headers['x-shopify-triggered-at'] ?? '');
    return {
      type: headers['x-shopify-topic']?.replaceAll('/', '.') || undefined,
      ...(subject && { subject }),
      ...(deliveryKey && { deliveryKey }),
      ...(!Number.isNaN(triggeredAt) && { time: new Date(triggeredAt).toISOString() }),
    };
  },

  events: async () => (await import('./events.ts')).events,

  sign(sample, secrets, { now }) {
    const body = sampleBody(sample);
    return {
      method: 'POST',
      headers: {
        ...jsonHeaders(sample),
        'x-shopify-webhook-id': randomUUID(),
        'x-shopify-event-id': randomUUID(),
        'x-shopify-triggered-at': now.toISOString(),
        'x-shopify-hmac-sha256': hmac('sha256', newestOf(secrets, 'clientSecret'), body).toString('base64'),
      },
      body,
    };
  },
};
