import { Problem } from '../errors.ts';
import type { ReceivedRequest } from '../events/envelope.ts';
import { randomEventId } from '../events/event-id.ts';
import type { EventDelivery, Gate } from './accept.ts';
import { beginningOf } from './content.ts';
import type { Delivery, DeliveryOutcome } from './delivery.ts';

/** Where a request came in. */
export type Channel = Pick<Delivery, 'workspace' | 'triggerId' | 'triggerKind' | 'workflowId' | 'subscriptionId' | 'integration'>;

/** A request that made no event, with its credentials removed. */
export interface Unaccepted {
  readonly request: ReceivedRequest;
  readonly body: Buffer;
  readonly bodyHash: string;
  readonly receivedAt: Date;
  readonly sourceIp?: string | undefined;
}

/** The delivery of a request that made no event: a handshake, an event that nobody takes, or a sender that is not believed. */
export const unacceptedDelivery = (
  channel: Channel,
  { request, body, bodyHash, receivedAt, sourceIp }: Unaccepted,
  told: {
    readonly outcome: DeliveryOutcome;
    readonly reason?: string;
    readonly answered: number;
    readonly type?: string | undefined;
  },
): Delivery => ({
  ...channel,
  deliveryId: randomEventId(),
  method: request.method,
  outcome: told.outcome,
  ...(told.reason && { reason: told.reason }),
  ...(told.type && { type: told.type }),
  answered: told.answered,
  receivedAt: receivedAt.toISOString(),
  ...(sourceIp && { sourceIp }),
  bodyHash,
  content: beginningOf(request, body),
});

/** The delivery of a request that repeats an event: under an id of its own, and with the beginning of its body alone, since the first one's is whole. */
export const repeatedDelivery = (
  { bodyRef: _, ...delivery }: EventDelivery,
  { request, body }: Pick<Unaccepted, 'request' | 'body'>,
): Delivery => ({ ...delivery, deliveryId: randomEventId(), outcome: 'duplicate', content: beginningOf(request, body) });

/** Is this a refusal of the request, which is told in the request log? Faults of ours are in our own log. */
export const isRefusal = (error: unknown): error is Problem => error instanceof Problem && error.status < 500;

/** Does the work; when that refuses the request, tells so in the channel's request log. Raises what the work raises. */
export async function loggingRefusals<T>(
  gate: Pick<Gate, 'logDelivery'>,
  channel: Channel,
  unaccepted: () => Unaccepted,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isRefusal(error)) {
      const told = { outcome: 'rejected', reason: error.reason, answered: error.status } as const;
      await gate.logDelivery(unacceptedDelivery(channel, unaccepted(), told));
    }
    throw error;
  }
}
