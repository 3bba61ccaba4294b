import type { Run } from '../runs/run.ts';
import type { Workflow } from '../workflows/workflow.ts';
import { activityIdAt, beginningOf, isQueued, type LimitStore, positionOf, verify, without } from './limit-store.ts';
import { SKIPPED } from './limits.ts';
import { type Line, lineOf } from './line.ts';

export type StartLauncher = (input: string) => Promise<void>;

/** So many are started in a turn, where a line has lost its limit or a period begins. */
const MOST_STARTED = 500;
/** By one run's end: places that became free beside its own are filled by the next end, or by the reconciler. */
const STARTED_BY_AN_END = 3;
const SIDE_BY_SIDE = 20;

/** Gives back the place of a run that has ended, and starts who comes next. It can be repeated. */
export async function leave(store: LimitStore, startLauncher: StartLauncher, run: Run, now: Date): Promise<void> {
  if (run.line === undefined) return;
  await store.leavePlaces(run.line, [positionOf(run)]);
  await advance(store, startLauncher, run.line, now, STARTED_BY_AN_END);
}

/** Starts those in a line who may start now: each asks again whether it may, so that a start too many does no harm. */
export async function advance(
  store: LimitStore,
  startLauncher: StartLauncher,
  name: string,
  now: Date,
  most = MOST_STARTED,
): Promise<void> {
  const line = lineOf(name);
  const [next] = await store.firstInLine(name, { limit: 1 });
  if (next === undefined) return store.closeLine(name);
  const workflow = await store.findWorkflow(line.workspace, line.workflowId);
  if (!workflow) return endAll(store, name, now);
  const room = Math.min(await roomIn(store, line, workflow, now), most);
  const first = await store.firstInLine(name, { limit: room });
  const gone = await without(store, first, isQueued);
  for (const position of gone) await store.leaveLine(name, position);
  const turns = first.filter((position) => !gone.includes(position));
  for (let at = 0; at < turns.length; at += SIDE_BY_SIDE) {
    await Promise.all(turns.slice(at, at + SIDE_BY_SIDE).map((position) => launch(store, startLauncher, name, position, workflow)));
  }
  if (gone.length > 0) await advance(store, startLauncher, name, now, most);
}

async function launch(
  store: LimitStore,
  startLauncher: StartLauncher,
  name: string,
  position: string,
  workflow: Workflow,
): Promise<void> {
  const input = await store.findLaunch(name, position);
  // An inactive workflow starts nothing but replays, and those who wait keep their turn.
  if (input !== undefined && (workflow.active || input.includes('"inactiveToo":true'))) await startLauncher(input);
}

/** Ends those in the line of a workflow that was removed: nothing would ever start them. */
async function endAll(store: LimitStore, name: string, now: Date): Promise<void> {
  const positions = await store.firstInLine(name, { limit: MOST_STARTED });
  for (const run of await store.findRuns(positions.map(activityIdAt))) {
    if (isQueued(run)) await store.markAborted(run, SKIPPED.removed, now);
  }
  for (const position of positions) await store.leaveLine(name, position);
}

/** For how many runs a line has room. */
async function roomIn(store: LimitStore, line: Line, { limits = {} }: Workflow, now: Date): Promise<number> {
  if (line.kind === 'quota') {
    const { quota } = limits;
    return quota ? quota.runs - (await store.quotaTaken(line.name, beginningOf(quota.seconds, now))) : MOST_STARTED;
  }
  const { concurrency } = limits;
  if (!concurrency) return MOST_STARTED;
  await verify(store, line.name, concurrency.runs, now);
  const { holders } = await store.findPlaces(line.name);
  return concurrency.runs - holders.length;
}
