import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Table, updateItem } from '../../../core/aws/table.ts';
import { itemKey } from '../../../core/keys.ts';
import { openSubscriptionStore, type SubscriptionStore } from '../../../core/subscriptions/subscription.repository.ts';
import type { Subscription } from '../../../core/subscriptions/subscription.ts';
import { findNames, reserveForRename, reserveName } from '../../../core/subscriptions/subscription-names.repository.ts';
import { NOW } from '../builders.ts';
import { openTestTable } from '../test-table.ts';

let table: Table;
let close: () => Promise<void>;
let store: SubscriptionStore;
beforeAll(async () => {
  ({ table, close } = await openTestTable());
  store = openSubscriptionStore(table);
});
afterAll(() => close());

const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);
const aSubscription = (with_: Partial<Subscription>): Subscription => ({
  subscriptionId: `id-of-${with_.workspace}-${with_.name}`,
  workspace: 'default',
  integration: 'github',
  name: 'one',
  events: ['*'],
  paused: false,
  secrets: { webhookSecret: [{ sealed: Uint8Array.of(1), createdAt: NOW.toISOString() }] },
  settings: {},
  createdAt: NOW.toISOString(),
  updatedAt: NOW.toISOString(),
  ...with_,
});
const add = (workspace: string, name: string, more: Partial<Subscription> = {}) =>
  store.add(aSubscription({ workspace, name, ...more }), 10, NOW);

describe('the limit and the names', () => {
  test('of 50 that are created at once, exactly 10 are, and another integration has its own count', async () => {
    const outcomes = await Promise.all(Array.from({ length: 50 }, (_, index) => add('crowd', `s-${index}`)));

    expect(outcomes.filter((outcome) => outcome === 'added')).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome === 'limit reached')).toHaveLength(40);
    expect((await store.list('crowd', undefined, { limit: 100 })).items).toHaveLength(10);
    expect(await add('crowd', 'other', { integration: 'stripe' })).toBe('added');
  });

  test('of 20 with one name created at once, one is', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `same-${index}`);
    const outcomes = await Promise.all(ids.map((subscriptionId) => add('same', 'name', { subscriptionId })));

    expect(outcomes.filter((outcome) => outcome === 'added')).toHaveLength(1);
    expect((await findNames(table, 'same')).counts).toEqual({ github: 1 });
  });

  test('deleting frees the name and the place, and a second time nothing more', async () => {
    const subscription = aSubscription({ workspace: 'freed', name: 'a' });
    await store.add(subscription, 1, NOW);
    expect(await store.add(aSubscription({ workspace: 'freed', name: 'b' }), 1, NOW)).toBe('limit reached');
    await Promise.all([store.remove(subscription), store.remove(subscription)]);

    expect(await findNames(table, 'freed')).toEqual({ byName: {}, counts: { github: 0 } });
    expect(await store.add(aSubscription({ workspace: 'freed', name: 'b' }), 1, NOW)).toBe('added');
  });
});

describe('what a crash leaves', () => {
  test('a name without a subscription is taken over after a minute, and not before', async () => {
    await reserveName(table, 'crash', 'a', { id: 'gone', integration: 'github', at: NOW.toISOString() }, 1);
    const again = aSubscription({ workspace: 'crash', name: 'a' });

    expect(await store.add(again, 1, later(59))).toBe('name taken');
    expect(await store.add(again, 1, later(60))).toBe('added');
    expect((await findNames(table, 'crash')).counts).toEqual({ github: 1 });
  });

  test('the place of one that was never stored is given to another name', async () => {
    await reserveName(table, 'place', 'a', { id: 'gone', integration: 'github', at: NOW.toISOString() }, 1);

    expect(await store.add(aSubscription({ workspace: 'place', name: 'b' }), 1, later(60))).toBe('added');
    expect(Object.keys((await findNames(table, 'place')).byName)).toEqual(['b']);
  });

  test.each([
    ['before', false],
    ['after', true],
  ])('a rename that broke off %s the subscription had its name is healed, and the count stays', async (_, isChanged) => {
    const workspace = `renamed-${isChanged}`;
    const subscription = aSubscription({ workspace, name: 'old' });
    await store.add(subscription, 10, NOW);
    const second = { id: subscription.subscriptionId, integration: 'github', at: NOW.toISOString(), uncounted: true as const };
    await reserveForRename(table, workspace, 'new', second);
    if (isChanged) {
      await updateItem(table, {
        key: itemKey.subscription(subscription.subscriptionId),
        expression: 'SET #name = :name',
        names: { '#name': 'name' },
        values: { ':name': 'new' },
      });
    }
    const free = isChanged ? 'old' : 'new';

    expect(await store.add(aSubscription({ workspace, name: free, subscriptionId: `x-${workspace}` }), 10, later(60))).toBe(
      'added',
    );
    expect(Object.keys((await findNames(table, workspace)).byName).sort()).toEqual(['new', 'old']);
    expect((await findNames(table, workspace)).counts).toEqual({ github: 2 });
  });
});

describe('changes', () => {
  test('a rename frees the old name; a taken one is refused; a stale change changes nothing', async () => {
    const one = aSubscription({ workspace: 'changes', name: 'one', allowedIps: ['192.0.2.0/24'] });
    await store.add(one, 10, NOW);
    await add('changes', 'two');
    const { allowedIps: _, ...open } = one;
    const renamed = { ...open, name: 'three', updatedAt: later(1).toISOString() };

    expect(await store.replace(one, { ...one, name: 'two' }, NOW)).toBe('name taken');
    expect(await store.replace(one, renamed, NOW)).toBe('replaced');
    expect(await store.replace(one, { ...one, name: 'four' }, NOW)).toBe('changed');
    expect(await store.findByName('changes', 'three')).toEqual(renamed);
    expect(await store.findByName('changes', 'one')).toBeUndefined();
    expect(Object.keys((await findNames(table, 'changes')).byName).sort()).toEqual(['three', 'two']);
  });
});
