import type { PlatformEvent } from '../events/platform-event.ts';
import type { Subscription } from './subscription.ts';

const MOST_SUBSCRIPTIONS = 1_000;

/**
 * Tells the bus that a subscription's sender was not believed: once a minute and subscription, however many requests there are, since anybody may send one. The
 * event is the same from every process. Never rejects: the sender's answer is right without it.
 */
export function unauthorizedAnnouncer(announce: (event: PlatformEvent) => Promise<void>) {
  const told = new Map<string, string>();
  return async ({ workspace, subscriptionId, name, integration }: Subscription, at: Date): Promise<void> => {
    const minute = at.toISOString().slice(0, 16);
    if (told.get(subscriptionId) === minute) return;
    if (told.size >= MOST_SUBSCRIPTIONS) told.clear();
    told.set(subscriptionId, minute);
    const data = { subscriptionId, name, integration };
    try {
      await announce({
        workspace,
        type: 'subscription.unauthorized',
        subject: subscriptionId,
        key: minute,
        time: at,
        data,
        depth: 0,
      });
    } catch (error) {
      console.warn({
        message: 'an unauthorized request was not announced',
        error: error instanceof Error ? error.name : 'unknown',
      });
    }
  };
}
