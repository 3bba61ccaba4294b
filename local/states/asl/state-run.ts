import type { State } from './definition.ts';
import { StatesError } from './errors.ts';
import { evaluateTemplate } from './expression.ts';
import { jsonataFunctions } from './functions.ts';
import type { Frame, HistoryEntry, Progress } from './journal.ts';
import type { QueryLanguage } from './query-language.ts';
import type { RunGraph, Scope } from './scope.ts';

/** Besides its input: what a template of a state may read of `$states`. */
interface Findings {
  readonly result?: unknown;
  readonly errorOutput?: { readonly Error: string; readonly Cause: string };
  readonly mapItem?: { readonly Index: number; readonly Value: unknown };
}

/** One stay in one state: what its code reads, evaluates and records. */
export class StateRun {
  readonly name: string;
  readonly state: State;
  readonly language: QueryLanguage;
  readonly scope: Scope;
  readonly runGraph: RunGraph;
  #frame: Frame;
  #eventId: number;

  constructor(state: State, language: QueryLanguage, scope: Scope, frame: Frame, eventId: number, runGraph: RunGraph) {
    this.name = frame.state;
    this.state = state;
    this.language = language;
    this.scope = scope;
    this.runGraph = runGraph;
    this.#frame = frame;
    this.#eventId = eventId;
  }

  get input(): unknown {
    return this.#frame.input;
  }

  get progress(): Progress {
    return this.#frame.progress;
  }

  /** All variables in reach; they don't change while the state runs. */
  get variables(): Readonly<Record<string, unknown>> {
    return { ...this.scope.outerVariables, ...this.#frame.variables };
  }

  get ownVariables(): Readonly<Record<string, unknown>> {
    return this.#frame.variables;
  }

  /** The id of the last history event on this state's way. */
  get eventId(): number {
    return this.#eventId;
  }

  /** Retries made so far, whichever retrier made them. */
  get retryCount(): number {
    return this.progress.retried.reduce((sum, count) => sum + count, 0);
  }

  /** Nothing may be recorded for a scope that was aborted: its siblings' failure, a stop or a time-out has ended it. */
  record(...events: HistoryEntry[]): void {
    this.scope.signal.throwIfAborted();
    this.#eventId = this.scope.host.journal.append(events, this.#eventId);
  }

  recordAfter(eventId: number, ...events: HistoryEntry[]): void {
    this.#eventId = eventId;
    this.record(...events);
  }

  advance(progress: Progress, ...events: HistoryEntry[]): void {
    this.scope.signal.throwIfAborted();
    const saved = this.scope.host.journal.save(this.scope.path, { ...this.#frame, progress }, events, this.#eventId, false);
    this.#frame = saved.frame;
    this.#eventId = saved.eventId;
  }

  /** Evaluates a JSONata template; throws `StatesError` `States.QueryEvaluationError` with the state's name and place in the cause. */
  async evaluate(template: unknown, field: string, findings: Findings = {}): Promise<unknown> {
    const { mapItem, ...readable } = findings;
    try {
      const value = await evaluateTemplate(template, field, {
        ...jsonataFunctions(this.scope.host.random),
        ...this.variables,
        states: { input: this.input, context: this.context(mapItem), ...readable },
      });
      this.scope.signal.throwIfAborted();
      return value;
    } catch (error) {
      if (!(error instanceof StatesError)) throw error;
      throw this.failure(error.error, error.cause);
    }
  }

  /** An error of this state itself, worded as Step Functions words it. */
  failure(error: string, problem: string): StatesError {
    return new StatesError(
      error,
      `An error occurred while executing the state '${this.name}' (entered at the event id #${this.#frame.enteredEventId}). ${problem}`,
    );
  }

  /** A value that has not the type its field asks for. */
  mismatch(problem: string): StatesError {
    return this.failure(this.language.mismatch, problem);
  }

  /** https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html */
  context(mapItem: Scope['mapItem'] = this.scope.mapItem) {
    return {
      ...this.scope.host.context,
      State: { EnteredTime: new Date(this.#frame.enteredAt).toISOString(), Name: this.name, RetryCount: this.retryCount },
      ...(mapItem && { Map: { Item: mapItem } }),
      ...(this.progress.token !== undefined && { Task: { Token: this.progress.token } }),
    };
  }
}
