import { Throttled } from '../aws/throttled.ts';
import { cached } from '../cache.ts';
import { parseData } from './data.ts';
import type { HistoryEvent } from './history-event.ts';
import { executionArnOf, isOpen, type Run } from './run.ts';
import type { Step } from './step.ts';
import { inputIn, stepsOf, tellsTheEnd } from './steps.ts';

export interface Steps {
  readonly steps: readonly Step[];
  /** What the run was given; absent where there are no steps to be read. */
  readonly input?: unknown;
  /** Why there are none although there may be some. */
  readonly unavailable?: 'throttled';
}

export interface StepSource {
  /** The execution's whole history; empty when there is none. Raises `Throttled`. */
  readonly history: (executionArn: string) => Promise<readonly HistoryEvent[]>;
  readonly findSteps: (run: Run) => Promise<Steps | undefined>;
  readonly saveSteps: (run: Run, steps: Steps) => Promise<void>;
}

/** GetExecutionHistory refills at 20 calls a second: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const REMEMBERED_MILLISECONDS = 2_000;

/**
 * Reads a run's steps and its input, both without the keys to callbacks: from what was kept of a run that ended, else from its execution's history, which is remembered for 2 s while the
 * run goes on. A run whose beginning is not known has none.
 */
export function stepReader(source: StepSource): (run: Run, now: Date) => Promise<Steps> {
  const recentHistory = cached(REMEMBERED_MILLISECONDS, source.history);
  return async (run, now) => {
    const executionArn = executionArnOf(run);
    if (!executionArn || run.startedAt === undefined) return { steps: [] };
    const kept = isOpen(run.status) ? undefined : await source.findSteps(run);
    if (kept) return kept;
    try {
      const events = (await (isOpen(run.status) ? recentHistory : source.history)(executionArn)) ?? [];
      const steps = { steps: stepsOf(run.activityId, events, now.getTime()), input: parseData(inputIn(events)) };
      if (!isOpen(run.status) && tellsTheEnd(events)) await source.saveSteps(run, steps);
      return steps;
    } catch (error) {
      if (error instanceof Throttled) return { steps: [], unavailable: 'throttled' };
      throw error;
    }
  };
}
