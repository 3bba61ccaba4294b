import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { LinearWebhookClient } from '@linear/sdk/webhooks';
import '@shopify/shopify-api/adapters/node';
import { ApiVersion, shopifyApi } from '@shopify/shopify-api';
import { linear } from '../../../core/integrations/linear/linear.ts';
import { shopify } from '../../../core/integrations/shopify/shopify.ts';
import { aProviderRequest, aSignedSample, later, NOW, rejection } from './requests.ts';

const library = shopifyApi({
  apiKey: 'key',
  apiSecretKey: 'secret',
  hostName: 'millrace.example.com',
  apiVersion: Object.values(ApiVersion)[0] as ApiVersion,
  isEmbeddedApp: false,
  logger: { level: 0 },
});

describe('Shopify', () => {
  test("signs as Shopify's library expects, and believes itself by either of two secrets", async () => {
    const { headers, body } = await aSignedSample(shopify, { clientSecret: ['secret'] });
    const rawRequest = { method: 'POST', url: '/', headers };

    const verdict = await library.webhooks.validate({ rawBody: body, rawRequest });

    expect(verdict).toMatchObject({ valid: true, topic: 'ORDERS_CREATE' });
    expect(rejection(shopify, aProviderRequest(body, headers), { clientSecret: ['new', 'secret'] })).toBeUndefined();
    expect(rejection(shopify, aProviderRequest(body, headers), { clientSecret: ['new'] })).toMatch(/not that of the client secret/);
    expect(rejection(shopify, aProviderRequest(body, {}), { clientSecret: ['secret'] })).toMatch(/no signature/);
  });

  test('reads topic, shop, delivery and time from the headers', () => {
    const headers = {
      'X-Shopify-Topic': 'orders/create',
      'X-Shopify-Shop-Domain': 'example-mill.myshopify.com',
      'X-Shopify-Webhook-Id': 'w',
      'X-Shopify-Event-Id': 'e',
      'X-Shopify-Triggered-At': '2026-05-15T15:20:41.123456789Z',
    };

    expect(shopify.read(aProviderRequest('{}', headers), Buffer.from('{}'), {})).toEqual({
      type: 'orders.create',
      subject: 'example-mill.myshopify.com',
      deliveryKey: 'w',
      time: '2026-05-15T15:20:41.123Z',
    });
  });
});

describe('Linear', () => {
  const signed = (payload: Record<string, unknown>, at = NOW) => {
    const body = JSON.stringify({ webhookTimestamp: NOW.getTime(), ...payload });
    return aProviderRequest(body, { 'Linear-Signature': createHmac('sha256', 'secret').update(body).digest('hex') }, at);
  };

  test("signs as Linear's library expects", async () => {
    const now = new Date();
    const [event] = await linear.events();
    const { headers, body } = linear.sign(
      event?.sample ?? { headers: {}, body: {} },
      { signingSecret: ['secret'] },
      { url: '', now },
      {},
    );
    const client = new LinearWebhookClient('secret');

    expect(client.verify(Buffer.from(body), headers['linear-signature'] ?? '', now.getTime())).toBe(true);
    expect(() => client.verify(Buffer.from(`${body} `), headers['linear-signature'] ?? '', now.getTime())).toThrow();
  });

  test('believes its signature for a minute, on both sides', () => {
    const secrets = { signingSecret: ['new', 'secret'] };

    expect(rejection(linear, signed({}, later(60)), secrets)).toBeUndefined();
    expect(rejection(linear, signed({}, later(61)), secrets)).toMatch(/older/);
    expect(rejection(linear, signed({}, later(-61)), secrets)).toMatch(/ahead/);
    expect(rejection(linear, signed({ webhookTimestamp: 'now' }), secrets)).toMatch(/no timestamp/);
    expect(rejection(linear, signed({}), { signingSecret: ['other'] })).toMatch(/not that of the signing secret/);
    expect(rejection(linear, aProviderRequest('{}', {}), secrets)).toMatch(/no signature/);
  });

  test('reads type and action, subject and delivery', () => {
    const body = Buffer.from(
      '{"type":"Issue","action":"create","createdAt":"2026-05-15T15:20:41.000Z","data":{"identifier":"MILL-7"}}',
    );
    expect(linear.read(aProviderRequest(body, { 'Linear-Delivery': 'd' }), body, {})).toEqual({
      type: 'Issue.create',
      subject: 'MILL-7',
      deliveryKey: 'd',
      time: '2026-05-15T15:20:41.000Z',
    });
  });
});
