import { Throttled } from '../aws/throttled.ts';
import { cached } from '../cache.ts';
import type { HistoryEvent } from './history-event.ts';
import { executionArnOf, isOpen, type Run } from './run.ts';
import { type Step, withoutOutputs } from './step.ts';
import { stepsOf, tellsTheEnd } from './steps.ts';

export interface Steps {
  readonly steps: readonly Step[];
  /** Why there are none although there may be some. */
  readonly unavailable?: 'throttled';
}

export interface StepSource {
  /** The execution's whole history; empty when there is none. Raises `Throttled`. */
  readonly history: (executionArn: string) => Promise<readonly HistoryEvent[]>;
  readonly findSteps: (run: Run) => Promise<Step[] | undefined>;
  readonly saveSteps: (run: Run, steps: readonly Step[]) => Promise<void>;
}

/** GetExecutionHistory refills at 20 calls a second: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const REMEMBERED_MILLISECONDS = 2_000;

/** An answer of a function has 6 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LARGEST_ANSWER = 4 * 1024 * 1024;

/**
 * Reads a run's steps: from what was kept of a run that ended, else from its execution's history, which is remembered for 2 s while the
 * run goes on. A run whose beginning is not known has none.
 */
export function stepReader(source: StepSource): (run: Run, now: Date) => Promise<Steps> {
  const recentHistory = cached(REMEMBERED_MILLISECONDS, source.history);
  return async (run, now) => {
    const executionArn = executionArnOf(run);
    if (!executionArn || run.startedAt === undefined) return { steps: [] };
    const kept = isOpen(run.status) ? undefined : await source.findSteps(run);
    if (kept) return { steps: fitting(kept) };
    try {
      const events = (await (isOpen(run.status) ? recentHistory : source.history)(executionArn)) ?? [];
      const steps = stepsOf(run.activityId, events, now.getTime());
      if (!isOpen(run.status) && tellsTheEnd(events)) await source.saveSteps(run, steps);
      return { steps: fitting(steps) };
    } catch (error) {
      if (error instanceof Throttled) return { steps: [], unavailable: 'throttled' };
      throw error;
    }
  };
}

function fitting(steps: readonly Step[]): readonly Step[] {
  // The answer's JSON travels as a string inside the function's JSON, its quotes escaped.
  return Buffer.byteLength(JSON.stringify(JSON.stringify(steps))) <= LARGEST_ANSWER ? steps : withoutOutputs(steps);
}
