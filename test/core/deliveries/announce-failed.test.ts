import { afterEach, expect, jest, test } from '@jest/globals';
import { failureAnnouncer } from '../../../core/deliveries/announce-failed.ts';
import { announcer, type PlatformEvent } from '../../../core/events/platform-event.ts';
import { NOW } from '../builders.ts';
import { aDelivery } from '../runs/world.ts';

const EVENT_ID = 'e'.repeat(26);
const delivery = { ...aDelivery({ deliveryId: EVENT_ID, type: 'webhook.received' }), eventId: EVENT_ID };

afterEach(() => {
  jest.restoreAllMocks();
});

test('a delivery that failed is told of by its ids, without its content', async () => {
  const told: PlatformEvent[] = [];
  await failureAnnouncer(async (event) => void told.push(event))({ ...delivery, content: new Uint8Array([1]) });

  expect(told).toEqual([
    {
      workspace: 'default',
      type: 'delivery.failed',
      subject: EVENT_ID,
      key: 'failed',
      time: NOW,
      data: {
        deliveryId: EVENT_ID,
        eventId: EVENT_ID,
        triggerId: 'hello',
        workflowId: 'hello',
        activityId: delivery.activityId,
        type: 'webhook.received',
        method: 'POST',
        receivedAt: NOW.toISOString(),
      },
      depth: 0,
    },
  ]);
});

test('a delivery that fails again is the same event, whenever it came', async () => {
  const ids: string[] = [];
  const announce = failureAnnouncer(announcer(async ({ detail }) => void ids.push(JSON.parse(detail).id)));

  await announce(delivery);
  await announce({ ...delivery, receivedAt: '2026-03-02T12:00:00.000Z' });
  await announce({ ...delivery, deliveryId: 'f'.repeat(26) });

  expect(ids[0]).toBe(ids[1]);
  expect(ids[2]).not.toBe(ids[0]);
});

test.each([
  ['fails', () => Promise.reject(new Error('down'))],
  ['hangs', () => new Promise<void>(() => undefined)],
])('a bus that %s changes nothing for the sender', async (_, announce) => {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);

  await expect(failureAnnouncer(announce, 1)(delivery)).resolves.toBeUndefined();
  expect(warn).toHaveBeenCalledTimes(1);
});
