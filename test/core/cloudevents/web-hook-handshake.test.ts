import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { answerHandshake } from '../../../core/cloudevents/web-hook-handshake.ts';
import { Problem } from '../../../core/errors.ts';

const ALLOW = { allow: 'POST, OPTIONS' };
const ORIGIN = 'eventemitter.example.com';

// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md#42-validation-response
describe('the web-hook handshake', () => {
  test.each([
    [[ORIGIN], ORIGIN],
    [['EventEmitter.Example.com'], ORIGIN],
    [['other.example.com', '*.example.com'], ORIGIN],
    [['other.example.com', '*'], '*'],
  ])('allows an origin among %j', (allowedOrigins, allowed) => {
    expect(answerHandshake({ origin: ORIGIN }, { allowedOrigins })).toEqual({
      ...ALLOW,
      'webhook-allowed-origin': allowed,
      'webhook-allowed-rate': '*',
    });
  });

  test.each([
    [[], ORIGIN],
    [['example.com'], ORIGIN],
    [['*.example.com'], 'example.com'],
    [['*.example.com'], 'evilexample.com'],
    [['*.example.com'], 'a b.example.com'],
  ])('with %j allowed, says nothing to %s', (allowedOrigins, origin) => {
    expect(answerHandshake({ origin, rate: '120' }, { allowedOrigins })).toEqual(ALLOW);
  });

  test.each([
    ['120', undefined, '120'],
    ['120', 100, '100'],
    ['50', 100, '50'],
    [undefined, 100, '100'],
    [undefined, undefined, '*'],
  ])('asked for a rate of %s where %s is the limit, grants %s', (rate, limit, granted) => {
    const terms = { allowedOrigins: [ORIGIN], ...(limit !== undefined && { allowedRate: limit }) };

    expect(answerHandshake({ origin: ORIGIN, rate }, terms)).toMatchObject({ 'webhook-allowed-rate': granted });
  });

  test.each([
    [undefined, undefined, 'webhook-request-origin'],
    ['', undefined, 'webhook-request-origin'],
    [ORIGIN, '0', 'webhook-request-rate'],
    [ORIGIN, '-5', 'webhook-request-rate'],
    [ORIGIN, '1.5', 'webhook-request-rate'],
    [ORIGIN, 'many', 'webhook-request-rate'],
  ])('from %s at %s is a bad request', (origin, rate, parameter) => {
    const handshake = () => answerHandshake({ origin, rate }, { allowedOrigins: ['*'] });

    expect(handshake).toThrow(expect.objectContaining({ status: 400, errors: [{ parameter, detail: expect.any(String) }] }));
  });

  test('gives back no origin that could be more than a header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (origin, rate) => {
        try {
          const answer = answerHandshake({ origin: `${origin}.example.com`, rate }, { allowedOrigins: ['*.example.com'] });
          expect(Object.values(answer).every((value) => /^[\w.*, -]+$/.test(value))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
        }
      }),
    );
  });
});
