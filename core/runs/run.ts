import * as v from 'valibot';
import { labelsSchema } from '../labels.ts';

/** Step Functions' own words, and QUEUED for a run that is accepted but not started. */
export const RUN_STATUSES = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** How long a run is kept, from its beginning. */
export const RUN_DAYS = 90;

/** An event that so many runs led to, one after another, starts no other: it is a loop. */
export const DEEPEST_EVENT = 5;

export const isOpen = (status: RunStatus): boolean => status === 'QUEUED' || status === 'RUNNING';

/** A run as stored. */
export const runSchema = v.object({
  /** `<eventId>-<triggerId>`: also the execution's name. */
  activityId: v.string(),
  eventId: v.string(),
  workspace: v.string(),
  workflowId: v.string(),
  /** The revision that was started; absent until the launcher has chosen it. */
  revision: v.optional(v.string()),
  /** The workflow's state machine, without a version; absent until the launcher has read the workflow. */
  stateMachineArn: v.optional(v.string()),
  triggerId: v.string(),
  triggerKind: v.picklist(['webhook', 'event', 'schedule', 'manual']),
  status: v.picklist(RUN_STATUSES),
  /** How many runs led to its event, one after another; absent for none. */
  depth: v.optional(v.number()),
  /** Of a run that repeats an event: the name of the replay. */
  replayName: v.optional(v.string()),
  /** Of a run that begins another again from the start: that one. */
  rerunOf: v.optional(v.string()),
  /** Those of its workflow and of its trigger. */
  labels: v.optional(labelsSchema),
  /** Of a schedule's run: how long after its time the launcher got to it, in milliseconds. */
  lag: v.optional(v.number()),
  /** When the event came in, or was to come by its schedule; ISO 8601 in UTC with milliseconds, like every time here. */
  createdAt: v.string(),
  startedAt: v.optional(v.string()),
  endedAt: v.optional(v.string()),
  /** When the status last changed, or was last confirmed by DescribeExecution. */
  changedAt: v.string(),
  /** JSON text of the output. Absent when it was too large to keep or the run did not succeed. */
  output: v.optional(v.string()),
  error: v.optional(v.string()),
  cause: v.optional(v.string()),
  /** The line of its workflow's limit on concurrency in which it has, or will have, a place. */
  line: v.optional(v.string()),
  /** The line in which it waits; its status is QUEUED. */
  waitsIn: v.optional(v.string()),
  /** When the quota in whose line it waits begins anew. */
  waitsUntil: v.optional(v.string()),
  /** When it last left a line, to be started. */
  admittedAt: v.optional(v.string()),
  /** Is it counted in a quota's period? */
  counted: v.optional(v.boolean()),
  /** Set when the launcher could not start it; a later start still counts. */
  launchFailed: v.optional(v.boolean()),
  /** `redriveCount * 2`, plus 1 once ended: a status change with a lower or equal number is late and is ignored. */
  sequence: v.optional(v.number()),
});
export type Run = v.InferOutput<typeof runSchema>;

/** What a run that is ended by us says of itself. */
export interface Ending {
  readonly error: string;
  readonly cause: string;
}

/** What a run that was cancelled says of itself; StopExecution is given the same. */
export const CANCELLED = { error: 'Millrace.Cancelled', cause: 'Cancelled by a sender.' } as const;

/** What a run says of itself that was not started in time. */
export const LAUNCH_LOST = {
  error: 'Millrace.LaunchLost',
  cause: 'The workflow was not started in time; if the launcher still gets to it, the run goes on.',
} as const;

/** The ARN of the run's execution, or undefined while its state machine is not known. */
export function executionArnOf(run: Run): string | undefined {
  return run.stateMachineArn && `${run.stateMachineArn.replace(':stateMachine:', ':execution:')}:${run.activityId}`;
}

/** The run as it is once it has been cancelled. */
export function asCancelled(run: Run, now: Date): Run {
  const at = now.toISOString();
  return { ...run, status: 'ABORTED', changedAt: at, endedAt: at, ...CANCELLED };
}
