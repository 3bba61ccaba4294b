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
  /** The state's input; absent where it is omitted. */
  input: v.optional(v.unknown()),
  /** The state's output; `{}` while there is none, and where it is omitted. */
  outputs: v.unknown(),
  /** What there is, but is too large to be kept or told. */
  omitted: v.optional(v.array(v.picklist(['input', 'outputs']))),
});
export type Step = v.InferOutput<typeof stepSchema>;

/** Characters of JSON that an input or output may have; each limit is tried when those before it leave too much. `{}` has two. */
const LIMITS = [64 * 1024, 16 * 1024, 4 * 1024, 512, 2];

/** An answer of a function has 6 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LARGEST_ANSWER = 4 * 1024 * 1024;

/** Is there room for these steps in an answer? Its JSON travels as a string inside the function's JSON, its quotes escaped. */
export const fitAnswer = (steps: readonly unknown[]): boolean =>
  Buffer.byteLength(JSON.stringify(JSON.stringify(steps))) <= LARGEST_ANSWER;

/** The steps with as many of their inputs and outputs as `fits` takes: the largest go first. With none of them when nothing fits. */
export function fittedSteps(steps: readonly Step[], fits: (steps: readonly Step[]) => boolean): readonly Step[] {
  let fitted = steps;
  for (const limit of LIMITS) {
    if (fits(fitted)) break;
    fitted = fitted.map((step) => withinLimit(step, limit));
  }
  return fitted;
}

function withinLimit({ input, outputs, omitted = [], ...step }: Step, limit: number): Step {
  const isLarge = (value: unknown) => value !== undefined && JSON.stringify(value).length > limit;
  const [withoutInput, withoutOutputs] = [isLarge(input), isLarge(outputs)];
  const left = [...omitted, ...(withoutInput ? (['input'] as const) : []), ...(withoutOutputs ? (['outputs'] as const) : [])];
  return {
    ...step,
    ...(!withoutInput && input !== undefined && { input }),
    outputs: withoutOutputs ? {} : outputs,
    ...(left.length > 0 && { omitted: left }),
  };
}
