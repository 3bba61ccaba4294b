import { expect, test } from '@jest/globals';
import { takeRate } from '../../../core/triggers/rate.repository.ts';
import { receiveWebhook } from '../../../core/triggers/receive-webhook.ts';
import { aReceiver, aRequest, aTrigger, NOW } from '../builders.ts';
import { openTestTable } from '../test-table.ts';

test('of requests side by side, no more are taken in a period than its limit', async () => {
  const { table, close } = await openTestTable();

  const taken = await Promise.all(Array.from({ length: 30 }, () => takeRate(table, 'hello', 60, 60, 10)));
  const next = await takeRate(table, 'hello', 120, 60, 10);
  const other = await takeRate(table, 'other', 60, 60, 10);
  await close();

  expect(taken.filter(Boolean)).toHaveLength(10);
  expect([next, other]).toEqual([true, true]);
});

test('a request beyond the limit is told when to come again, is in the request log, and starts nothing', async () => {
  const trigger = aTrigger({ auth: 'none', rateLimit: { requests: 1, seconds: 60 } });
  const world = aReceiver({ triggers: [trigger] });
  const at = (seconds: number) => aRequest({ receivedAt: new Date(NOW.getTime() + seconds * 1_000) });
  await receiveWebhook(world.receiver, 'hello', at(0));

  await expect(receiveWebhook(world.receiver, 'hello', at(45))).rejects.toMatchObject({
    status: 429,
    headers: { 'retry-after': '15' },
  });
  expect(world.logged).toMatchObject([{ outcome: 'rejected', answered: 429 }]);
  await receiveWebhook(world.receiver, 'hello', at(60));
  expect(world.published).toHaveLength(2);
});
