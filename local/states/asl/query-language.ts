import type { ChoiceRule, MapState, ParallelState, PassState, State, TaskState } from './definition.ts';
import type { Effect, Settled } from './effect.ts';
import type { Scope } from './scope.ts';
import type { StateRun } from './state-run.ts';

/** Fields whose value may be computed: by an expression, or by a path in the field named `<field>Path`. */
export type ComputedField =
  | 'TimeoutSeconds'
  | 'HeartbeatSeconds'
  | 'Seconds'
  | 'Timestamp'
  | 'Error'
  | 'Cause'
  | 'MaxConcurrency'
  | 'ToleratedFailureCount'
  | 'ToleratedFailurePercentage';

/**
 * What JSONata and JSONPath do differently (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html). Everything
 * rejects with `StatesError`.
 */
export interface QueryLanguage {
  /** The error of a value that has not the type its field asks for. */
  readonly mismatch: string;
  /** What a task works on and the branches of a Parallel get. */
  argumentsOf(state: TaskState | ParallelState, run: StateRun): Promise<unknown>;
  /** What a Pass adds to what it was given. */
  passed(state: PassState, run: StateRun): Promise<Pick<Effect, 'result'>>;
  /** Undefined when the state has no such field. */
  field(state: State, field: ComputedField, run: StateRun): Promise<unknown>;
  items(state: MapState, run: StateRun): Promise<unknown>;
  itemInput(state: MapState, run: StateRun, mapItem: NonNullable<Scope['mapItem']>): Promise<unknown>;
  /** Anything but a boolean is a mistake of the rule's. */
  matches(rule: ChoiceRule, field: string, run: StateRun): Promise<unknown>;
  /** The state's output, and what it assigns. */
  settle(effect: Effect, state: State, run: StateRun): Promise<Settled>;
}
