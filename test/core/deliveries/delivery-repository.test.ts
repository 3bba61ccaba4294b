import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getItem } from '../../../core/aws/table.ts';
import { countRejections, findDelivery, saveDelivery, setDeliveryOutcome } from '../../../core/deliveries/delivery.repository.ts';
import type { Delivery } from '../../../core/deliveries/delivery.ts';
import { itemKey } from '../../../core/keys.ts';
import { openTestTable } from '../test-table.ts';

let opened: Awaited<ReturnType<typeof openTestTable>>;
beforeAll(async () => {
  opened = await openTestTable();
});
afterAll(() => opened.close());

const delivery = (deliveryId: string, with_: Partial<Delivery> = {}): Delivery => ({
  deliveryId,
  eventId: deliveryId,
  workspace: 'default',
  subscriptionId: 's',
  integration: 'github',
  type: 'push',
  method: 'POST',
  outcome: 'accepted',
  answered: 202,
  receivedAt: '2026-03-01T12:00:00.000Z',
  bodyHash: '00',
  content: new Uint8Array([1, 2, 3]),
  ...with_,
});

describe('a delivery', () => {
  test('is stored once under its id, and the second is told of the first', async () => {
    const first = delivery('a');
    expect(await saveDelivery(opened.table, first)).toBeUndefined();
    expect(await saveDelivery(opened.table, delivery('a', { bodyHash: '11' }))).toEqual(first);
    expect(await findDelivery(opened.table, 'a')).toEqual(first);
  });

  test('is in the list of its subscription, or of its trigger, and goes after 14 days', async () => {
    await saveDelivery(opened.table, delivery('b'));
    const { subscriptionId: _, integration: __, ...rest } = delivery('c');
    await saveDelivery(opened.table, { ...rest, triggerId: 't', triggerKind: 'webhook', workflowId: 'w' });
    expect(await getItem(opened.table, itemKey.delivery('b'))).toMatchObject({
      collection: 'DELIVERIES#default#s#0',
      ttl: Date.parse('2026-03-15T12:00:00Z') / 1000,
    });
    expect(await getItem(opened.table, itemKey.delivery('c'))).toMatchObject({ collection: 'DELIVERIES#default#t#0' });
  });

  test('whose event did not reach the bus says so, with what the sender was told', async () => {
    await saveDelivery(opened.table, delivery('d'));
    await setDeliveryOutcome(opened.table, 'd', 'failed', 503);
    expect(await findDelivery(opened.table, 'd')).toMatchObject({ outcome: 'failed', answered: 503 });
    await setDeliveryOutcome(opened.table, 'd', 'accepted', 202);
    expect(await findDelivery(opened.table, 'd')).toEqual(delivery('d'));
  });

  test('that is not stored is not made by its outcome', async () => {
    await expect(setDeliveryOutcome(opened.table, 'nowhere', 'failed', 503)).rejects.toThrow();
    expect(await findDelivery(opened.table, 'nowhere')).toBeUndefined();
  });
});

test('the requests of a flood add up, a minute each', async () => {
  await countRejections(opened.table, 's', '2026-03-01T12:00', 1);
  await countRejections(opened.table, 's', '2026-03-01T12:00', 40);
  await countRejections(opened.table, 's', '2026-03-01T12:01', 2);
  expect(await getItem(opened.table, itemKey.rejections('s', '2026-03-01T12:00'))).toMatchObject({
    times: 41,
    ttl: Date.parse('2026-03-15T12:00:00Z') / 1000,
  });
  expect(await getItem(opened.table, itemKey.rejections('s', '2026-03-01T12:01'))).toMatchObject({ times: 2 });
});
