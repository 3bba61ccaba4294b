import { setTimeout as delay } from 'node:timers/promises';
import type { PlatformEvent } from '../events/platform-event.ts';
import type { EventDelivery } from './accept.ts';

/** The sender waits for its answer meanwhile. */
const LONGEST_MILLISECONDS = 1_000;

/**
 * Tells the bus of a delivery whose event did not get there: once a delivery, since each time it is the same event. Never rejects, and takes a second at most:
 * the sender is answered that the request failed, told or not.
 */
export function failureAnnouncer(announce: (event: PlatformEvent) => Promise<void>, longest = LONGEST_MILLISECONDS) {
  return async (delivery: EventDelivery): Promise<void> => {
    const { workspace, deliveryId, eventId, activityId, subscriptionId, integration, triggerId, workflowId } = delivery;
    const { type, method, receivedAt } = delivery;
    const from = { subscriptionId, integration, triggerId, workflowId, activityId };
    const event: PlatformEvent = {
      workspace,
      type: 'delivery.failed',
      subject: deliveryId,
      key: 'failed',
      time: new Date(receivedAt),
      data: { deliveryId, eventId, ...from, type, method, receivedAt },
      depth: 0,
    };
    const tooLong = delay(longest, undefined, { ref: false }).then(() => {
      throw new Error('The bus takes too long.');
    });
    try {
      await Promise.race([announce(event), tooLong]);
    } catch (error) {
      console.warn({ message: 'a failed delivery was not announced', error: error instanceof Error ? error.name : 'unknown' });
    }
  };
}
