import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { Delivery } from '../../../core/deliveries/delivery.ts';
import { deliveryLog } from '../../../core/deliveries/delivery-log.ts';
import { unacceptedDelivery } from '../../../core/deliveries/rejected.ts';

const at = (time: string, subscriptionId = 's'): Delivery =>
  unacceptedDelivery(
    { workspace: 'default', subscriptionId },
    { request: { method: 'POST', query: {}, headers: {} }, body: Buffer.alloc(0), bodyHash: '00', receivedAt: new Date(time) },
    { outcome: 'rejected', reason: 'No.', answered: 401 },
  );

function aLog() {
  const saved: Delivery[] = [];
  const counts: [channelId: string, minute: string, times: number][] = [];
  const broken = { save: false, count: false };
  const log = deliveryLog({
    save: async (delivery) => {
      if (broken.save) throw new Error('down');
      saved.push(delivery);
    },
    count: async (...args) => {
      if (broken.count) throw new Error('down');
      counts.push(args);
    },
  });
  const send = async (times: number, delivery: Delivery) => {
    for (let sent = 0; sent < times; sent++) await log(delivery);
  };
  const counted = (minute: string) => counts.filter((each) => each[1] === minute).reduce((sum, each) => sum + each[2], 0);
  return { log, send, saved, counts, counted, broken };
}

const NOON = '2026-03-01T12:00:00.000Z';
const LATER = '2026-03-01T12:01:00.000Z';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the request log of what made no event', () => {
  test('keeps 60 a minute and channel, each under an id of its own', async () => {
    const { send, saved, counts } = aLog();
    for (let sent = 0; sent < 60; sent++) await send(1, at(NOON));
    await send(1, at(NOON, 'another'));
    await send(1, at(LATER));
    expect(new Set(saved.map(({ deliveryId }) => deliveryId)).size).toBe(62);
    expect(counts).toEqual([]);
  });

  test('keeps every repeat, which counts for no flood', async () => {
    const { send, saved, counts } = aLog();
    await send(100, { ...at(NOON), outcome: 'duplicate' });
    await send(60, at(NOON));
    expect(saved).toHaveLength(160);
    expect(counts).toEqual([]);
  });

  test('counts a flood in few writes, and loses none of it by the next minute', async () => {
    const { send, saved, counts, counted } = aLog();
    await send(10_060, at(NOON));
    await send(1, at(LATER));
    expect(saved).toHaveLength(61);
    expect(counted('2026-03-01T12:00')).toBe(10_000);
    expect(counts.length).toBeLessThan(25);
    expect(counts.every(([channelId]) => channelId === 's')).toBe(true);
  });

  test('tells of the first request that it only counts', async () => {
    const { send, counts } = aLog();
    await send(61, at(NOON));
    expect(counts).toEqual([['s', '2026-03-01T12:00', 1]]);
  });

  test('fails no request when the table fails, and says so in our own log without the request', async () => {
    const warned = jest.spyOn(console, 'warn').mockReturnValue();
    const { send, saved, broken } = aLog();
    broken.save = true;
    await send(1, at(NOON));
    expect(saved).toEqual([]);
    expect(warned.mock.calls).toEqual([[{ message: 'a delivery was not kept', error: 'Error' }]]);
  });

  test('counts later what it could not count', async () => {
    jest.spyOn(console, 'warn').mockReturnValue();
    const { send, counted, broken } = aLog();
    await send(60, at(NOON));
    broken.count = true;
    await send(100, at(NOON));
    broken.count = false;
    await send(1, at(LATER));
    expect(counted('2026-03-01T12:00')).toBe(100);
  });
});
