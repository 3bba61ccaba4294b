import type { EventDefinition } from '../integration.ts';

const text = { type: 'string' };
const whole = { type: 'integer' };

const define = (topic: string, title: string, schema: Record<string, unknown>, body: unknown): EventDefinition => ({
  type: topic.replaceAll('/', '.'),
  title,
  schema: { type: 'object', ...schema },
  sample: {
    headers: {
      'x-shopify-topic': topic,
      'x-shopify-shop-domain': 'example-mill.myshopify.com',
      'x-shopify-api-version': '2026-07',
    },
    body,
  },
});

const money = { type: 'string', pattern: '^\\d+\\.\\d{2}$' };
const order = {
  required: ['id', 'name', 'currency', 'total_price', 'line_items'],
  properties: {
    id: whole,
    name: text,
    email: { type: ['string', 'null'] },
    currency: text,
    total_price: money,
    financial_status: { type: ['string', 'null'] },
    line_items: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'quantity'],
        properties: { id: whole, title: text, quantity: whole, price: money },
      },
    },
  },
};
const orderSample = {
  id: 820982911946154500,
  admin_graphql_api_id: 'gid://shopify/Order/820982911946154508',
  name: '#9999',
  email: 'ada@example.com',
  created_at: '2026-05-15T11:20:41-04:00',
  currency: 'EUR',
  total_price: '21.98',
  subtotal_price: '21.98',
  financial_status: 'pending',
  line_items: [{ id: 866550311766439000, title: 'Rye flour, 5 kg', quantity: 2, price: '10.99', sku: 'RYE-5' }],
  customer: { id: 115310627314723950, email: 'ada@example.com', first_name: 'Ada', last_name: 'Example' },
};

/** https://shopify.dev/docs/api/webhooks */
export const events: readonly EventDefinition[] = [
  define('orders/create', 'An order was placed', order, orderSample),
  define('orders/paid', 'An order was paid', order, { ...orderSample, financial_status: 'paid' }),
  define(
    'products/update',
    'A product was changed',
    {
      required: ['id', 'title', 'variants'],
      properties: { id: whole, title: text, status: text, vendor: text, variants: { type: 'array' } },
    },
    {
      id: 788032119674292900,
      title: 'Rye flour',
      status: 'active',
      vendor: 'Example Mill',
      updated_at: '2026-05-15T11:20:41-04:00',
      variants: [{ id: 642667041472713900, sku: 'RYE-5', price: '10.99', inventory_quantity: 75 }],
    },
  ),
  define(
    'app/uninstalled',
    'The app was removed from a shop',
    { required: ['id', 'domain'], properties: { id: whole, name: text, domain: text } },
    { id: 548380009, name: 'Example Mill', domain: 'example-mill.myshopify.com', plan_name: 'basic' },
  ),
];
