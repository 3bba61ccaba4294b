import * as v from 'valibot';

const DELIVERY_OUTCOMES = ['accepted', 'duplicate', 'handshake', 'ignored', 'rejected', 'failed'] as const;

/** One request that came in, keyed by the event it became. */
export const deliverySchema = v.object({
  eventId: v.string(),
  activityId: v.string(),
  workspace: v.string(),
  workflowId: v.string(),
  triggerId: v.string(),
  triggerKind: v.picklist(['webhook', 'manual']),
  method: v.string(),
  outcome: v.picklist(DELIVERY_OUTCOMES),
  /** ISO 8601 in UTC with milliseconds. */
  receivedAt: v.string(),
  /** SHA-256 of the body, hexadecimal: tells a repeat from another request under the same key. */
  bodyHash: v.string(),
  /** The token it came with. */
  tokenId: v.optional(v.string()),
  /** Headers and the first 4 KB of the body as gzipped JSON `{headers, body}`, `body` in base64, credentials removed. */
  content: v.optional(v.instance(Uint8Array)),
});
export type Delivery = v.InferOutput<typeof deliverySchema>;
