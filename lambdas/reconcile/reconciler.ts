import { openBus } from '../../core/aws/event-bus.ts';
import { describeExecution, openStates, startExecution } from '../../core/aws/states.ts';
import { openTable, queryIndex } from '../../core/aws/table.ts';
import type { VariablesOf } from '../../core/environment.ts';
import { announcer } from '../../core/events/platform-event.ts';
import { collection, INDEXES } from '../../core/keys.ts';
import { advance, leave } from '../../core/limits/advance.ts';
import { listLines } from '../../core/limits/limit.repository.ts';
import { openLimits } from '../../core/limits/open-limits.ts';
import { type Reconcile, reconciler } from '../../core/runs/reconcile.ts';
import { confirmRun, findRun, findRuns, markLost, recordChange } from '../../core/runs/run.repository.ts';
import { DEFAULT_WORKSPACE } from '../../core/workflows/workflow.ts';
import type { reconcileEnvironment } from './env.ts';

export function openReconciler({ TABLE_NAME, BUS_NAME, LAUNCHER_ARN }: VariablesOf<typeof reconcileEnvironment>): Reconcile {
  const table = openTable(TABLE_NAME);
  const states = openStates();
  const limits = openLimits(table, states);
  const startLauncher = (input: string) => startExecution(states, LAUNCHER_ARN, input);
  return reconciler({
    listRuns: (status, shard, { after, limit }) =>
      queryIndex(table, INDEXES.status, {
        partition: collection.statusRuns(DEFAULT_WORKSPACE, status, shard),
        after,
        limit,
        ascending: true,
      }),
    findRuns: (keys) => findRuns(table, keys),
    findRun: (activityId) => findRun(table, activityId),
    recordChange: (run, change, now) => recordChange(table, run, change, now),
    announce: announcer(openBus(BUS_NAME)),
    leave: (run, now) => leave(limits, startLauncher, run, now),
    listLines: (page) => listLines(table, page),
    advance: (line, now) => advance(limits, startLauncher, line, now),
    confirmRun: (run, now) => confirmRun(table, run, now),
    markLost: (run, now) => markLost(table, run, now),
    describeExecution: (executionArn) => describeExecution(states, executionArn),
  });
}
