import * as v from 'valibot';
import { listItems } from '../aws/list.ts';
import { assignments, deleteItem, getItem, holds, putItem, type Table, updateItem } from '../aws/table.ts';
import { collection, collectionSort, INDEXES, itemKey } from '../keys.ts';
import type { Page, PageRequest } from '../paging.ts';
import { SUBSCRIPTION_NAME, type Subscription, subscriptionSchema } from './subscription.ts';
import {
  findNames,
  finishRename,
  type NameEntry,
  releaseName,
  reserveForRename,
  reserveName,
} from './subscription-names.repository.ts';

/** Subscriptions as they are stored, with their names. */
export interface SubscriptionStore {
  /** Reads consistently. */
  find(subscriptionId: string): Promise<Subscription | undefined>;
  findByName(workspace: string, name: string): Promise<Subscription | undefined>;
  list(workspace: string, integration: string | undefined, page: PageRequest): Promise<Page<Subscription>>;
  /** Stores a new one, unless its name is taken or its integration has `limit` of them. */
  add(subscription: Subscription, limit: number, now: Date): Promise<'added' | 'name taken' | 'limit reached'>;
  /** False, and nothing changed, when it was changed or deleted since `was` was read. */
  replace(was: Subscription, subscription: Subscription, now: Date): Promise<'replaced' | 'name taken' | 'changed'>;
  remove(subscription: Subscription): Promise<void>;
}

/** A request of the API takes less: what is older and has no subscription was left by one that broke off. */
const ABANDONED_AFTER = 60_000;

export function openSubscriptionStore(table: Table): SubscriptionStore {
  const find = async (subscriptionId: string) => {
    const item = await getItem(table, itemKey.subscription(subscriptionId), { consistent: true });
    return item && v.parse(subscriptionSchema, item);
  };

  /** Frees the names that broken-off requests left, of those for which `concerns` says true. */
  async function heal(workspace: string, now: Date, concerns: (name: string, entry: NameEntry) => boolean): Promise<void> {
    for (const [name, entry] of Object.entries((await findNames(table, workspace)).byName)) {
      if (!concerns(name, entry) || now.getTime() - new Date(entry.at).getTime() < ABANDONED_AFTER) continue;
      const subscription = await find(entry.id);
      if (subscription?.name === name) continue;
      if (subscription && !entry.uncounted) await finishRename(table, workspace, name, subscription.name, entry);
      else await releaseName(table, workspace, name, entry);
    }
  }

  async function reserve(subscription: Subscription, limit: number, now: Date): Promise<'added' | 'name taken' | 'limit reached'> {
    const { workspace, name, integration, subscriptionId: id } = subscription;
    const entry = { id, integration, at: now.toISOString() };
    if (await reserveName(table, workspace, name, entry, limit)) return 'added';
    await heal(workspace, now, (other, { integration: of }) => other === name || of === integration);
    if (await reserveName(table, workspace, name, entry, limit)) return 'added';
    return (await findNames(table, workspace)).byName[name] ? 'name taken' : 'limit reached';
  }

  async function reserveNew(was: Subscription, name: string, now: Date): Promise<boolean> {
    const { workspace, integration, subscriptionId: id } = was;
    const entry = { id, integration, at: now.toISOString(), uncounted: true as const };
    if (await reserveForRename(table, workspace, name, entry)) return true;
    await heal(workspace, now, (other) => other === name);
    return reserveForRename(table, workspace, name, entry);
  }

  return {
    find,
    async findByName(workspace, name) {
      const entry = (await findNames(table, workspace)).byName[name];
      const found = entry && (await find(entry.id));
      return found?.name === name ? found : undefined;
    },
    list: (workspace, integration, page) => {
      const keep = integration === undefined ? undefined : (each: Subscription) => each.integration === integration;
      const partitions = [collection.subscriptions(workspace)];
      return listItems(table, { index: INDEXES.collection, partitions, schema: subscriptionSchema, keep }, page);
    },
    async add(subscription, limit, now) {
      const reserved = await reserve(subscription, limit, now);
      if (reserved === 'added') await putItem(table, itemOf(subscription), { ifAbsent: true });
      return reserved;
    },
    async replace(was, subscription, now) {
      const { workspace, integration, subscriptionId: id, name } = subscription;
      const isRenamed = was.name !== name;
      if (isRenamed && !(await reserveNew(was, name, now))) return 'name taken';
      const isReplaced = await replaceItem(table, was, subscription);
      const entry = { id, integration, at: now.toISOString() };
      if (isRenamed && isReplaced) await finishRename(table, workspace, was.name, name, entry);
      else if (isRenamed) await releaseName(table, workspace, name, { ...entry, uncounted: true });
      return isReplaced ? 'replaced' : 'changed';
    },
    async remove({ workspace, subscriptionId: id }) {
      await deleteItem(table, itemKey.subscription(id));
      for (const [name, entry] of Object.entries((await findNames(table, workspace)).byName)) {
        if (entry.id === id) await releaseName(table, workspace, name, entry);
      }
    },
  };
}

const itemOf = (subscription: Subscription) => ({
  ...itemKey.subscription(subscription.subscriptionId),
  ...subscription,
  collection: collection.subscriptions(subscription.workspace),
  collectionSort: collectionSort(subscription.createdAt, subscription.subscriptionId),
});

const CHANGEABLE = ['name', 'events', 'paused', 'secrets', 'settings', 'allowedIps', 'updatedAt'] as const;

function replaceItem(table: Table, was: Subscription, subscription: Subscription): Promise<boolean> {
  const { expression, names, values } = assignments(Object.fromEntries(CHANGEABLE.map((field) => [field, subscription[field]])));
  return holds(
    updateItem(table, {
      key: itemKey.subscription(was.subscriptionId),
      expression,
      condition: '#updatedAt = :was',
      names,
      values: { ...values, ':was': was.updatedAt },
    }),
  );
}

/** A workspace's subscription by its id or its name; undefined for another's. */
export async function findByNameOrId(
  store: Pick<SubscriptionStore, 'find' | 'findByName'>,
  workspace: string,
  nameOrId: string,
): Promise<Subscription | undefined> {
  const byId = await store.find(nameOrId);
  if (byId?.workspace === workspace) return byId;
  return SUBSCRIPTION_NAME.test(nameOrId) ? store.findByName(workspace, nameOrId) : undefined;
}
