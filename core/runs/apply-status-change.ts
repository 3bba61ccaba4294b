import type { PlatformEvent } from '../events/platform-event.ts';
import { endOf } from './announce-end.ts';
import type { Run } from './run.ts';
import { type StatusChange, sequenceOf, wasCancelledBeforeItBegan } from './status-change.ts';

export interface RunRecord {
  readonly findRun: (activityId: string) => Promise<Run | undefined>;
  /** Records a change that is not late; undefined when it is, or when the run was cancelled before it began. */
  readonly recordChange: (run: Run, change: StatusChange, now: Date) => Promise<Run | undefined>;
  /**
   * Gives back the place that a run has had by a limit, and starts who comes next. Left out where a run's end is found by the way: the reconciler
   * does it within a minute.
   */
  readonly leave?: (run: Run, now: Date) => Promise<void>;
  /** Tells the bus. */
  readonly announce: (event: PlatformEvent) => Promise<void>;
}

/** What became of a status change: recorded, late (or repeated), of no run of ours, or to be answered by stopping the execution. */
export type Applied = 'recorded' | 'late' | 'unknown' | 'stop';

/**
 * Applies a change of an execution's status to its run. Changes may come late, twice and in any order: the run never moves backwards,
 * a redrive opens it again, and a run that was cancelled before it began stays cancelled.
 */
export async function applyStatusChange(record: RunRecord, change: StatusChange, now: Date): Promise<Applied> {
  const run = await record.findRun(change.activityId);
  if (!run || !isOfItsMachine(run, change)) return 'unknown';
  // First: an end that is recorded is not looked at again. Told twice, it is the same event.
  const end = run.sequence === undefined || sequenceOf(change) > run.sequence ? endOf(run, change) : undefined;
  if (end) await record.announce(end);
  // Told late or again, too: whoever recorded the end may not have given the place back.
  if (change.status !== 'RUNNING') await record.leave?.(run, now);
  if (await record.recordChange(run, change, now)) return 'recorded';
  if (change.status !== 'RUNNING') return 'late';
  const latest = await record.findRun(change.activityId);
  return latest && wasCancelledBeforeItBegan(latest) ? 'stop' : 'late';
}

/**
 * Executions of any state machine may have the run's name: a workflow may give its own to one that it starts. A run whose launch failed
 * may be started by another state machine than was chosen first. Told with its version, it is the same state machine.
 */
const isOfItsMachine = (run: Run, { stateMachineArn }: StatusChange): boolean =>
  run.stateMachineArn === undefined || run.launchFailed === true || `${stateMachineArn}:`.startsWith(`${run.stateMachineArn}:`);
