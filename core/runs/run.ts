import type { TriggerKind } from '../events/envelope.ts';

/** Step Functions' own words, and QUEUED for a run that is accepted but not started. */
export const RUN_STATUSES = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const isOpen = (status: RunStatus): boolean => status === 'QUEUED' || status === 'RUNNING';

export interface Run {
  /** `<eventId>-<triggerId>`: also the execution's name. */
  readonly activityId: string;
  readonly eventId: string;
  readonly workspace: string;
  readonly workflowId: string;
  /** The revision that was started; absent until the launcher has chosen it. */
  readonly revision?: string;
  /** The workflow's state machine, without a version; absent until the launcher has read the workflow. */
  readonly stateMachineArn?: string;
  readonly triggerId: string;
  readonly triggerKind: TriggerKind;
  readonly status: RunStatus;
  /** When the event came in; ISO 8601 in UTC with milliseconds, like every time here. */
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** When the status last changed, or was last confirmed by DescribeExecution. */
  readonly changedAt: string;
  /** JSON text of the output. Absent when it was too large to keep or the run did not succeed. */
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  /** Set when the launcher could not start it; a later start still counts. */
  readonly launchFailed?: boolean;
  /** `redriveCount * 2`, plus 1 once ended: a status change with a lower or equal number is late and is ignored. */
  readonly sequence?: number;
}
