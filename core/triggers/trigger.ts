import * as v from 'valibot';
import { placeSchema, verificationSchema } from '../integrations/generic/verification-schema.ts';
import { labelsSchema } from '../labels.ts';
import { scheduleSchema } from '../schedules/schedule.ts';

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

/** A trigger id's form; `RESERVED_TRIGGER_IDS` are routes or implicit triggers of their own. */
export const TRIGGER_ID = /^[A-Za-z0-9_-]{1,40}$/;
export const RESERVED_TRIGGER_IDS: readonly string[] = ['payload', 'status', 'manual', 'cloudevents', 'custom'];
/** Stands for the trigger of a CloudEvent that names its workflow, and for the request log of a workspace's CloudEvents. */
export const CLOUDEVENTS_TRIGGER_ID = 'cloudevents';
/** Stands for the request log of a workspace's custom events. */
export const CUSTOM_TRIGGER_ID = 'custom';
/** A webhook without authentication is a secret by its id alone: 128 random bits, as 32 hexadecimal or 26 base32 characters. */
export const UNGUESSABLE_TRIGGER_ID = /^(?:[0-9a-f]{32}|[a-z2-7]{26})$/;

const common = {
  triggerId: v.string(),
  workspace: v.string(),
  workflowId: v.string(),
  enabled: v.boolean(),
  /** Its runs have them, too. */
  labels: v.optional(labelsSchema),
  /** Made by the API, not declared in the workflow's folder: no deployment changes it, and its rule is ours to remove. */
  atRunTime: v.optional(v.boolean()),
};

export const rateLimitSchema = v.object({ requests: v.number(), seconds: v.number() });
export type RateLimit = v.InferOutput<typeof rateLimitSchema>;

export const staticResponseSchema = v.object({
  status: v.number(),
  headers: v.optional(v.record(v.string(), v.string()), {}),
  body: v.optional(v.string()),
});

export type StaticResponse = v.InferOutput<typeof staticResponseSchema>;

/** The triggers as stored. */
const webhookTriggerSchema = v.object({
  ...common,
  kind: v.literal('webhook'),
  methods: v.array(v.picklist(HTTP_METHODS)),
  /** `verification`: by the scheme below. */
  auth: v.picklist(['token', 'none', 'verification']),
  verification: v.optional(verificationSchema),
  /** Where the delivery key is; by default in the headers that `deliveryKeyOf` knows. */
  deliveryKey: v.optional(placeSchema),
  /** CIDR ranges, v4 and v6, that may call; absent for everybody. */
  allowedIps: v.optional(v.array(v.string())),
  /** How many requests it takes in each period of so many seconds. */
  rateLimit: v.optional(rateLimitSchema),
  /** What senders get instead of 202 with the run's id; `wait`: the run's output, if it ends in time. */
  response: v.optional(v.union([v.literal('wait'), staticResponseSchema])),
  /** `body`: a request without a delivery key of its own is known by the hash of its body. */
  deduplicate: v.picklist(['key', 'body']),
});

const eventTriggerSchema = v.object({
  ...common,
  kind: v.literal('event'),
  /** The source of the events on the bus, such as `millrace.github`; `aws` for those of the account's default bus. */
  source: v.string(),
  /** The name of the subscription whose events alone it takes; absent for all of the source's. A declared trigger goes by the name. */
  subscription: v.optional(v.string()),
  /** Its id, which a trigger made at run time goes by. */
  subscriptionId: v.optional(v.string()),
  /** Their types; `*` at the end stands for anything. None of `aws`. */
  types: v.array(v.string()),
  /** Of `aws`: an EventBridge pattern over the whole event. */
  pattern: v.optional(v.record(v.string(), v.unknown())),
  /** An EventBridge pattern over the events' data. */
  filter: v.optional(v.record(v.string(), v.unknown())),
  /** The ARN of the EventBridge rule that matches them. */
  resourceArn: v.optional(v.string()),
});

const scheduleTriggerSchema = v.object({
  ...common,
  kind: v.literal('schedule'),
  schedule: scheduleSchema,
  description: v.optional(v.string()),
  /** Until somebody resumes it; a deployment leaves it as it is. */
  paused: v.optional(v.boolean()),
  /** It goes, with its schedule, once it will not fire again. */
  deleteWhenOver: v.optional(v.boolean()),
  /** What its runs receive as `params`. */
  params: v.optional(v.record(v.string(), v.unknown())),
  /** The ARN of the schedule of EventBridge Scheduler. */
  resourceArn: v.optional(v.string()),
});

export const triggerSchema = v.variant('kind', [webhookTriggerSchema, eventTriggerSchema, scheduleTriggerSchema]);
export type Trigger = v.InferOutput<typeof triggerSchema>;

/** Does it start runs while its workflow is active? */
export const isOn = (trigger: Trigger): boolean => trigger.enabled && !(trigger.kind === 'schedule' && trigger.paused);
/** A trigger of one kind. */
export type TriggerOf<Kind extends Trigger['kind']> = Extract<Trigger, { kind: Kind }>;
