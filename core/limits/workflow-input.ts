import * as v from 'valibot';

const triggerSchema = v.object({ kind: v.picklist(['webhook', 'event', 'schedule', 'manual']) });
const eventSchema = v.object({
  detail: v.object({
    data: v.optional(v.unknown()),
    request: v.optional(v.record(v.string(), v.unknown())),
    trigger: v.optional(triggerSchema),
  }),
});
const launchSchema = v.union([
  v.object({ event: eventSchema, trigger: v.optional(triggerSchema) }),
  v.pipe(
    eventSchema,
    v.transform((event) => ({ event, trigger: undefined })),
  ),
]);

/** The `workflow.input` that the launcher makes of an input of its own (lib/launch.asl.yaml, StartWorkflow). */
export function workflowInputOf(launch: unknown): unknown {
  const { event, trigger = event.detail.trigger } = v.parse(launchSchema, launch);
  const { data, request } = event.detail;
  switch (trigger?.kind) {
    case 'webhook':
      return { body: data, ...request };
    case 'event':
      return { eventData: data };
    default:
      return { params: data };
  }
}
