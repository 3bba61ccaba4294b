import * as v from 'valibot';
import { listItems } from '../aws/list.ts';
import { deleteItem, getItem, holds, ifHolds, type Table, updateItem } from '../aws/table.ts';
import { collection, collectionSort, INDEXES, itemKey } from '../keys.ts';
import { hasLabel } from '../labels.ts';
import type { Page, PageRequest } from '../paging.ts';
import { lastFireBefore } from '../schedules/fire-times.ts';
import { type Trigger, type TriggerOf, triggerSchema } from './trigger.ts';

export async function findTrigger(
  table: Table,
  triggerId: string,
  options: { consistent?: boolean } = {},
): Promise<Trigger | undefined> {
  const item = await getItem(table, itemKey.trigger(triggerId), options);
  return item && v.parse(triggerSchema, item);
}

export interface TriggerFilter {
  readonly workflowId?: string | undefined;
  readonly kind?: Trigger['kind'] | undefined;
  /** `team=billing`. */
  readonly label?: string | undefined;
}

/** One page of a workspace's triggers, or of those that the filter names. */
export function listTriggers(table: Table, workspace: string, filter: TriggerFilter, page: PageRequest): Promise<Page<Trigger>> {
  const { workflowId, kind, label } = filter;
  const isFiltered = [workflowId, kind, label].some((given) => given !== undefined);
  const fits = (trigger: Trigger) =>
    (workflowId === undefined || trigger.workflowId === workflowId) &&
    (kind === undefined || trigger.kind === kind) &&
    (label === undefined || hasLabel(trigger.labels, label));
  const keep = isFiltered ? fits : undefined;
  const partitions = [collection.triggers(workspace)];
  return listItems(table, { index: INDEXES.collection, partitions, schema: triggerSchema, keep }, page);
}

/** What an earlier version may have left on the item. */
const OPTIONAL = [
  'filter',
  'pattern',
  'params',
  'resourceArn',
  'subscription',
  'verification',
  'deliveryKey',
  'allowedIps',
  'response',
  'rateLimit',
  'labels',
  'description',
  'deleteWhenOver',
  'ttl',
];

/**
 * Stores a declared trigger; its place in lists stays. False, and nothing changed, when another workflow has a trigger with its id, or one was
 * made at run time.
 */
export const declareTrigger = (table: Table, trigger: Trigger, now: Date): Promise<boolean> =>
  saveUnlessAnothers(table, trigger, now, 'attribute_not_exists(#atRunTime)');

/** Stores a trigger that was made at run time. False, and nothing changed, when there is another's with its id. */
export const saveRunTimeTrigger = (table: Table, trigger: TriggerOf<'event' | 'schedule'>, now: Date): Promise<boolean> =>
  saveUnlessAnothers(table, trigger, now, '#atRunTime = :atRunTime');

async function saveUnlessAnothers(table: Table, trigger: Trigger, now: Date, origin: string): Promise<boolean> {
  const ttl = expiryOf(trigger);
  const given = Object.entries({ ...trigger, ...(ttl !== undefined && { ttl }) });
  const set: Record<string, unknown> = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  const left = OPTIONAL.filter((name) => !(name in set));
  return holds(
    updateItem(table, {
      key: itemKey.trigger(trigger.triggerId),
      expression: [
        'SET',
        [
          ...Object.keys(set).map((name) => `#${name} = :${name}`),
          '#collection = :collection',
          '#collectionSort = if_not_exists(#collectionSort, :collectionSort)',
        ].join(', '),
        ...(left.length > 0 ? ['REMOVE', left.map((name) => `#${name}`).join(', ')] : []),
      ].join(' '),
      condition: `attribute_not_exists(pk) OR (#workspace = :workspace AND #workflowId = :workflowId AND ${origin})`,
      names: Object.fromEntries(
        [...Object.keys(set), ...left, 'atRunTime', 'collection', 'collectionSort'].map((name) => [`#${name}`, name]),
      ),
      values: {
        ...Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
        ':collection': collection.triggers(trigger.workspace),
        ':collectionSort': collectionSort(now.toISOString(), trigger.triggerId),
      },
    }),
  );
}

/** Two days after the last fire that a window and the scheduler's 24 hours of retries leave room for, in seconds since the epoch. */
function expiryOf(trigger: Trigger): number | undefined {
  if (trigger.kind !== 'schedule' || !trigger.deleteWhenOver) return undefined;
  const over = lastFireBefore(trigger.schedule);
  return over === undefined ? undefined : Math.floor(over / 1000) + 2 * 86_400;
}

/** Notes whether a schedule is paused; undefined when there is no such trigger. */
export async function setPaused(table: Table, triggerId: string, paused: boolean): Promise<Trigger | undefined> {
  const item = await ifHolds(
    updateItem(table, {
      key: itemKey.trigger(triggerId),
      expression: paused ? 'SET paused = :true' : 'REMOVE paused',
      condition: 'attribute_exists(pk)',
      ...(paused && { values: { ':true': true } }),
    }),
  );
  return item && v.parse(triggerSchema, item);
}

/** Removes a trigger; one that is gone is left at that. */
export async function removeTrigger(table: Table, triggerId: string): Promise<void> {
  await deleteItem(table, itemKey.trigger(triggerId));
}
