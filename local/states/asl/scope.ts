import type { Json } from '../../aws/service.ts';
import type { Clock } from '../../clock.ts';
import type { StateGraph } from './definition.ts';
import type { StatesError } from './errors.ts';
import type { HistoryEntry, Journal } from './journal.ts';
import type { TaskResource } from './resource.ts';

export interface TaskRequest {
  readonly stateName: string;
  readonly resource: TaskResource;
  readonly arguments: unknown;
  /** From 1: how often the state has called it by now. */
  readonly attempt: number;
  /** Aborted when the task's result is no longer wanted. */
  readonly signal: AbortSignal;
}

/** For tasks that go on after their service has answered. */
export interface Waiting {
  /** Makes a token known; it stays as it is when it is already. */
  openToken(token: string): void;
  closeToken(token: string): void;
  /** When the token was opened or last sent a heartbeat, in milliseconds since the epoch. */
  lastHeartbeat(token: string): number;
  /** What comes back with the token; rejects with `StatesError` when that is a failure. */
  tokenOutcome(token: string, signal: AbortSignal): Promise<unknown>;
  /** What an execution ended with, from what `startExecution` answered; rejects with `StatesError` when it didn't succeed. */
  executionEnd(task: TaskResource, answer: unknown, signal: AbortSignal): Promise<unknown>;
}

/** What an execution needs of the world around it. */
export interface Host {
  readonly clock: Clock;
  /** A number from 0 (inclusive) to 1. */
  readonly random: () => number;
  readonly journal: Journal;
  /** Does a Task's work; rejects with `StatesError`. */
  readonly invoke: (request: TaskRequest) => Promise<unknown>;
  /** Without it, what `invoke` gives is every task's result. */
  readonly waiting?: Waiting;
  /** `Execution` and `StateMachine` of the context object (https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html). */
  readonly context: Json;
  /** Called at each state entered and at each retry. */
  readonly transition: () => void;
  /** Called when a state of the scope at `path` has failed and is not tried again, whether or not a catcher takes it. */
  readonly failed?: (path: string, failure: StatesError) => void;
}

/** One run of a graph: its place in the execution and the variables it can read. */
export interface Scope {
  readonly host: Host;
  readonly path: string;
  readonly signal: AbortSignal;
  readonly outerVariables: Readonly<Record<string, unknown>>;
  /** `Map.Item` of the context object, within a Map. */
  readonly mapItem?: { readonly Index: number; readonly Value: unknown };
}

/** What a graph gave, and the id of its last history event. */
export interface GraphResult {
  readonly output: unknown;
  readonly eventId: number;
  /** Of an iteration that failed and was tolerated, in an earlier process. */
  readonly failed?: boolean;
}

/** `opening` and `closing` are recorded in one step with the graph's first state's entry and its last state's exit. */
export type RunGraph = (
  graph: StateGraph,
  input: unknown,
  scope: Scope,
  events: { readonly previous: number; readonly opening?: readonly HistoryEntry[]; readonly closing?: readonly HistoryEntry[] },
) => Promise<GraphResult>;
