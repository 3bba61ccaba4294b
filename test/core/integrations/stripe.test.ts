import { describe, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import { stripe } from '../../../core/integrations/stripe/stripe.ts';
import { aProviderRequest, aSignedSample, later, NOW, rejection } from './requests.ts';

const body = JSON.stringify({ id: 'evt_1', object: 'event', type: 'invoice.paid', created: 1_700_000_000, account: 'acct_1' });
const header = (secret: string, at = NOW) =>
  Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: Math.floor(at.getTime() / 1_000) });
const signed = (signature: string, at = NOW) => aProviderRequest(body, { 'Stripe-Signature': signature }, at);

describe('Stripe', () => {
  test("believes what Stripe's library signs, by any of several signatures and secrets", () => {
    const [, old = ''] = header('old').split(',');

    expect(rejection(stripe, signed(header('new')), { signingSecret: ['new'] })).toBeUndefined();
    expect(rejection(stripe, signed(`${header('new')},${old}`), { signingSecret: ['old'] })).toBeUndefined();
    expect(rejection(stripe, signed(header('old')), { signingSecret: ['new', 'old'] })).toBeUndefined();
    expect(rejection(stripe, signed(header('other')), { signingSecret: ['new', 'old'] })).toMatch(/is that of the signing secret/);
  });

  test("signs as Stripe's library expects", async () => {
    const sample = await aSignedSample(stripe, { signingSecret: ['whsec_x'] });
    const event = Stripe.webhooks.constructEvent(
      sample.body,
      sample.headers['stripe-signature'] ?? '',
      'whsec_x',
      300,
      undefined,
      NOW.getTime() / 1_000,
    );

    expect(event.type).toBe(sample.type);
  });

  test.each([
    ['in time', 300, undefined],
    ['too old', 301, /older than 300/],
    ['a little ahead', -300, undefined],
    ['too far ahead', -301, /ahead/],
  ])('%s', (_, seconds, reason) => {
    const told = rejection(stripe, signed(header('s'), later(seconds)), { signingSecret: ['s'] });

    if (reason) expect(told).toMatch(reason);
    else expect(told).toBeUndefined();
  });

  test.each([
    ['no header', undefined, /no signature/],
    ['no scheme v1', `t=${NOW.getTime() / 1_000},v0=00`, /no signature of the scheme v1/],
    ['no timestamp', 'v1=00', /no timestamp/],
    ['a timestamp that is none', 't=soon,v1=00', /not a number/],
  ])('does not believe %s', (_, signature, reason) => {
    const headers = signature === undefined ? {} : { 'stripe-signature': signature };
    expect(rejection(stripe, aProviderRequest(body, headers), { signingSecret: ['s'] })).toMatch(reason);
  });

  test('reads type, id, time and connected account', () => {
    expect(stripe.read(signed(''), Buffer.from(body), {})).toEqual({
      type: 'invoice.paid',
      deliveryKey: 'evt_1',
      subject: 'acct_1',
      time: '2023-11-14T22:13:20.000Z',
    });
  });
});
