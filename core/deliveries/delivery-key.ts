import { badRequest } from '../errors.ts';
import { randomDeliveryKey } from '../events/event-id.ts';
import type { Place } from '../integrations/generic/verification-schema.ts';

/** By what a request is known when it is sent again. */
export interface DeliveryKey {
  readonly kind: 'idempotency-key' | 'webhook-id' | 'cloudevent' | 'declared' | 'provider' | 'body' | 'random';
  readonly value: string;
}

const LONGEST_KEY = 255;

/**
 * The request's delivery key: `Idempotency-Key`, else `webhook-id`, else `ce-source` with `ce-id`, else (where the trigger asks for it)
 * the body's hash, else a random one. Raises 400 for a key longer than 255 characters.
 */
export function deliveryKeyOf(
  headers: Readonly<Record<string, string>>,
  bodyHash: string,
  deduplicate: 'key' | 'body',
): DeliveryKey {
  const source = headers['ce-source'];
  const id = headers['ce-id'];
  if (headers['idempotency-key']) return key('idempotency-key', headers['idempotency-key']);
  if (headers['webhook-id']) return key('webhook-id', headers['webhook-id']);
  if (source && id) return key('cloudevent', JSON.stringify([source, id]));
  return deduplicate === 'body' ? key('body', bodyHash) : key('random', randomDeliveryKey());
}

/** The key at a place that the receiver declared; undefined where the request has none there. Raises 400 as `deliveryKeyOf` does. */
export async function deliveryKeyAt(
  place: Place,
  headers: Readonly<Record<string, string>>,
  data: unknown,
): Promise<DeliveryKey | undefined> {
  const { textAt } = await import('../integrations/generic/place.ts');
  const value = textAt(place, headers, data);
  return value === undefined ? undefined : key('declared', value);
}

function key(kind: DeliveryKey['kind'], value: string): DeliveryKey {
  if (value.length > LONGEST_KEY) throw badRequest(`The request's ${kind} is longer than ${LONGEST_KEY} characters.`);
  return { kind, value };
}
