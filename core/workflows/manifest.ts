import * as v from 'valibot';
import { anObject } from '../an-object.ts';
import { placeSchema, verificationSchema } from '../integrations/generic/verification-schema.ts';
import { labelsSchema } from '../labels.ts';
import { limitsSchema } from '../limits/limits.ts';
import { scheduleSchema } from '../schedules/schedule.ts';
import {
  HTTP_METHODS,
  RESERVED_TRIGGER_IDS,
  rateLimitSchema,
  staticResponseSchema,
  TRIGGER_ID,
  UNGUESSABLE_TRIGGER_ID,
} from '../triggers/trigger.ts';
import { inputSchemasSchema } from './input.ts';

const common = {
  triggerId: v.pipe(
    v.string(),
    v.regex(TRIGGER_ID, 'has to be 1 to 40 letters, digits, hyphens or underscores'),
    v.check((triggerId) => !RESERVED_TRIGGER_IDS.includes(triggerId), 'is reserved'),
  ),
  enabled: v.optional(v.boolean(), true),
  labels: v.optional(labelsSchema),
};

/** What the stack made of the trigger: the ARN of its rule or its schedule. */
const deployed = { resourceArn: v.optional(v.string()) };

const declaredTriggerSchema = v.variant('kind', [
  v.pipe(
    v.strictObject({
      ...common,
      kind: v.literal('webhook'),
      methods: v.optional(v.pipe(v.array(v.picklist(HTTP_METHODS)), v.minLength(1, 'must not be empty')), ['POST']),
      auth: v.optional(v.picklist(['token', 'none', 'verification']), 'token'),
      verification: v.optional(verificationSchema),
      deliveryKey: v.optional(placeSchema),
      allowedIps: v.optional(v.array(v.string())),
      rateLimit: v.optional(rateLimitSchema),
      response: v.optional(v.union([v.literal('wait'), staticResponseSchema])),
      deduplicate: v.optional(v.picklist(['key', 'body']), 'key'),
    }),
    v.check(
      ({ triggerId, auth }) => auth !== 'none' || UNGUESSABLE_TRIGGER_ID.test(triggerId),
      'has auth "none" and so needs an id of 128 random bits (32 hexadecimal or 26 base32 characters)',
    ),
    v.check(
      ({ auth, verification }) => (auth === 'verification') === (verification !== undefined),
      'has auth "verification" without a verification, or the reverse',
    ),
  ),
  v.strictObject({
    ...common,
    kind: v.literal('event'),
    source: v.string(),
    subscription: v.optional(v.string()),
    types: v.optional(v.array(v.string()), []),
    filter: v.optional(anObject),
    pattern: v.optional(anObject),
    ...deployed,
  }),
  v.strictObject({
    ...common,
    kind: v.literal('schedule'),
    schedule: scheduleSchema,
    description: v.optional(v.string()),
    params: v.optional(anObject),
    ...deployed,
  }),
]);
export type DeclaredTrigger = v.InferOutput<typeof declaredTriggerSchema>;

/** What the workflows stack says of a workflow to the registry, as JSON. */
export const manifestSchema = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(100, 'must not be longer than 100 characters')),
  description: v.optional(v.pipe(v.string(), v.maxLength(1000, 'must not be longer than 1,000 characters'))),
  labels: v.optional(labelsSchema),
  limits: v.optional(limitsSchema),
  /** What a new workflow begins with. */
  active: v.optional(v.boolean(), true),
  /** Whether this deployment moves new runs to its revision. */
  revision: v.optional(v.picklist(['latest', 'manual']), 'latest'),
  input: v.optional(inputSchemasSchema),
  /** What its revision needs besides itself, in words. */
  needs: v.optional(v.array(v.string()), []),
  triggers: v.pipe(
    v.array(declaredTriggerSchema),
    v.check((triggers) => new Set(triggers.map(({ triggerId }) => triggerId)).size === triggers.length, 'holds an id twice'),
  ),
});
export type Manifest = v.InferOutput<typeof manifestSchema>;
