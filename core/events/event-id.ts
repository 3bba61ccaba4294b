import { createHash, randomBytes } from 'node:crypto';
import { BASE32 } from '../keys.ts';

const EVENT_ID_LENGTH = 26;

/**
 * The event's id: 26 lower-case base32 characters (130 bits) of the SHA-256 over workspace, channel kind, channel id and delivery key.
 * The same request sent again is the same event; the parts are hashed as a JSON array, so no two lists of parts collide.
 */
export function deriveEventId(parts: { workspace: string; kind: string; channelId: string; deliveryKey: string }): string {
  const { workspace, kind, channelId, deliveryKey } = parts;
  const digest = createHash('sha256')
    .update(JSON.stringify([workspace, kind, channelId, deliveryKey]))
    .digest();
  return toBase32(digest).slice(0, EVENT_ID_LENGTH);
}

/** An id of the same form for what is no event. */
export const randomEventId = (): string => toBase32(randomBytes(17)).slice(0, EVENT_ID_LENGTH);

/** A delivery key for a request that brought none: 128 random bits. */
export const randomDeliveryKey = (): string => randomBytes(16).toString('hex');

/** `<eventId>-<triggerId>`: the run's id, the execution's name and what senders see. */
export const activityIdOf = (eventId: string, triggerId: string): string => `${eventId}-${triggerId}`;

/** The event id inside an activityId, or undefined where it cannot be one. */
export function eventIdOf(activityId: string): string | undefined {
  return /^([a-z2-7]{26})-[A-Za-z0-9_-]{1,50}$/.exec(activityId)?.[1];
}

export function toBase32(bytes: Uint8Array): string {
  let bits = 0;
  let value = 0;
  let text = '';
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32.charAt((value >> bits) & 31);
    }
  }
  return text;
}
