import * as v from 'valibot';

const STEP_STATUSES = ['completed', 'inProgress', 'waiting', 'failure', 'cancelled', 'timedout'] as const;

/** One state that a run entered. */
export const stepSchema = v.object({
  /** The id of the history event with which the state was entered. */
  id: v.string(),
  activityId: v.string(),
  /** From 1, in the order of entering. */
  order: v.number(),
  /** The state's name. */
  taskId: v.string(),
  taskName: v.string(),
  /** ISO 8601 in UTC with milliseconds. */
  startTime: v.string(),
  /** Milliseconds; until now while it goes on. */
  duration: v.number(),
  flowTaskStatus: v.picklist(STEP_STATUSES),
  /** The state's output; `{}` while there is none. */
  outputs: v.unknown(),
});
export type Step = v.InferOutput<typeof stepSchema>;

export const withoutOutputs = (steps: readonly Step[]): Step[] => steps.map((step) => ({ ...step, outputs: {} }));
