import { hmac, hmacMatches } from '../hmac.ts';
import type { Integration } from '../integration.ts';
import { jsonObject, textIn } from '../json-body.ts';
import { jsonHeaders, newestOf, sampleBody } from '../sample.ts';
import { isSeconds, timestampFault } from '../timestamp.ts';

/** Stripe's own default (https://docs.stripe.com/webhooks#verify-manually). */
const TOLERANCE = { unit: 's', toleranceSeconds: 300 } as const;

/** https://docs.stripe.com/webhooks/signature */
export const stripe: Integration = {
  id: 'stripe',
  title: 'Stripe',
  docs: 'https://docs.stripe.com/webhooks',
  verification: 'HMAC-SHA256 of timestamp and body in `Stripe-Signature`, at most 5 minutes old.',
  secrets: [{ name: 'signingSecret', title: "the endpoint's signing secret, `whsec_...`", generated: false }],
  setup: [
    'In the Dashboard, open Workbench > Webhooks and choose *Add destination*.',
    'Pick the events, then *Webhook endpoint*, and paste {url} as *Endpoint URL*.',
    "Reveal the endpoint's signing secret and give it to the subscription: `npx millrace subscriptions rotate-secret {name} --secret signingSecret`.",
  ],
  types: [
    'account.*',
    'application_fee.*',
    'apps.*',
    'balance.*',
    'balance_settings.*',
    'billing.*',
    'billing_portal.*',
    'capability.*',
    'cash_balance.*',
    'charge.*',
    'checkout.*',
    'climate.*',
    'coupon.*',
    'credit_note.*',
    'customer.*',
    'customer_cash_balance_transaction.*',
    'entitlements.*',
    'file.*',
    'financial_connections.*',
    'identity.*',
    'invoice.*',
    'invoice_payment.*',
    'invoiceitem.*',
    'issuing_*',
    'mandate.*',
    'payment_intent.*',
    'payment_link.*',
    'payment_method.*',
    'payout.*',
    'person.*',
    'plan.*',
    'price.*',
    'product.*',
    'promotion_code.*',
    'quote.*',
    'radar.*',
    'refund.*',
    'reporting.*',
    'reserve.*',
    'review.*',
    'setup_intent.*',
    'sigma.*',
    'source.*',
    'subscription_schedule.*',
    'tax.*',
    'tax_rate.*',
    'terminal.*',
    'test_helpers.*',
    'three_d_secure.*',
    'topup.*',
    'transfer.*',
    'treasury.*',
    'v1.*',
    'v2.*',
  ],
  credentials: { headers: ['stripe-signature'] },
  answer: { status: 200 },

  verify({ headers, body, receivedAt }, { signingSecret = [] }) {
    const header = headers['stripe-signature'];
    if (header === undefined) return { rejected: 'The request has no signature in Stripe-Signature.' };
    const parts = header.split(',').map((part) => part.trim());
    const timestamp = parts.find((part) => part.startsWith('t='))?.slice(2);
    const signatures = parts.filter((part) => part.startsWith('v1=')).map((part) => part.slice(3));
    if (signatures.length === 0) return { rejected: 'Stripe-Signature holds no signature of the scheme v1.' };
    const stale = timestampFault(timestamp, receivedAt, TOLERANCE);
    if (stale) return { rejected: stale };
    if (hmacMatches({}, signingSecret, signatures, `${timestamp}.`, body)) return {};
    return { rejected: 'No signature in Stripe-Signature is that of the signing secret.' };
  },

  read(_request, body) {
    const event = jsonObject(body);
    const { created } = event;
    const [deliveryKey, subject] = [textIn(event, 'id'), textIn(event, 'account')];
    return {
      type: textIn(event, 'type'),
      ...(subject && { subject }),
      ...(deliveryKey && { deliveryKey }),
      ...(isSeconds(created) && { time: new Date(created * 1_000).toISOString() }),
    };
  },

  events: async () => (await import('./events.ts')).events,

  sign(sample, secrets, { now }) {
    const body = sampleBody(sample);
    const timestamp = Math.floor(now.getTime() / 1_000);
    const signature = hmac('sha256', newestOf(secrets, 'signingSecret'), `${timestamp}.`, body).toString('hex');
    return { method: 'POST', headers: { ...jsonHeaders(sample), 'stripe-signature': `t=${timestamp},v1=${signature}` }, body };
  },
};
