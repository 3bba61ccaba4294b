import * as v from 'valibot';
import { listItems } from '../aws/list.ts';
import { getItem, holds, ifHolds, putItem, type Table, type Update, updateItem } from '../aws/table.ts';
import { collection, collectionSort, INDEXES, itemKey } from '../keys.ts';
import type { Page, PageRequest } from '../paging.ts';
import { type Answer, type Callback, callbackSchema } from './callback.ts';

/** How long after its end a callback can still be looked at, in seconds. */
const KEPT_SECONDS = 30 * 86_400;

export async function findCallback(table: Table, callbackId: string): Promise<Callback | undefined> {
  const item = await getItem(table, itemKey.callback(callbackId), { consistent: true });
  return item && v.parse(callbackSchema, item);
}

/** The callbacks of a run, newest first. */
export function listCallbacks(table: Table, activityId: string, page: PageRequest): Promise<Page<Callback>> {
  const partitions = [collection.callbacks(activityId)];
  return listItems(table, { index: INDEXES.collection, partitions, schema: callbackSchema }, page);
}

/** Stores a callback; false when there is one with its id. */
export async function createCallback(table: Table, callback: Callback): Promise<boolean> {
  const { callbackId, activityId, createdAt, expiresAt } = callback;
  const item = {
    ...itemKey.callback(callbackId),
    ...callback,
    ttl: Math.ceil(Date.parse(expiresAt) / 1000) + KEPT_SECONDS,
    collection: collection.callbacks(activityId),
    collectionSort: collectionSort(createdAt, callbackId),
  };
  return holds(putItem(table, item, { ifAbsent: true }));
}

/**
 * Adds an answer, and with it the decision that it makes, if any. Undefined when `callback` is no longer what is stored: another answer
 * came, or a decision.
 */
export function addAnswer(
  table: Table,
  callback: Callback,
  { place, answer, decision }: { place: string; answer: Answer; decision: Answer['status'] | undefined },
): Promise<Callback | undefined> {
  const count = Object.keys(callback.answers).length;
  return update(table, {
    key: itemKey.callback(callback.callbackId),
    expression: `SET answers.#place = :answer${decision ? ', decision = :decision, decidedAt = :at' : ''}`,
    condition: 'attribute_not_exists(decision) AND size(answers) = :count AND attribute_not_exists(answers.#place)',
    names: { '#place': place },
    values: { ':answer': answer, ':count': count, ...(decision && { ':decision': decision, ':at': answer.at }) },
  });
}

/** Notes the task that waits, the newest one. Undefined when there is no such callback any more. */
export function setTaskToken(table: Table, callbackId: string, taskToken: string): Promise<Callback | undefined> {
  return update(table, {
    key: itemKey.callback(callbackId),
    expression: 'SET taskToken = :token',
    condition: 'attribute_exists(pk)',
    values: { ':token': taskToken },
  });
}

/** Notes that the decision has gone to its task. Undefined when that is noted already, or another task waits by now. */
export function setDelivered(table: Table, callbackId: string, taskToken: string): Promise<Callback | undefined> {
  return update(table, {
    key: itemKey.callback(callbackId),
    expression: 'SET deliveredTo = :token',
    condition: 'taskToken = :token AND (attribute_not_exists(deliveredTo) OR deliveredTo <> :token)',
    values: { ':token': taskToken },
  });
}

async function update(table: Table, change: Update): Promise<Callback | undefined> {
  const item = await ifHolds(updateItem(table, change));
  return item && v.parse(callbackSchema, item);
}
