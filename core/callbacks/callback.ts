import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { toBase32 } from '../events/event-id.ts';

const answerSchema = v.object({
  /** The approver whose URL it came by; absent where the callback names none. */
  by: v.optional(v.string()),
  status: v.picklist(['succeeded', 'failed']),
  at: v.string(),
  /** JSON text of an object. As text, because an item nests 32 levels at most. */
  payload: v.string(),
});
export type Answer = v.InferOutput<typeof answerSchema>;

/** A question that a run has asked outside, as stored. */
export const callbackSchema = v.object({
  callbackId: v.string(),
  activityId: v.string(),
  workflowId: v.string(),
  topic: v.string(),
  /** How many different people have to say yes. */
  approvals: v.number(),
  /** Who is asked; absent: whoever has the one URL. */
  approvers: v.optional(v.array(v.string())),
  createdAt: v.string(),
  /** Seconds from `createdAt` to `expiresAt`. */
  expiresIn: v.number(),
  expiresAt: v.string(),
  /** 32 random bytes in base64url: what its URLs are signed with. */
  key: v.string(),
  /** By the approver's place among `approvers`; `0` where there are none. */
  answers: v.record(v.string(), answerSchema),
  /** Set together with the answer that decided. */
  decision: v.optional(v.picklist(['succeeded', 'failed'])),
  decidedAt: v.optional(v.string()),
  /** The task token of the step that waits; absent while none has begun to. */
  taskToken: v.optional(v.string()),
  /** The task token that got the decision. */
  deliveredTo: v.optional(v.string()),
});
export type Callback = v.InferOutput<typeof callbackSchema>;

const ID_LENGTH = 26;

/** The callback's id: 26 lower-case base32 characters of the SHA-256 over run and topic, so that opening it again finds it. */
export function callbackIdOf(activityId: string, topic: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([activityId, topic]))
    .digest();
  return toBase32(digest).slice(0, ID_LENGTH);
}

type CallbackState = 'open' | 'succeeded' | 'failed' | 'expired';

/** What has become of it: a decision counts however late it is looked at. */
export function stateOf({ decision, expiresAt }: Callback, now: Date): CallbackState {
  return decision ?? (Date.parse(expiresAt) <= now.getTime() ? 'expired' : 'open');
}

/** The place of the approver's answer in `answers`; undefined for someone who is not asked. */
export function placeOf({ approvers }: Callback, by: string | undefined): string | undefined {
  if (!approvers) return by === undefined ? '0' : undefined;
  const index = by === undefined ? -1 : approvers.indexOf(by);
  return index < 0 ? undefined : String(index);
}
