import { Throttled } from '../aws/throttled.ts';
import { applyStatusChange, type RunRecord } from './apply-status-change.ts';
import { executionArnOf, isOpen, type Run } from './run.ts';
import { type StatusChange, sequenceOf } from './status-change.ts';

export interface ExecutionLookup extends RunRecord {
  /** What the execution's status is, or undefined when there is none. Raises `Throttled`. */
  readonly describeExecution: (executionArn: string) => Promise<StatusChange | undefined>;
  /** Notes that the run's status is what it was. */
  readonly confirmRun: (run: Run, now: Date) => Promise<Run | undefined>;
}

/** Status events are best effort: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
const TRUSTED_MILLISECONDS = 60_000;

/** Is the run open, or could it still begin, and has it shown no change for 60 s? */
export const isStale = (run: Run, now: Date): boolean =>
  (isOpen(run.status) || run.launchFailed === true) && now.getTime() - Date.parse(run.changedAt) > TRUSTED_MILLISECONDS;

/**
 * Looks up the execution of a run that has shown no change for a while, and applies what it finds as a status event would. Whatever was
 * found, the next look is 60 s later. `missing` says that there is no execution yet. Raises `Throttled`.
 */
export async function lookUpRun(lookup: ExecutionLookup, run: Run, now: Date): Promise<{ run: Run; missing: boolean }> {
  const executionArn = executionArnOf(run);
  const change = executionArn === undefined ? undefined : await lookup.describeExecution(executionArn);
  const isNew = change !== undefined && (run.sequence === undefined || sequenceOf(change) > run.sequence);
  const isApplied = isNew && (await applyStatusChange(lookup, change, now)) === 'recorded';
  const latest = isApplied ? await lookup.findRun(run.activityId) : await lookup.confirmRun(run, now);
  return { run: latest ?? (await lookup.findRun(run.activityId)) ?? run, missing: change === undefined };
}

/** The run as it is now: looked up when it has shown no change for 60 s, unless Step Functions is too busy to tell. */
export async function refreshRun(lookup: ExecutionLookup, run: Run, now: Date): Promise<Run> {
  if (!isStale(run, now) || executionArnOf(run) === undefined) return run;
  try {
    return (await lookUpRun(lookup, run, now)).run;
  } catch (error) {
    if (error instanceof Throttled) return run;
    throw error;
  }
}
