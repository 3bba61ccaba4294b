import * as v from 'valibot';
import { ConditionFailed, getItem, putItem, type Table, updateItem } from '../aws/table.ts';
import { collection, collectionSort, itemKey, shardOf } from '../keys.ts';
import { type Delivery, deliverySchema } from './delivery.ts';

const KEPT_DAYS = 14;

export async function findDelivery(
  table: Table,
  eventId: string,
  options: { consistent?: boolean } = {},
): Promise<Delivery | undefined> {
  const item = await getItem(table, itemKey.delivery(eventId), options);
  return item && v.parse(deliverySchema, item);
}

/** Stores a delivery unless its event has one already; gives the one that was there first, or undefined when this one is the first. */
export async function saveDelivery(table: Table, delivery: Delivery): Promise<Delivery | undefined> {
  try {
    await putItem(
      table,
      {
        ...itemKey.delivery(delivery.eventId),
        ...delivery,
        collection: collection.deliveries(delivery.triggerId, shardOf(delivery.eventId)),
        collectionSort: collectionSort(delivery.receivedAt, delivery.eventId),
        ttl: Math.floor(Date.parse(delivery.receivedAt) / 1000) + KEPT_DAYS * 86_400,
      },
      { ifAbsent: true },
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return findDelivery(table, delivery.eventId, { consistent: true });
  }
}

/** Corrects what a delivery says of its event: did it reach the bus? */
export async function setDeliveryOutcome(table: Table, eventId: string, outcome: 'accepted' | 'failed'): Promise<void> {
  await updateItem(table, {
    key: itemKey.delivery(eventId),
    expression: 'SET outcome = :outcome',
    condition: 'attribute_exists(pk)',
    values: { ':outcome': outcome },
  });
}
