import { expect, jest, test } from '@jest/globals';
import type { PlatformEvent } from '../../../core/events/platform-event.ts';
import { unauthorizedAnnouncer } from '../../../core/subscriptions/announce-unauthorized.ts';
import { aSubscription, NOW } from '../builders.ts';

const in60s = new Date(NOW.getTime() + 60_000);

test('a sender that is not believed is told of once a minute and subscription', async () => {
  const told: PlatformEvent[] = [];
  const announce = unauthorizedAnnouncer(async (event) => void told.push(event));

  for (const at of [NOW, NOW, in60s]) await announce(aSubscription(), at);
  await announce(aSubscription({ subscriptionId: 'b'.repeat(26) }), NOW);

  expect(told.map(({ type, subject, key }) => [type, subject.charAt(0), key])).toEqual([
    ['subscription.unauthorized', 'a', '2026-03-01T12:00'],
    ['subscription.unauthorized', 'a', '2026-03-01T12:01'],
    ['subscription.unauthorized', 'b', '2026-03-01T12:00'],
  ]);
});

test('a bus that fails changes nothing for the sender', async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  const announce = unauthorizedAnnouncer(() => Promise.reject(new Error('down')));

  await expect(announce(aSubscription(), NOW)).resolves.toBeUndefined();
});
