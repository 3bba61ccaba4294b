import * as v from 'valibot';
import type { Run } from './run.ts';

const EXECUTION_STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const;
type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

export const isExecutionStatus = (status: string | undefined): status is ExecutionStatus =>
  EXECUTION_STATUSES.some((known) => known === status);

/** The status of an execution, as an event told it or DescribeExecution did. */
export interface StatusChange {
  /** The execution's name. */
  readonly activityId: string;
  readonly executionArn: string;
  /** Without a version. */
  readonly stateMachineArn: string;
  readonly stateMachineVersionArn?: string | undefined;
  readonly status: ExecutionStatus;
  /** ISO 8601 in UTC with milliseconds. */
  readonly startedAt: string;
  readonly endedAt?: string | undefined;
  readonly redriveCount: number;
  /** JSON text. */
  readonly output?: string | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** The largest and smallest time value: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const LATEST = 8.64e15;
const isoTime = v.pipe(
  v.number(),
  v.minValue(-LATEST),
  v.maxValue(LATEST),
  v.transform((milliseconds) => new Date(milliseconds).toISOString()),
);
const text = v.nullish(v.string());

/**
 * "Step Functions Execution Status Change", of which output, error and cause are left out when the event would be too large:
 * https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
const statusEventSchema = v.object({
  detail: v.object({
    executionArn: v.string(),
    stateMachineArn: v.string(),
    stateMachineVersionArn: text,
    name: v.string(),
    status: v.picklist(EXECUTION_STATUSES),
    startDate: isoTime,
    stopDate: v.nullish(isoTime),
    redriveCount: v.nullish(v.pipe(v.number(), v.safeInteger(), v.minValue(0)), 0),
    output: text,
    error: text,
    cause: text,
  }),
});

/** Reads a status change from EventBridge. Raises `v.ValiError` for anything else. */
export function parseStatusEvent(event: unknown): StatusChange {
  const { detail } = v.parse(statusEventSchema, event);
  return {
    activityId: detail.name,
    executionArn: detail.executionArn,
    stateMachineArn: detail.stateMachineArn,
    stateMachineVersionArn: detail.stateMachineVersionArn ?? undefined,
    status: detail.status,
    startedAt: detail.startDate,
    endedAt: detail.stopDate ?? undefined,
    redriveCount: detail.redriveCount,
    output: detail.output ?? undefined,
    error: detail.error ?? undefined,
    cause: readableCause(detail.cause ?? undefined),
  };
}

/** Orders the changes of one run: a redrive comes after the end it follows. */
export const sequenceOf = (change: Pick<StatusChange, 'status' | 'redriveCount'>): number =>
  change.redriveCount * 2 + (change.status === 'RUNNING' ? 0 : 1);

/**
 * Was the run cancelled before anything was known of an execution? Then the news that one began does not open it again: that execution
 * is to be stopped.
 */
export const wasCancelledBeforeItBegan = (run: Run): boolean => run.status === 'ABORTED' && run.sequence === undefined;

const functionErrorSchema = v.pipe(v.string(), v.parseJson(), v.object({ errorMessage: v.string() }));

/**
 * A cause for people: of the error that a Lambda function threw its message, without the stack trace that Step Functions hands on
 * (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html).
 */
export function readableCause(cause: string | undefined): string | undefined {
  const parsed = v.safeParse(functionErrorSchema, cause);
  return parsed.success ? parsed.output.errorMessage : cause;
}
