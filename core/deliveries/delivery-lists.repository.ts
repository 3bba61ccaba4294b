import * as v from 'valibot';
import { listItems } from '../aws/list.ts';
import { batchGet, type Table } from '../aws/table.ts';
import { collection, INDEXES, itemKey, SHARDS } from '../keys.ts';
import type { Page, PageRequest } from '../paging.ts';
import { type Delivery, type DeliveryOutcome, deliverySchema } from './delivery.ts';

export interface DeliveryFilter {
  readonly workspace: string;
  /** As `channelIdOf` gives them. */
  readonly channelIds: readonly string[];
  readonly outcome?: DeliveryOutcome | undefined;
}

/** One page of the deliveries of these subscriptions and triggers, newest first. */
export function listDeliveries(
  table: Table,
  { workspace, channelIds, outcome }: DeliveryFilter,
  page: PageRequest,
): Promise<Page<Delivery>> {
  const partitions = channelIds.flatMap((channelId) =>
    Array.from({ length: SHARDS }, (_, shard) => collection.deliveries(workspace, channelId, shard)),
  );
  const keep = outcome === undefined ? undefined : (delivery: Delivery) => delivery.outcome === outcome;
  return listItems(table, { index: INDEXES.collection, partitions, schema: deliverySchema, keep }, page);
}

/** The minutes that are looked at for requests that were counted and not kept. */
const COUNTED_MINUTES = 60;

/** How many requests of these channels were not kept in the last hour, because too many of their kind came at once. */
export async function countNotStored(table: Table, channelIds: readonly string[], now: Date): Promise<number> {
  const minutes = Array.from({ length: COUNTED_MINUTES }, (_, ago) =>
    new Date(now.getTime() - ago * 60_000).toISOString().slice(0, 16),
  );
  const keys = channelIds.flatMap((channelId) => minutes.map((minute) => itemKey.rejections(channelId, minute)));
  const counters = await batchGet(table, keys);
  return counters.reduce((sum, counter) => sum + v.parse(counterSchema, counter).times, 0);
}

const counterSchema = v.object({ times: v.number() });
