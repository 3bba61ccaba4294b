import * as v from 'valibot';

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

/** A trigger id's form; `RESERVED_TRIGGER_IDS` are routes or implicit triggers of their own. */
export const TRIGGER_ID = /^[A-Za-z0-9_-]{1,40}$/;
export const RESERVED_TRIGGER_IDS: readonly string[] = ['payload', 'status', 'manual'];
/** A webhook without authentication is a secret by its id alone: 128 random bits, as 32 hexadecimal or 26 base32 characters. */
export const UNGUESSABLE_TRIGGER_ID = /^(?:[0-9a-f]{32}|[a-z2-7]{26})$/;

/** A webhook trigger as stored. */
const webhookTriggerSchema = v.object({
  triggerId: v.string(),
  workspace: v.string(),
  workflowId: v.string(),
  kind: v.literal('webhook'),
  enabled: v.boolean(),
  methods: v.array(v.picklist(HTTP_METHODS)),
  auth: v.picklist(['token', 'none']),
  /** `body`: a request without a delivery key of its own is known by the hash of its body. */
  deduplicate: v.picklist(['key', 'body']),
});

export const triggerSchema = v.variant('kind', [webhookTriggerSchema]);
export type Trigger = v.InferOutput<typeof triggerSchema>;
