import { createHash } from 'node:crypto';
import type { BusEvent } from '../aws/event-bus.ts';
import type { StorePayload } from '../aws/payload-store.ts';
import { unavailable, unprocessable } from '../errors.ts';
import type { Envelope } from '../events/envelope.ts';
import { cutToFit, fits } from '../events/fit.ts';
import { Unpublishable } from '../events/unpublishable.ts';
import type { StoreBody } from './content.ts';
import type { Delivery } from './delivery.ts';
import type { DeliveryKey } from './delivery-key.ts';

/** What acceptance needs of the world. */
export interface Gate {
  readonly publish: (event: BusEvent) => Promise<void>;
  readonly storePayload: StorePayload;
  readonly storeBody: StoreBody;
  /** Stores a delivery unless its event has one; gives the one that was there first. */
  readonly saveDelivery: (delivery: Delivery) => Promise<Delivery | undefined>;
  /** Corrects what a stored delivery says of its event: did it reach the bus, and what was the sender told? */
  readonly setDeliveryOutcome: (deliveryId: string, outcome: 'accepted' | 'failed', answered: number) => Promise<void>;
  /** Tells the bus of a delivery whose event could not be published, where the bus itself is not to blame. Never rejects. */
  readonly announceFailed: (delivery: EventDelivery) => Promise<void>;
  /** Keeps a delivery that made no event, or counts it in a flood. Never rejects: the sender's answer does not wait for what only people read. */
  readonly logDelivery: (delivery: Delivery) => Promise<void>;
}

/** A delivery that makes an event. */
export type EventDelivery = Delivery & { readonly eventId: string };

export const hashBody = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex');

/**
 * Puts the event on the bus and stores the delivery; resolves once both are safe, and tells whether the delivery is a repeat.
 * A repeat is published again: the first may never have reached the bus, and a run's name makes it start once.
 *
 * The two go side by side, except under an `Idempotency-Key`: that key promises 422 for another body, and nothing may be
 * published before the delivery has shown which body came first (docs/decisions/0001). `source` is the bus's own.
 *
 * Raises 422 for an `Idempotency-Key` used with another body and 503 when the bus or the table did not take it.
 */
export async function accept(
  gate: Gate,
  source: string,
  envelope: Envelope,
  delivery: EventDelivery,
  key: DeliveryKey,
): Promise<{ duplicate: boolean }> {
  const storePayload: StorePayload = (payload) => gate.storePayload(payload).catch(raiseNotStored);
  const publish = async () => gate.publish(await toBusEvent(storePayload, source, envelope));
  const noteFailure = (error: unknown) =>
    Promise.allSettled([
      gate.setDeliveryOutcome(delivery.deliveryId, 'failed', unavailable(NOT_SAFE).status),
      // A bus that fails would only let the sender wait longer.
      error instanceof Unpublishable && gate.announceFailed(delivery),
    ]);
  if (key.kind === 'idempotency-key') {
    const first = await orUnavailable(gate.saveDelivery(delivery));
    if (first && first.bodyHash !== delivery.bodyHash) {
      throw unprocessable('This Idempotency-Key was used with another body; use a new key for a new request.');
    }
    await orUnavailable(publish(), noteFailure);
    return acceptedAfter(gate, first, delivery.answered);
  }
  const [published, saved] = await Promise.allSettled([publish(), gate.saveDelivery(delivery)]);
  if (published.status === 'rejected') {
    await orUnavailable(Promise.reject(published.reason), noteFailure);
  }
  if (saved.status === 'rejected') throw unavailable(NOT_SAFE, saved.reason);
  return acceptedAfter(gate, saved.value, delivery.answered);
}

const NOT_SAFE = 'The request could not be made safe; send it again.';

/** The event is on the bus now, whatever became of it when the delivery that was there first came in. */
async function acceptedAfter(gate: Gate, first: Delivery | undefined, answered: number): Promise<{ duplicate: boolean }> {
  if (first?.outcome === 'failed') await gate.setDeliveryOutcome(first.deliveryId, 'accepted', answered).catch(() => undefined);
  return { duplicate: first !== undefined };
}

function raiseNotStored(error: unknown): never {
  throw new Unpublishable("The event's payload could not be stored.", error);
}

async function orUnavailable<T>(step: Promise<T>, undo?: (error: unknown) => Promise<unknown>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    // The sender is answered with the first failure; a second one here must not hide it.
    await undo?.(error).catch(() => undefined);
    throw unavailable(NOT_SAFE, error);
  }
}

/** The event as the bus takes it: its data whole, or cut to fit and the whole stored under `dataref`. */
export async function toBusEvent(storePayload: StorePayload, source: string, envelope: Envelope): Promise<BusEvent> {
  const bus = (sized: Envelope) => ({ source, detailType: sized.type, detail: JSON.stringify(sized) });
  const whole = bus(envelope);
  if (fits(whole.detail)) return whole;
  const dataref = await storePayload({
    workspace: envelope.workspace,
    eventId: envelope.id,
    json: JSON.stringify(envelope.data),
  });
  const cut = (data: unknown): Envelope => ({ ...envelope, data, dataref, datatruncated: true });
  return bus(cut(cutToFit(envelope.data, (copy) => fits(JSON.stringify(cut(copy))))));
}
