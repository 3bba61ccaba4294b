import { Throttled } from '../aws/throttled.ts';
import { conflict, unavailable } from '../errors.ts';
import { isAwaited } from './find-run.ts';
import { asCancelled, executionArnOf, isOpen, type Run } from './run.ts';

export interface RunCanceller {
  readonly findRun: (activityId: string) => Promise<Run | undefined>;
  /** Stores a run that has no item yet; false when it has one. */
  readonly createRun: (run: Run) => Promise<boolean>;
  /** Marks the run cancelled if its status is still what it was. */
  readonly markCancelled: (run: Run, now: Date) => Promise<Run | undefined>;
  /** Stops the execution, if there is one. Raises `Throttled`. */
  readonly stopExecution: (executionArn: string) => Promise<void>;
}

/** The run may begin or end while it is being cancelled; each attempt starts from what it is then. */
const ATTEMPTS = 4;

/**
 * Cancels a run, also before it began: then the launcher finds it cancelled and does not start it. Cancelling it again is no error.
 * The execution's own end has the last word: one that ended before it could be stopped shows so once its event is there.
 *
 * Raises 409 for a run that ended otherwise, and 503 when Step Functions is too busy to stop it or the run does not hold still.
 */
export async function cancelRun(canceller: RunCanceller, run: Run, now: Date): Promise<Run> {
  let current = run;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const cancelled = await tryToCancel(canceller, current, attempt === 0, now);
    if (cancelled) return cancelled;
    current = (await canceller.findRun(run.activityId)) ?? current;
  }
  throw unavailable('The run is changing just now; send the request again.');
}

async function tryToCancel(canceller: RunCanceller, run: Run, isFirst: boolean, now: Date): Promise<Run | undefined> {
  if (run.status === 'ABORTED') {
    if (!isEndTold(run)) await stop(canceller, run);
    return run;
  }
  if (!isOpen(run.status) && !run.launchFailed) throw conflict(`The run has ended already; its status is ${run.status}.`);
  // One that has an item without a state machine is a replay, which the launcher has not come to.
  if (isFirst && isAwaited(run)) {
    const cancelled = asCancelled(run, now);
    return (await canceller.createRun(cancelled)) ? cancelled : undefined;
  }
  // One that runs is stopped first, so that a mark without a stop never stays; one that waits is marked first, so that it isn't started.
  if (run.status === 'RUNNING') await stop(canceller, run);
  const marked = await canceller.markCancelled(run, now);
  if (marked && run.status !== 'RUNNING') await stop(canceller, run);
  return marked;
}

const isEndTold = (run: Run): boolean => run.sequence !== undefined && run.sequence % 2 === 1;

async function stop(canceller: RunCanceller, run: Run): Promise<void> {
  const executionArn = executionArnOf(run);
  if (executionArn === undefined) return;
  try {
    await canceller.stopExecution(executionArn);
  } catch (error) {
    if (error instanceof Throttled) throw unavailable('Step Functions is too busy to stop the run; send the request again.', error);
    throw error;
  }
}
