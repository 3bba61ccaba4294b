import type { Json } from '../../aws/service.ts';

/** One event of an execution's history, without the numbers and the time that the journal gives it: its `type` and the detail key of that type. */
export type HistoryEntry = { readonly type: string } & Json;

interface SubmittedTask extends TaskLimits {
  /** What the service answered. */
  readonly answer: unknown;
}

export interface TaskLimits {
  /** When the task times out, in milliseconds since the epoch. */
  readonly deadline?: number;
  readonly heartbeatSeconds?: number;
}

/** How far the state that a scope stands at has come. */
export interface Progress {
  /** Retries made by each of the state's retriers. */
  readonly retried: readonly number[];
  /** When the next retry is due, in milliseconds since the epoch. */
  readonly retryAt?: number;
  /** How often a Parallel or Map has been begun anew: it names the scopes within. */
  readonly round?: number;
  /** When a Wait ends. */
  readonly wakeAt?: number;
  /** The token of a task that waits for it. */
  readonly token?: string;
  /** What is left to wait for of a task whose service has answered. */
  readonly submitted?: SubmittedTask;
  /** The evaluated input of a Parallel's branches or items of a Map, once these were started. */
  readonly prepared?: { readonly value: unknown };
}

/** Where one run of a graph stands: the whole definition, a branch of a Parallel, or an iteration of a Map. */
export interface Frame {
  readonly state: string;
  readonly input: unknown;
  /** Those that this scope itself assigned. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly enteredAt: number;
  /** The event with which the state was entered; once the scope has ended, its last event. */
  readonly enteredEventId: number;
  readonly progress: Progress;
  /** Set once the scope has ended. */
  readonly done?: { readonly output: unknown /** An iteration whose failure is tolerated. */; readonly failed?: boolean };
}

/**
 * Keeps an execution's history, and where each scope stands so that the execution can go on after the process is gone.
 * Scopes are named by paths: `0` is the whole definition, `0/1.2` the third branch in its state's second round.
 */
export interface Journal {
  load(path: string): Frame | undefined;
  /** Adds events, each one following the last; gives the last one's id (`previous` when there is none). */
  append(events: readonly HistoryEntry[], previous: number): number;
  /** Adds events and keeps the frame in one step. `enteredEventId` is set to the last event's id when `entering`. */
  save(
    path: string,
    frame: Frame,
    events: readonly HistoryEntry[],
    previous: number,
    entering: boolean,
  ): { frame: Frame; eventId: number };
  /** Forgets the scopes within this one. */
  clearWithin(path: string): void;
}

/** For executions that are run again from their start: keeps nothing. */
export const silentJournal: Journal = {
  load: () => undefined,
  append: () => 0,
  save: (_path, frame) => ({ frame, eventId: 0 }),
  clearWithin: () => undefined,
};
