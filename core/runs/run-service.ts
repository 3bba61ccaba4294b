import type { BusEvent } from '../aws/event-bus.ts';
import { describeExecution, executionHistory, openStates, stopExecution } from '../aws/states.ts';
import type { Table } from '../aws/table.ts';
import { findDelivery } from '../deliveries/delivery.repository.ts';
import { announcer } from '../events/platform-event.ts';
import type { Token } from '../tokens/token.ts';
import { cancelRun, type RunCanceller } from './cancel-run.ts';
import { findRunFor, type RunSource } from './find-run.ts';
import { type StepSource, type Steps, stepReader } from './read-steps.ts';
import { type ExecutionLookup, refreshRun } from './refresh-run.ts';
import { confirmRun, createRun, findRun, markCancelled, recordChange } from './run.repository.ts';
import { CANCELLED, type Run } from './run.ts';
import { findSteps, saveSteps } from './step.repository.ts';

/** One run, for those who may see it. Each raises 404 for a run that the token may not know of. */
export interface RunService {
  /** The run as it is now, and its steps. */
  readonly read: (token: Token, activityId: string, now: Date) => Promise<{ run: Run; steps: Steps }>;
  /** Cancels it; raises 409 when it ended otherwise. */
  readonly cancel: (token: Token, activityId: string, now: Date) => Promise<{ run: Run; steps: Steps }>;
}

export type RunServiceParts = RunSource & StepSource & ExecutionLookup & RunCanceller;

export function runService(parts: RunServiceParts): RunService {
  const readSteps = stepReader(parts);
  const withSteps = async (run: Run, now: Date) => ({ run, steps: await readSteps(run, now) });
  return {
    async read(token, activityId, now) {
      const run = await findRunFor(parts, token, 'runs:read', activityId);
      return withSteps(await refreshRun(parts, run, now), now);
    },
    async cancel(token, activityId, now) {
      const run = await findRunFor(parts, token, 'runs:cancel', activityId);
      return withSteps(await cancelRun(parts, run, now), now);
    },
  };
}

/** What of the service's parts is in the table. */
export const partsInTable = (table: Table) =>
  ({
    findRun: (activityId) => findRun(table, activityId),
    findDelivery: (eventId) => findDelivery(table, eventId, { consistent: true }),
    findSteps: (run) => findSteps(table, run),
    saveSteps: (run, steps) => saveSteps(table, run, steps),
    createRun: (run) => createRun(table, run),
    recordChange: (run, change, now) => recordChange(table, run, change, now),
    confirmRun: (run, now) => confirmRun(table, run, now),
    markCancelled: (run, now) => markCancelled(table, run, now),
  }) satisfies Partial<RunServiceParts>;

/** The service on the table and Step Functions; ends that it finds are told to the bus. */
export function openRuns(table: Table, publish: (event: BusEvent) => Promise<void>): RunService {
  const states = openStates();
  return runService({
    ...partsInTable(table),
    announce: announcer(publish),
    describeExecution: (executionArn) => describeExecution(states, executionArn),
    stopExecution: (executionArn) => stopExecution(states, executionArn, CANCELLED),
    history: (executionArn) => executionHistory(states, executionArn),
  });
}
