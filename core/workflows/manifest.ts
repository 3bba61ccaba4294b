import * as v from 'valibot';
import { HTTP_METHODS, RESERVED_TRIGGER_IDS, TRIGGER_ID, UNGUESSABLE_TRIGGER_ID } from '../triggers/trigger.ts';

const declaredTriggerSchema = v.pipe(
  v.strictObject({
    triggerId: v.pipe(
      v.string(),
      v.regex(TRIGGER_ID, 'has to be 1 to 40 letters, digits, hyphens or underscores'),
      v.check((triggerId) => !RESERVED_TRIGGER_IDS.includes(triggerId), 'is reserved'),
    ),
    kind: v.literal('webhook'),
    methods: v.optional(v.pipe(v.array(v.picklist(HTTP_METHODS)), v.minLength(1, 'must not be empty')), ['POST']),
    auth: v.optional(v.picklist(['token', 'none']), 'token'),
    deduplicate: v.optional(v.picklist(['key', 'body']), 'key'),
    enabled: v.optional(v.boolean(), true),
  }),
  v.check(
    ({ triggerId, auth }) => auth !== 'none' || UNGUESSABLE_TRIGGER_ID.test(triggerId),
    'has auth "none" and so needs an id of 128 random bits (32 hexadecimal or 26 base32 characters)',
  ),
);

/** What the workflows stack says of a workflow to the registry, as JSON. */
export const manifestSchema = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(100, 'must not be longer than 100 characters')),
  description: v.optional(v.pipe(v.string(), v.maxLength(1000, 'must not be longer than 1,000 characters'))),
  triggers: v.pipe(
    v.array(declaredTriggerSchema),
    v.check((triggers) => new Set(triggers.map(({ triggerId }) => triggerId)).size === triggers.length, 'holds an id twice'),
  ),
});
export type Manifest = v.InferOutput<typeof manifestSchema>;
