import * as v from 'valibot';
import { scheduleSchema } from '../schedules/schedule.ts';

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

/** A trigger id's form; `RESERVED_TRIGGER_IDS` are routes or implicit triggers of their own. */
export const TRIGGER_ID = /^[A-Za-z0-9_-]{1,40}$/;
export const RESERVED_TRIGGER_IDS: readonly string[] = ['payload', 'status', 'manual'];
/** A webhook without authentication is a secret by its id alone: 128 random bits, as 32 hexadecimal or 26 base32 characters. */
export const UNGUESSABLE_TRIGGER_ID = /^(?:[0-9a-f]{32}|[a-z2-7]{26})$/;

const common = {
  triggerId: v.string(),
  workspace: v.string(),
  workflowId: v.string(),
  enabled: v.boolean(),
};

/** The triggers as stored. */
const webhookTriggerSchema = v.object({
  ...common,
  kind: v.literal('webhook'),
  methods: v.array(v.picklist(HTTP_METHODS)),
  auth: v.picklist(['token', 'none']),
  /** `body`: a request without a delivery key of its own is known by the hash of its body. */
  deduplicate: v.picklist(['key', 'body']),
});

const eventTriggerSchema = v.object({
  ...common,
  kind: v.literal('event'),
  /** The source of the events on the bus, such as `millrace.github`. */
  source: v.string(),
  /** Their types; `*` at the end stands for anything. */
  types: v.array(v.string()),
  /** An EventBridge pattern over the events' data. */
  filter: v.optional(v.record(v.string(), v.unknown())),
  /** The ARN of the EventBridge rule that matches them. */
  resourceArn: v.optional(v.string()),
});

const scheduleTriggerSchema = v.object({
  ...common,
  kind: v.literal('schedule'),
  schedule: scheduleSchema,
  /** What its runs receive as `params`. */
  params: v.optional(v.record(v.string(), v.unknown())),
  /** The ARN of the schedule of EventBridge Scheduler. */
  resourceArn: v.optional(v.string()),
});

export const triggerSchema = v.variant('kind', [webhookTriggerSchema, eventTriggerSchema, scheduleTriggerSchema]);
export type Trigger = v.InferOutput<typeof triggerSchema>;
/** A trigger of one kind. */
export type TriggerOf<Kind extends Trigger['kind']> = Extract<Trigger, { kind: Kind }>;
