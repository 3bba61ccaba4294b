import type { Json } from '../aws/service.ts';
import { StatesError } from './asl/errors.ts';
import { runGraph } from './asl/interpreter.ts';
import type { Host, TaskRequest } from './asl/scope.ts';
import { until } from './asl/until.ts';
import { parseDefinition } from './asl/validate.ts';
import { type RunStep, StepRecorder } from './run-steps.ts';
import { SkippingClock } from './skipping-clock.ts';

/** What a task gives instead of the service that it would call; what it throws is the task's failure. `attempt` counts from 1. */
export type TaskMock = (stateName: string, taskArguments: unknown, attempt: number) => unknown;

export interface DefinitionRun {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
  /** In the order in which the states were entered. */
  readonly steps: readonly RunStep[];
}

interface RunOptions {
  /** In the Amazon States Language; any integration may stand in it, as none is called. */
  readonly definition: object;
  readonly input: unknown;
  readonly mocks: TaskMock;
  /** When the execution begins, in milliseconds since the epoch; by default now. */
  readonly startTime?: number;
  /** Laid over the context object's `Execution` and `StateMachine`. */
  readonly context?: Json;
}

/**
 * Runs one definition to its end with nothing around it: every task is a mock, and neither waits nor retries take time. A mock fails
 * its task by throwing: a `StatesError` as it is, of any other error its `name` and `message` become the task's error and cause. What
 * a task that waits for its token gives is what would come back with the token. Throws an `Error` with a sentence when the definition
 * is not valid.
 */
export async function runDefinition(options: RunOptions): Promise<DefinitionRun> {
  const { input, mocks, startTime = Date.now() } = options;
  const definition = parseDefinition(JSON.stringify(options.definition), () => true);
  const clock = new SkippingClock(startTime);
  const recorder = new StepRecorder();
  const host: Host = {
    clock,
    random: Math.random,
    journal: recorder.journal,
    invoke: (request) => clock.during(mocked(mocks, request)),
    context: contextObject(input, startTime, options.context),
    transition: () => undefined,
    failed: (path, failure) => recorder.fail(path, failure),
  };
  const stop = new AbortController();
  const timeout = definition.TimeoutSeconds === undefined ? undefined : definition.TimeoutSeconds * 1000;
  try {
    const scope = { host, path: '0', signal: stop.signal, outerVariables: {} };
    const run = runGraph(definition, copied(input), scope, { previous: 0 });
    const { output } = await until(run, clock, stop.signal, timeout, () => {
      throw new ExecutionTimedOut();
    });
    return { status: 'SUCCEEDED', output, steps: recorder.steps };
  } catch (error) {
    if (error instanceof ExecutionTimedOut) return { status: 'TIMED_OUT', error: 'States.Timeout', steps: recorder.steps };
    if (!(error instanceof StatesError)) throw error;
    return { status: 'FAILED', error: error.error, cause: error.cause, steps: recorder.steps };
  } finally {
    stop.abort();
  }
}

class ExecutionTimedOut extends Error {}

async function mocked(mocks: TaskMock, { stateName, arguments: taskArguments, attempt }: TaskRequest): Promise<unknown> {
  try {
    return copied(await mocks(stateName, taskArguments, attempt));
  } catch (error) {
    if (error instanceof StatesError) throw error;
    throw error instanceof Error ? new StatesError(error.name, error.message) : new StatesError('Error', String(error));
  }
}

/** As it would come over the wire; nothing at all is null, as a function that returns nothing gives. */
const copied = (value: unknown): unknown => JSON.parse(JSON.stringify(value) ?? 'null');

const ACCOUNT = '123456789012';

/** https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
function contextObject(input: unknown, startTime: number, given: Json = {}): Json {
  const { Execution, StateMachine, ...more } = given;
  return {
    Execution: {
      Id: `arn:aws:states:us-east-1:${ACCOUNT}:execution:test:test`,
      Input: input,
      Name: 'test',
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/test`,
      StartTime: new Date(startTime).toISOString(),
      RedriveCount: 0,
      ...(Execution as Json | undefined),
    },
    StateMachine: {
      Id: `arn:aws:states:us-east-1:${ACCOUNT}:stateMachine:test`,
      Name: 'test',
      ...(StateMachine as Json | undefined),
    },
    ...more,
  };
}
