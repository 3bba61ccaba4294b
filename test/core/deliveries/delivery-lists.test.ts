import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { countRejections, saveDelivery } from '../../../core/deliveries/delivery.repository.ts';
import { DELIVERY_OUTCOMES, type Delivery } from '../../../core/deliveries/delivery.ts';
import { countNotStored, type DeliveryFilter, listDeliveries } from '../../../core/deliveries/delivery-lists.repository.ts';
import { BASE32 } from '../../../core/keys.ts';
import { decodeCursor } from '../../../core/paging.ts';
import { NOW } from '../builders.ts';
import { later } from '../runs/world.ts';
import { openTestTable } from '../test-table.ts';

let opened: Awaited<ReturnType<typeof openTestTable>>;
/** In each shard several, for two subscriptions and a webhook trigger by turns, a second apart. */
const deliveries = Array.from({ length: 48 }, (_, index): Delivery => {
  const from = [
    { subscriptionId: 'one' },
    { subscriptionId: 'two' },
    { triggerId: 'hook', triggerKind: 'webhook', workflowId: 'hello' },
  ] as const;
  return {
    deliveryId: `${BASE32[(index * 5) % 32]}${String(index).padStart(25, 'a')}`,
    workspace: index === 47 ? 'other' : 'default',
    ...from[index % 3],
    method: 'POST',
    outcome: DELIVERY_OUTCOMES[index % DELIVERY_OUTCOMES.length] ?? 'accepted',
    answered: 202,
    receivedAt: later(index).toISOString(),
    bodyHash: '00',
  };
});

beforeAll(async () => {
  opened = await openTestTable();
  await Promise.all(deliveries.map((delivery) => saveDelivery(opened.table, delivery)));
});
afterAll(() => opened.close());

/** The ids on each page. */
async function pages(filter: Omit<DeliveryFilter, 'workspace'>, limit: number): Promise<string[][]> {
  const found: string[][] = [];
  for (let after: string | undefined; ; ) {
    const { items, next } = await listDeliveries(opened.table, { workspace: 'default', ...filter }, { limit, after });
    found.push(items.map(({ deliveryId }) => deliveryId));
    if (next === undefined) return found;
    after = decodeCursor(next);
  }
}

const newest = (isMeant: (delivery: Delivery, index: number) => boolean) =>
  deliveries
    .filter((delivery, index) => delivery.workspace === 'default' && isMeant(delivery, index))
    .map(({ deliveryId }) => deliveryId)
    .toReversed();

describe('deliveries', () => {
  test('of one channel are listed newest first over its shards, page by page', async () => {
    const found = await pages({ channelIds: ['one'] }, 5);

    expect(found.map((page) => page.length)).toEqual([5, 5, 5, 1]);
    expect(found.flat()).toEqual(newest(({ subscriptionId }) => subscriptionId === 'one'));
  });

  test('of several are one list', async () => {
    expect((await pages({ channelIds: ['one', 'two', 'hook'] }, 10)).flat()).toEqual(newest(() => true));
  });

  test.each(DELIVERY_OUTCOMES)('are filtered by the outcome %s', async (outcome) => {
    const expected = newest((delivery) => delivery.outcome === outcome);

    expect(expected).not.toEqual([]);
    expect((await pages({ channelIds: ['one', 'two', 'hook'], outcome }, 3)).flat()).toEqual(expected);
  });

  test('of no channel, or of one without any, are none', async () => {
    expect(await pages({ channelIds: [] }, 10)).toEqual([[]]);
    expect(await pages({ channelIds: ['three'] }, 10)).toEqual([[]]);
  });
});

test('what was not stored is counted over the last 60 minutes, of the channels named', async () => {
  const ago = (minutes: number) =>
    later(-60 * minutes)
      .toISOString()
      .slice(0, 16);
  const counts = [
    ['one', 0, 1],
    ['one', 59, 20],
    ['one', 60, 300],
    ['two', 3, 4_000],
    ['three', 3, 50_000],
  ] as const;
  for (const [channelId, minutes, times] of counts) await countRejections(opened.table, channelId, ago(minutes), times);

  expect(await countNotStored(opened.table, ['one'], NOW)).toBe(21);
  expect(await countNotStored(opened.table, ['one', 'two'], NOW)).toBe(4_021);
  expect(await countNotStored(opened.table, ['none'], NOW)).toBe(0);
});
