import type { PlatformEvent } from '../events/platform-event.ts';
import { LAUNCH_LOST, type Run } from './run.ts';
import { type StatusChange, sequenceOf } from './status-change.ts';

const TYPES = { SUCCEEDED: 'run.succeeded', FAILED: 'run.failed', TIMED_OUT: 'run.timed_out', ABORTED: 'run.aborted' } as const;

/** The event by which workflows learn that a run ended: never its input or output, which are the workflow's own. Undefined for a change that is no end. */
export function endOf(run: Run, change: StatusChange): PlatformEvent | undefined {
  if (change.status === 'RUNNING') return undefined;
  const { status, startedAt, endedAt, error, cause } = change;
  const time = new Date(endedAt ?? startedAt);
  // Each redrive has an end of its own.
  return eventOf(run, { status, startedAt, endedAt, error, cause }, { key: String(sequenceOf(change)), time });
}

/** The event by which workflows learn that a run never began. One that is still started after it has an end of its own. */
export const lossOf = (run: Run, now: Date): PlatformEvent =>
  eventOf(run, { status: 'FAILED', endedAt: now.toISOString(), ...LAUNCH_LOST }, { key: 'lost', time: now });

interface End {
  readonly status: keyof typeof TYPES;
  readonly startedAt?: string;
  readonly endedAt: string | undefined;
  readonly error: string | undefined;
  readonly cause: string | undefined;
}

function eventOf(run: Run, end: End, { key, time }: { readonly key: string; readonly time: Date }): PlatformEvent {
  const { activityId, workspace, workflowId, triggerId, eventId, depth = 0 } = run;
  const data = { activityId, workflowId, triggerId, eventId, ...end };
  return { workspace, type: TYPES[end.status], subject: activityId, key, time, data, depth: depth + 1 };
}
