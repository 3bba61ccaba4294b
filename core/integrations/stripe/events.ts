import type { EventDefinition } from '../integration.ts';

const text = { type: 'string' };
const whole = { type: 'integer' };

const define = (
  type: string,
  title: string,
  id: string,
  object: Record<string, unknown>,
  required: readonly string[],
): EventDefinition => ({
  type,
  title,
  schema: {
    type: 'object',
    required: ['id', 'object', 'type', 'created', 'data'],
    properties: {
      id: { type: 'string', pattern: '^evt_' },
      object: { const: 'event' },
      type: { const: type },
      created: whole,
      livemode: { type: 'boolean' },
      api_version: { type: ['string', 'null'] },
      data: {
        type: 'object',
        required: ['object'],
        properties: {
          object: {
            type: 'object',
            required: ['id', 'object', ...required],
            properties: { id: text, object: { const: object.object }, currency: text },
          },
        },
      },
    },
  },
  sample: {
    headers: { 'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)' },
    body: {
      id,
      object: 'event',
      api_version: '2025-03-31.basil',
      created: 1_752_000_000,
      data: { object },
      livemode: false,
      pending_webhooks: 1,
      request: { id: 'req_1PExample000001', idempotency_key: '7b1f4d7a-0b8e-4e2c-9d2d-0a3c1f2e4b5a' },
      type,
    },
  },
});

/** https://docs.stripe.com/api/events/types */
export const events: readonly EventDefinition[] = [
  define(
    'checkout.session.completed',
    'A checkout was completed',
    'evt_1PExample000001',
    {
      id: 'cs_test_a1Example',
      object: 'checkout.session',
      amount_total: 2_198,
      currency: 'eur',
      customer: 'cus_Example0001',
      mode: 'payment',
      payment_intent: 'pi_3PExample0001',
      payment_status: 'paid',
      status: 'complete',
    },
    ['mode', 'payment_status', 'status'],
  ),
  define(
    'payment_intent.succeeded',
    'A payment succeeded',
    'evt_3PExample000002',
    {
      id: 'pi_3PExample0001',
      object: 'payment_intent',
      amount: 2_198,
      amount_received: 2_198,
      currency: 'eur',
      status: 'succeeded',
    },
    ['amount', 'currency', 'status'],
  ),
  define(
    'invoice.paid',
    'An invoice was paid',
    'evt_1PExample000003',
    {
      id: 'in_1PExample0001',
      object: 'invoice',
      amount_due: 4_900,
      amount_paid: 4_900,
      currency: 'eur',
      customer: 'cus_Example0001',
      customer_email: 'ada@example.com',
      number: 'A1B2C3D4-0001',
      status: 'paid',
    },
    ['amount_paid', 'currency', 'status'],
  ),
  define(
    'invoice.payment_failed',
    'The payment of an invoice failed',
    'evt_1PExample000004',
    {
      id: 'in_1PExample0002',
      object: 'invoice',
      amount_due: 4_900,
      amount_paid: 0,
      attempt_count: 1,
      currency: 'eur',
      customer: 'cus_Example0001',
      status: 'open',
    },
    ['amount_due', 'attempt_count', 'status'],
  ),
  define(
    'customer.subscription.deleted',
    'A subscription ended',
    'evt_1PExample000005',
    {
      id: 'sub_1PExample0001',
      object: 'subscription',
      customer: 'cus_Example0001',
      status: 'canceled',
      canceled_at: 1_752_000_000,
    },
    ['customer', 'status'],
  ),
  define(
    'charge.refunded',
    'A charge was refunded, in part or whole',
    'evt_3PExample000006',
    { id: 'ch_3PExample0001', object: 'charge', amount: 2_198, amount_refunded: 2_198, currency: 'eur', refunded: true },
    ['amount', 'amount_refunded', 'refunded'],
  ),
];
