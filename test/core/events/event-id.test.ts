import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { activityIdOf, deriveEventId, eventIdOf, toBase32 } from '../../../core/events/event-id.ts';
import { shardOf } from '../../../core/keys.ts';

const parts = fc.record({ workspace: fc.string(), kind: fc.string(), channelId: fc.string(), deliveryKey: fc.string() });

describe('event ids', () => {
  test('are 26 lower-case base32 characters', () => {
    fc.assert(fc.property(parts, (from) => /^[a-z2-7]{26}$/.test(deriveEventId(from))));
  });

  test('are the same for the same parts and others for other parts', () => {
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        return (deriveEventId(one) === deriveEventId(other)) === same && deriveEventId(one) === deriveEventId({ ...one });
      }),
    );
  });

  test('do not collide when characters move from one part to the next', () => {
    const one = deriveEventId({ workspace: 'a', kind: 'webhook', channelId: 'b', deliveryKey: 'cd' });
    const other = deriveEventId({ workspace: 'a', kind: 'webhook', channelId: 'bc', deliveryKey: 'd' });
    expect(one).not.toBe(other);
  });

  test('are found again in the activityId, whatever the trigger', () => {
    fc.assert(
      fc.property(parts, fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/), (from, triggerId) => {
        const eventId = deriveEventId(from);
        const activityId = activityIdOf(eventId, triggerId);
        return eventIdOf(activityId) === eventId && activityId.length <= 80;
      }),
    );
  });

  test('no text makes reading an activityId throw', () => {
    fc.assert(fc.property(fc.string(), (text) => ['string', 'undefined'].includes(typeof eventIdOf(text))));
  });

  test('spread over eight shards', () => {
    const shards = new Set<number>();
    for (let key = 0; key < 500; key++) {
      shards.add(shardOf(deriveEventId({ workspace: 'default', kind: 'webhook', channelId: 'hello', deliveryKey: String(key) })));
    }
    expect([...shards].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  // RFC 4648, section 10: https://www.rfc-editor.org/rfc/rfc4648#section-10 (lower case, padding left out; whole groups only).
  test.each([
    ['fooba', 'mzxw6ytb'],
    ['foobarfoob', 'mzxw6ytboi'],
  ])('base32 of %s begins with %s', (text, expected) => {
    expect(toBase32(Buffer.from(text)).startsWith(expected.slice(0, 8))).toBe(true);
  });
});
