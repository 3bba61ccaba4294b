import type { PlatformEvent } from '../events/platform-event.ts';
import type { Run } from './run.ts';
import { type StatusChange, sequenceOf } from './status-change.ts';

const TYPES = { SUCCEEDED: 'run.succeeded', FAILED: 'run.failed', TIMED_OUT: 'run.timed_out', ABORTED: 'run.aborted' } as const;

/** The event by which workflows learn that a run ended: never its input or output, which are the workflow's own. Undefined for a change that is no end. */
export function endOf(run: Run, change: StatusChange): PlatformEvent | undefined {
  if (change.status === 'RUNNING') return undefined;
  const { activityId, workspace, workflowId, triggerId, eventId, depth = 0 } = run;
  const { status, startedAt, endedAt, error, cause } = change;
  const data = { activityId, workflowId, triggerId, eventId, status, startedAt, endedAt, error, cause };
  // Each redrive has an end of its own.
  const key = String(sequenceOf(change));
  return { workspace, type: TYPES[status], subject: activityId, key, time: new Date(endedAt ?? startedAt), data, depth: depth + 1 };
}
