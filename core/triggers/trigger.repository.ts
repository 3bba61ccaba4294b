import * as v from 'valibot';
import { listItems } from '../aws/list.ts';
import { ConditionFailed, deleteItem, getItem, type Table, updateItem } from '../aws/table.ts';
import { collection, collectionSort, INDEXES, itemKey } from '../keys.ts';
import type { Page, PageRequest } from '../paging.ts';
import { type Trigger, type TriggerOf, triggerSchema } from './trigger.ts';

export async function findTrigger(table: Table, triggerId: string): Promise<Trigger | undefined> {
  const item = await getItem(table, itemKey.trigger(triggerId));
  return item && v.parse(triggerSchema, item);
}

/** One page of a workspace's triggers, or of those of one workflow. */
export function listTriggers(
  table: Table,
  workspace: string,
  workflowId: string | undefined,
  page: PageRequest,
): Promise<Page<Trigger>> {
  const keep = workflowId === undefined ? undefined : (trigger: Trigger) => trigger.workflowId === workflowId;
  const partitions = [collection.triggers(workspace)];
  return listItems(table, { index: INDEXES.collection, partitions, schema: triggerSchema, keep }, page);
}

/** What an earlier version may have left on the item. */
const OPTIONAL = [
  'filter',
  'params',
  'resourceArn',
  'subscription',
  'verification',
  'deliveryKey',
  'allowedIps',
  'response',
  'rateLimit',
];

/**
 * Stores a declared trigger; its place in lists stays. False, and nothing changed, when another workflow has a trigger with its id, or one was
 * made at run time.
 */
export const declareTrigger = (table: Table, trigger: Trigger, now: Date): Promise<boolean> =>
  saveUnlessAnothers(table, trigger, now, 'attribute_not_exists(#atRunTime)');

/** Stores a trigger that was made at run time. False, and nothing changed, when there is another's with its id. */
export const saveEventTrigger = (table: Table, trigger: TriggerOf<'event'>, now: Date): Promise<boolean> =>
  saveUnlessAnothers(table, trigger, now, '#atRunTime = :atRunTime');

async function saveUnlessAnothers(table: Table, trigger: Trigger, now: Date, origin: string): Promise<boolean> {
  const set: Record<string, unknown> = Object.fromEntries(Object.entries(trigger).filter(([, value]) => value !== undefined));
  const left = OPTIONAL.filter((name) => !(name in set));
  try {
    await updateItem(table, {
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
    });
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

/** Removes a trigger; one that is gone is left at that. */
export async function removeTrigger(table: Table, triggerId: string): Promise<void> {
  await deleteItem(table, itemKey.trigger(triggerId));
}
