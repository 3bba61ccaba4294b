import * as v from 'valibot';

export const DELIVERY_OUTCOMES = ['accepted', 'duplicate', 'handshake', 'ignored', 'rejected', 'failed'] as const;

/**
 * One request that came in. The first that became an event is kept under the event's id; whatever else came in, a repeat too, under an id of
 * its own.
 */
export const deliverySchema = v.object({
  /** The event's id for the delivery that made it, else 26 random characters of the same kind. */
  deliveryId: v.string(),
  /** The event it became, or repeats; absent where it became none. */
  eventId: v.optional(v.string()),
  /** The run it starts, where it is addressed to one trigger. */
  activityId: v.optional(v.string()),
  workspace: v.string(),
  /** Exactly one of these two is where it came in; for a manual run, the trigger is `manual`. */
  triggerId: v.optional(v.string()),
  subscriptionId: v.optional(v.string()),
  /** Of a delivery to a subscription. */
  integration: v.optional(v.string()),
  /** Of a delivery that is addressed to one trigger. */
  workflowId: v.optional(v.string()),
  triggerKind: v.optional(v.picklist(['webhook', 'event', 'manual'])),
  /** The event's type, where it is known. */
  type: v.optional(v.string()),
  /** The event's subject, where it has one. */
  subject: v.optional(v.string()),
  method: v.string(),
  outcome: v.picklist(DELIVERY_OUTCOMES),
  /** Why it was not accepted; one sentence, for the request log alone. */
  reason: v.optional(v.string()),
  /** The status of our answer. */
  answered: v.number(),
  /** ISO 8601 in UTC with milliseconds. */
  receivedAt: v.string(),
  /** The address it came from. */
  sourceIp: v.optional(v.string()),
  /** SHA-256 of the body, hexadecimal: tells a repeat from another request under the same key. */
  bodyHash: v.string(),
  /** The token it came with. */
  tokenId: v.optional(v.string()),
  /** Headers, query and body, gzipped, credentials removed: what `keepContent` or `beginningOf` makes and `readContent` reads. */
  content: v.optional(v.instance(Uint8Array)),
  /** Where the whole body is, when `content` has its beginning alone. */
  bodyRef: v.optional(v.string()),
});
export type Delivery = v.InferOutput<typeof deliverySchema>;
export type DeliveryOutcome = Delivery['outcome'];

/** Whose list it is in: its subscription's, its trigger's, or for a manual run its workflow's, since every workflow has that trigger. */
export const channelIdOf = ({ subscriptionId, triggerKind, triggerId, workflowId }: Delivery): string =>
  subscriptionId ?? (triggerKind === 'manual' && workflowId ? manualChannelOf(workflowId) : (triggerId ?? ''));

/** The list of a workflow's manual runs. */
export const manualChannelOf = (workflowId: string): string => `manual#${workflowId}`;

/** Of what tells an event's subject; some take it from a field of any length. */
const LONGEST_SUBJECT = 256;

/** The subject as a delivery keeps it, if there is one. */
export const subjectOf = ({ subject }: { readonly subject?: string | undefined }): { subject?: string } =>
  subject ? { subject: subject.slice(0, LONGEST_SUBJECT).toWellFormed() } : {};
