import { readRunContext } from './run-context.ts';
import { fitting, type InputOf, type OutputOf, type StandardSchema } from './standard-schema.ts';
import { type TaskLog, taskLog, withLogFields } from './task-log.ts';

/** What a task knows of its invocation besides its input. */
export interface TaskContext {
  /** The run that calls it; undefined when something else does. */
  readonly activityId: string | undefined;
  readonly workflowId: string | undefined;
  readonly log: TaskLog;
  /** Milliseconds until the function's timeout; undefined outside Lambda. */
  remainingTime(): number | undefined;
}

/** The part of Lambda's context that is used here. */
interface LambdaContext {
  readonly awsRequestId?: string;
  readonly clientContext?: unknown;
  getRemainingTimeInMillis?(): number;
}

type Handler<Result> = (event: unknown, context?: LambdaContext) => Promise<Result>;

/**
 * A task of a workflow, to be exported as `handler`: `run` gets its input checked and typed by the schema `input`, and what it gives is
 * checked by the schema `output` if there is one. What doesn't fit fails with the error `InvalidInput` or `InvalidOutput`, which a
 * definition can catch by that name. Schemas are those of any Standard Schema library.
 */
export function task<Input extends StandardSchema, Output extends StandardSchema>(
  schemas: { readonly input: Input; readonly output: Output },
  run: (input: OutputOf<Input>, context: TaskContext) => InputOf<Output> | Promise<InputOf<Output>>,
): Handler<OutputOf<Output>>;
export function task<Input extends StandardSchema, Result>(
  schemas: { readonly input: Input },
  run: (input: OutputOf<Input>, context: TaskContext) => Result | Promise<Result>,
): Handler<Result>;
export function task(
  schemas: { readonly input: StandardSchema; readonly output?: StandardSchema },
  run: (input: unknown, context: TaskContext) => unknown,
): Handler<unknown> {
  return (event, lambda = {}) => {
    const { activityId, workflowId } = readRunContext(lambda.clientContext);
    const context: TaskContext = {
      activityId,
      workflowId,
      log: taskLog,
      remainingTime: () => lambda.getRemainingTimeInMillis?.(),
    };
    return withLogFields({ activityId, workflowId, requestId: lambda.awsRequestId }, async () => {
      const output = await run(await fitting(schemas.input, event, 'InvalidInput'), context);
      return schemas.output ? fitting(schemas.output, output, 'InvalidOutput') : output;
    });
  };
}
