import * as v from 'valibot';
import { openStates } from '../../core/aws/states.ts';
import { openTable } from '../../core/aws/table.ts';
import { type Entry, enter } from '../../core/limits/enter.ts';
import { openLimits } from '../../core/limits/open-limits.ts';
import { workflowInputOf } from '../../core/limits/workflow-input.ts';
import { findRun } from '../../core/runs/run.repository.ts';
import { limitEnvironment } from './env.ts';

const { TABLE_NAME } = limitEnvironment.read();
const table = openTable(TABLE_NAME);
const store = openLimits(table, openStates());

/** `launch`: the launcher's own input; as JSON text where that is not too long, because large numbers stay as they are only there. */
const askedSchema = v.object({ activityId: v.string(), launch: v.unknown() });

/** Asked by the launcher for the runs of a workflow with limits: may this one start? */
export async function handler(asked: unknown): Promise<{ entry: Entry }> {
  const { activityId, launch } = v.parse(askedSchema, asked);
  const run = await findRun(table, activityId);
  if (!run || (run.status !== 'QUEUED' && !run.launchFailed)) return { entry: 'leave' };
  const { limits } = (await store.findWorkflow(run.workspace, run.workflowId)) ?? {};
  if (!limits) return { entry: 'start' };
  const text = typeof launch === 'string' ? launch : JSON.stringify(launch);
  return { entry: await enter(store, { run, limits, input: () => workflowInputOf(JSON.parse(text)), launch: text }, new Date()) };
}
