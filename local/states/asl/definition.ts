/** A state machine's definition, in the Amazon States Language's own names (https://states-language.net/). */
export interface StateGraph {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface Definition extends StateGraph {
  readonly TimeoutSeconds?: number;
}

export type Assignments = Readonly<Record<string, unknown>>;

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly Assign?: Assignments;
  readonly Output?: unknown;
  readonly ResultPath?: string | null;
}

/** Fields of both languages: the schema has seen to it that a state has only those of its own. */
interface Common {
  readonly QueryLanguage: 'JSONata' | 'JSONPath';
  readonly Assign?: Assignments;
  readonly Output?: unknown;
  readonly InputPath?: string | null;
  readonly OutputPath?: string | null;
}

interface Successor {
  readonly Next?: string;
  readonly End?: boolean;
}

interface Recovery {
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

/** What a state that works on something takes and gives. */
interface Working {
  readonly Arguments?: unknown;
  readonly Parameters?: unknown;
  readonly ResultSelector?: unknown;
  readonly ResultPath?: string | null;
}

export interface TaskState extends Common, Successor, Recovery, Working {
  readonly Type: 'Task';
  readonly Resource: string;
  readonly TimeoutSeconds?: number | string;
  readonly TimeoutSecondsPath?: string;
  readonly HeartbeatSeconds?: number | string;
  readonly HeartbeatSecondsPath?: string;
}

export interface PassState extends Common, Successor, Working {
  readonly Type: 'Pass';
  readonly Result?: unknown;
}

export interface WaitState extends Common, Successor {
  readonly Type: 'Wait';
  readonly Seconds?: number | string;
  readonly SecondsPath?: string;
  readonly Timestamp?: string;
  readonly TimestampPath?: string;
}

export interface ChoiceRule {
  /** JSONata's; a rule in JSONPath has a comparison's fields instead. */
  readonly Condition?: string | boolean;
  readonly Next: string;
  readonly Assign?: Assignments;
  readonly Output?: unknown;
}

export interface ChoiceState extends Common {
  readonly Type: 'Choice';
  readonly Choices: readonly ChoiceRule[];
  readonly Default?: string;
}

interface SucceedState extends Common {
  readonly Type: 'Succeed';
}

export interface FailState extends Common {
  readonly Type: 'Fail';
  readonly Error?: string;
  readonly ErrorPath?: string;
  readonly Cause?: string;
  readonly CausePath?: string;
}

export interface ParallelState extends Common, Successor, Recovery, Working {
  readonly Type: 'Parallel';
  readonly Branches: readonly StateGraph[];
}

export interface MapState extends Common, Successor, Recovery, Working {
  readonly Type: 'Map';
  readonly ItemProcessor: StateGraph & { readonly ProcessorConfig?: { readonly Mode: 'INLINE' | 'DISTRIBUTED' } };
  readonly Items?: unknown;
  readonly ItemsPath?: string;
  readonly ItemSelector?: unknown;
  readonly MaxConcurrency?: number | string;
  readonly MaxConcurrencyPath?: string;
  readonly ToleratedFailureCount?: number | string;
  readonly ToleratedFailureCountPath?: string;
  readonly ToleratedFailurePercentage?: number | string;
  readonly ToleratedFailurePercentagePath?: string;
}

export type State = TaskState | PassState | WaitState | ChoiceState | SucceedState | FailState | ParallelState | MapState;

/** Whether a Map's iterations are executions of their own (https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html). */
export const isDistributed = ({ ItemProcessor: { ProcessorConfig } }: MapState): boolean => ProcessorConfig?.Mode === 'DISTRIBUTED';
