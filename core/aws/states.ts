import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  ExecutionNotRedrivable,
  GetExecutionHistoryCommand,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { HistoryEvent } from '../runs/history-event.ts';
import { NotRedrivable } from '../runs/redrive.ts';
import { isExecutionStatus, readableCause, type StatusChange } from '../runs/status-change.ts';
import { clientSettings } from './client-settings.ts';
import { Throttled } from './throttled.ts';

export const openStates = (): SFNClient => new SFNClient(clientSettings);

/**
 * What an execution's status is now, or undefined when there is no such execution. Eventually consistent
 * (https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html). Raises `Throttled`.
 */
export async function describeExecution(states: SFNClient, executionArn: string): Promise<StatusChange | undefined> {
  const execution = await unlessMissing(() => states.send(new DescribeExecutionCommand({ executionArn })));
  // PENDING_REDRIVE, the status left out, is for children of a distributed map, which no run is.
  if (!execution || !isExecutionStatus(execution.status)) return undefined;
  return {
    activityId: execution.name ?? '',
    executionArn,
    stateMachineArn: execution.stateMachineArn ?? '',
    stateMachineVersionArn: execution.stateMachineVersionArn,
    status: execution.status,
    startedAt: (execution.startDate ?? new Date(0)).toISOString(),
    endedAt: execution.stopDate?.toISOString(),
    redriveCount: execution.redriveCount ?? 0,
    output: execution.output,
    error: execution.error,
    cause: readableCause(execution.cause),
  };
}

/** JSON text of an execution's input; undefined when there is no such execution. Raises `Throttled`. */
export async function executionInput(states: SFNClient, executionArn: string): Promise<string | undefined> {
  return (await unlessMissing(() => states.send(new DescribeExecutionCommand({ executionArn }))))?.input;
}

/** Goes on with an execution from the step that failed. Raises `NotRedrivable` and `Throttled`. */
export async function redriveExecution(states: SFNClient, executionArn: string): Promise<void> {
  try {
    await unlessMissing(() => states.send(new RedriveExecutionCommand({ executionArn })));
  } catch (error) {
    if (error instanceof ExecutionNotRedrivable) throw new NotRedrivable(error);
    throw error;
  }
}

/** Stops an execution; one that does not exist is left at that. Raises `Throttled`. */
export async function stopExecution(
  states: SFNClient,
  executionArn: string,
  reason: { error: string; cause: string },
): Promise<void> {
  await unlessMissing(() => states.send(new StopExecutionCommand({ executionArn, ...reason })));
}

/** 1,000 events a page: https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html */
const EVENTS_PER_PAGE = 1_000;

/** Characters of inputs and outputs to read of one history: 25,000 events may carry 256 KB each, and a function has less memory. */
const MOST_DATA = 32 * 1024 * 1024;

/**
 * An execution's whole history, oldest first; empty when there is no such execution. Events beyond 32 MB come without their data.
 * Raises `Throttled`.
 */
export async function executionHistory(states: SFNClient, executionArn: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  let data = 0;
  do {
    const includeExecutionData = data < MOST_DATA;
    const page = await unlessMissing(() =>
      states.send(new GetExecutionHistoryCommand({ executionArn, maxResults: EVENTS_PER_PAGE, includeExecutionData, nextToken })),
    );
    events.push(...(page?.events ?? []));
    data += includeExecutionData ? JSON.stringify(page?.events ?? []).length : 0;
    nextToken = page?.nextToken;
  } while (nextToken !== undefined);
  return events;
}

/** Starts an execution without a name of its own. */
export async function startExecution(states: SFNClient, stateMachineArn: string, input: string): Promise<void> {
  await states.send(new StartExecutionCommand({ stateMachineArn, input }));
}

async function unlessMissing<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    if (error instanceof Error && error.name === 'ThrottlingException') throw new Throttled(error);
    throw error;
  }
}
