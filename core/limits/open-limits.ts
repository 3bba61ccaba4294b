import { stopExecution } from '../aws/states.ts';
import type { Table } from '../aws/table.ts';
import { itemKey } from '../keys.ts';
import { findRuns, markAborted, noteLine } from '../runs/run.repository.ts';
import { executionArnOf } from '../runs/run.ts';
import { findWorkflow } from '../workflows/workflow.repository.ts';
import {
  closeLine,
  findLaunch,
  findPlaces,
  firstInLine,
  leaveLine,
  leavePlaces,
  notePlacesVerified,
  quotaTaken,
  standInLine,
  takePlace,
  takeQuota,
} from './limit.repository.ts';
import type { LimitStore } from './limit-store.ts';

/** The limits on the table and Step Functions. */
export const openLimits = (table: Table, states: Parameters<typeof stopExecution>[0]): LimitStore => ({
  findWorkflow: (workspace, workflowId) => findWorkflow(table, workspace, workflowId, { consistent: true }),
  findRuns: (activityIds) => findRuns(table, activityIds.map(itemKey.run), { consistent: true }),
  takePlace: (line, position, most, now) => takePlace(table, line, position, most, now),
  leavePlaces: (line, positions) => leavePlaces(table, line, positions),
  findPlaces: (line) => findPlaces(table, line),
  notePlacesVerified: (line, now) => notePlacesVerified(table, line, now),
  takeQuota: (line, beginning, seconds, most) => takeQuota(table, line, beginning, seconds, most),
  quotaTaken: (line, beginning) => quotaTaken(table, line, beginning),
  standInLine: (line, position, launch, now) => standInLine(table, line, position, launch, now),
  leaveLine: (line, position) => leaveLine(table, line, position),
  firstInLine: (line, options) => firstInLine(table, line, options),
  findLaunch: (line, position) => findLaunch(table, line, position),
  closeLine: (line) => closeLine(table, line, new Date()),
  noteLine: (run, changes) => noteLine(table, run, changes),
  markAborted: (run, ending, now) => markAborted(table, run, ending, now),
  stopRun: async (run, ending) => {
    const executionArn = executionArnOf(run);
    if (executionArn !== undefined) await stopExecution(states, executionArn, ending);
  },
});
