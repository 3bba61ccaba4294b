import * as v from 'valibot';
import { ConditionFailed, getItem, putItem, type Table, updateItem } from '../aws/table.ts';
import { collection, collectionSort, itemKey, shardOf } from '../keys.ts';
import { channelIdOf, type Delivery, deliverySchema } from './delivery.ts';

const KEPT_DAYS = 14;

/** A delivery by its id, which for one that made an event is the event's. */
export async function findDelivery(
  table: Table,
  deliveryId: string,
  options: { consistent?: boolean } = {},
): Promise<Delivery | undefined> {
  const item = await getItem(table, itemKey.delivery(deliveryId), options);
  return item && v.parse(deliverySchema, item);
}

/** Stores a delivery unless there is one with its id, which for one that makes an event is the event's; gives the one that was there first, or undefined when this one is the first. */
export async function saveDelivery(table: Table, delivery: Delivery): Promise<Delivery | undefined> {
  try {
    await putItem(
      table,
      {
        ...itemKey.delivery(delivery.deliveryId),
        ...delivery,
        collection: collection.deliveries(delivery.workspace, channelIdOf(delivery), shardOf(delivery.deliveryId)),
        collectionSort: collectionSort(delivery.receivedAt, delivery.deliveryId),
        ttl: Math.floor(Date.parse(delivery.receivedAt) / 1000) + KEPT_DAYS * 86_400,
      },
      { ifAbsent: true },
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return findDelivery(table, delivery.deliveryId, { consistent: true });
  }
}

/** Counts requests of a minute (`2026-03-01T12:00`) that are not kept. */
export async function countRejections(table: Table, channelId: string, minute: string, times: number): Promise<void> {
  await updateItem(table, {
    key: itemKey.rejections(channelId, minute),
    expression: 'SET #ttl = :ttl ADD #times :times',
    names: { '#ttl': 'ttl', '#times': 'times' },
    values: { ':ttl': Math.floor(Date.parse(`${minute}Z`) / 1000) + KEPT_DAYS * 86_400, ':times': times },
  });
}

/** Corrects what a delivery says of its event: did it reach the bus, and what was the sender told? */
export async function setDeliveryOutcome(
  table: Table,
  deliveryId: string,
  outcome: 'accepted' | 'failed',
  answered: number,
): Promise<void> {
  await updateItem(table, {
    key: itemKey.delivery(deliveryId),
    expression: 'SET outcome = :outcome, answered = :answered',
    condition: 'attribute_exists(pk)',
    values: { ':outcome': outcome, ':answered': answered },
  });
}
