import { channelIdOf, type Delivery } from './delivery.ts';
import { floodGate } from './flood.ts';

export interface DeliveryLogStore {
  readonly save: (delivery: Delivery) => Promise<unknown>;
  /** Adds to a channel's counter of a minute. */
  readonly count: (channelId: string, minute: string, times: number) => Promise<void>;
}

/**
 * Keeps deliveries that made no event, or counts them in a flood. Never rejects: a table that fails must not turn the sender's answer, which
 * is right without it, into another.
 */
export function deliveryLog({ save, count }: DeliveryLogStore): (delivery: Delivery) => Promise<void> {
  const flood = floodGate(count);
  return async (delivery) => {
    try {
      // A repeat comes from a sender that is believed: it is no part of a flood.
      const isKept =
        delivery.outcome === 'duplicate' || (await flood(channelIdOf(delivery), new Date(delivery.receivedAt))) === 'keep';
      if (isKept) await save(delivery);
    } catch (error) {
      console.warn({ message: 'a delivery was not kept', error: error instanceof Error ? error.name : 'unknown' });
    }
  };
}
