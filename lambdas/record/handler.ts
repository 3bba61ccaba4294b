import { openBus } from '../../core/aws/event-bus.ts';
import { openStates, startExecution, stopExecution } from '../../core/aws/states.ts';
import { openTable } from '../../core/aws/table.ts';
import { announcer } from '../../core/events/platform-event.ts';
import { leave } from '../../core/limits/advance.ts';
import { openLimits } from '../../core/limits/open-limits.ts';
import { applyStatusChange } from '../../core/runs/apply-status-change.ts';
import { findRun, recordChange } from '../../core/runs/run.repository.ts';
import { CANCELLED, type Run } from '../../core/runs/run.ts';
import { parseStatusEvent } from '../../core/runs/status-change.ts';
import { recordEnvironment } from './env.ts';

const { TABLE_NAME, BUS_NAME, LAUNCHER_ARN } = recordEnvironment.read();
const table = openTable(TABLE_NAME);
const states = openStates();
const limits = openLimits(table, states);
const startLauncher = (input: string) => startExecution(states, LAUNCHER_ARN, input);
const record = {
  findRun: (activityId: string) => findRun(table, activityId),
  recordChange: recordChange.bind(undefined, table),
  announce: announcer(openBus(BUS_NAME)),
  leave: (run: Run, now: Date) => leave(limits, startLauncher, run, now),
};

/** "Step Functions Execution Status Change": records it in the run; stops an execution whose run was cancelled before it began. */
export async function handler(event: unknown): Promise<void> {
  const change = parseStatusEvent(event);
  const applied = await applyStatusChange(record, change, new Date());
  if (applied !== 'stop') return;
  // Cancelled by a sender, or by a limit of the workflow.
  const { error = CANCELLED.error, cause = CANCELLED.cause } = (await findRun(table, change.activityId)) ?? {};
  await stopExecution(states, change.executionArn, { error, cause });
}
