import { integrationSource } from '../events/envelope.ts';
import { decodeCursor, type Page, type PageRequest } from '../paging.ts';
import type { Trigger, TriggerOf } from '../triggers/trigger.ts';
import type { Subscription } from './subscription.ts';

type EventTrigger = TriggerOf<'event'>;

/** Whether a trigger takes events of a subscription: by its id, by its name, or because it takes all of the integration's. */
export function listensTo(trigger: Trigger, subscription: Subscription): trigger is EventTrigger {
  if (trigger.kind !== 'event') return false;
  if (trigger.subscriptionId !== undefined) return trigger.subscriptionId === subscription.subscriptionId;
  if (trigger.source !== integrationSource(subscription.integration)) return false;
  return trigger.subscription === undefined || trigger.subscription === subscription.name;
}

/** Whether it would listen no more if the subscription had another name. */
export const listensByName = (trigger: EventTrigger): boolean =>
  trigger.subscriptionId === undefined && trigger.subscription !== undefined;

/** Every trigger of a workspace: as many as its rules on the bus and its schedules allow, which is few. */
export async function allTriggers(listPage: (page: PageRequest) => Promise<Page<Trigger>>): Promise<Trigger[]> {
  const triggers: Trigger[] = [];
  let after: string | undefined;
  do {
    const { items, next } = await listPage({ limit: 100, after });
    triggers.push(...items);
    after = next === undefined ? undefined : decodeCursor(next);
  } while (after !== undefined);
  return triggers;
}
