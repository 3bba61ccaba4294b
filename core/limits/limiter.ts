import { isOpen, type Run } from '../runs/run.ts';
import type { Workflow } from '../workflows/workflow.ts';
import type { Places } from './limit.repository.ts';
import { type Limits, SKIPPED } from './limits.ts';
import { concurrencyLine, keyAt, type Line, lineOf, quotaLine } from './line.ts';

/** What the limits need of the world; lines are named, and stand by the positions of runs. */
export interface LimitStore {
  readonly findWorkflow: (workspace: string, workflowId: string) => Promise<Workflow | undefined>;
  readonly findRuns: (activityIds: readonly string[]) => Promise<readonly Run[]>;
  readonly takePlace: (line: string, position: string, most: number, now: Date) => Promise<boolean>;
  readonly leavePlaces: (line: string, positions: readonly string[]) => Promise<void>;
  readonly findPlaces: (line: string) => Promise<Places>;
  readonly notePlacesVerified: (line: string, now: Date) => Promise<void>;
  readonly takeQuota: (line: string, beginning: number, seconds: number, most: number) => Promise<boolean>;
  readonly quotaTaken: (line: string, beginning: number) => Promise<number>;
  readonly standInLine: (line: string, position: string, launch: string, now: Date) => Promise<void>;
  readonly leaveLine: (line: string, position: string) => Promise<void>;
  readonly firstInLine: (line: string, options: { readonly limit: number; readonly before?: string }) => Promise<readonly string[]>;
  readonly findLaunch: (line: string, position: string) => Promise<string | undefined>;
  /** Undefined when the run has begun or ended meanwhile. */
  readonly noteLine: (run: Run, changes: Partial<Run>) => Promise<Run | undefined>;
  readonly markAborted: (run: Run, ending: { error: string; cause: string }, now: Date) => Promise<Run | undefined>;
  /** Stops a run's execution, if there is one. */
  readonly stopRun: (run: Run, ending: { error: string; cause: string }) => Promise<void>;
}

/** What the launcher is to do with a run: start it, or leave it, because it waits or has ended. */
export type Entry = 'start' | 'leave';

/** So often it is looked whether those who have places still need them: a run whose end nobody told would keep its own for ever. */
const VERIFIED_MILLISECONDS = 60_000;
const TRIED_AGAIN_MILLISECONDS = 20 * 60_000;
/** So many are started at once where a line has lost its limit, or a period begins. */
const MOST_STARTED = 50;

export const positionOf = ({ createdAt, activityId }: Pick<Run, 'createdAt' | 'activityId'>): string =>
  `${createdAt}#${activityId}`;
const activityIdAt = (position: string): string => position.slice(position.indexOf('#') + 1);

const beginningOf = (seconds: number, now: Date): number => Math.floor(now.getTime() / 1000 / seconds) * seconds;

/**
 * Whether a queued run may start now, by the limits of its workflow. One that may not waits in line with `launch`, the launcher's input, or is ended
 * as the limit says; either is told by the run. It can be asked any number of times. `input` is what the workflow would receive.
 */
export async function enter(
  store: LimitStore,
  { run, limits, input, launch }: { run: Run; limits: Limits; input: unknown; launch: string },
  now: Date,
): Promise<Entry> {
  const { quota, concurrency } = limits;
  if (quota && !run.counted && (await enterQuota(store, run, quota, launch, now)) === 'leave') return 'leave';
  if (concurrency && (await enterConcurrency(store, run, { concurrency, input, launch }, now)) === 'leave') return 'leave';
  return 'start';
}

async function enterQuota(
  store: LimitStore,
  run: Run,
  { runs, seconds, whenFull }: NonNullable<Limits['quota']>,
  launch: string,
  now: Date,
): Promise<Entry> {
  const { name } = quotaLine(run.workspace, run.workflowId);
  const position = positionOf(run);
  const beginning = beginningOf(seconds, now);
  // Those ahead go first, also when a new period has begun and they have not been started yet.
  const ahead = await store.firstInLine(name, { limit: runs, before: position });
  if (await store.takeQuota(name, beginning, seconds, runs - ahead.length)) {
    await store.noteLine(run, { counted: true, ...(run.waitsIn && ADMITTED(now)) });
    if (run.waitsIn) await store.leaveLine(name, position);
    return 'start';
  }
  if (whenFull === 'skip') {
    await store.markAborted(run, SKIPPED.quota, now);
    return 'leave';
  }
  const waitsUntil = new Date((beginning + seconds) * 1000).toISOString();
  await store.standInLine(name, position, launch, now);
  await store.noteLine(run, { waitsIn: name, waitsUntil });
  return 'leave';
}

const ADMITTED = (now: Date) => ({ waitsIn: undefined, waitsUntil: undefined, admittedAt: now.toISOString() });

async function enterConcurrency(
  store: LimitStore,
  run: Run,
  { concurrency, input, launch }: { concurrency: NonNullable<Limits['concurrency']>; input: unknown; launch: string },
  now: Date,
): Promise<Entry> {
  const { runs, key, whenFull } = concurrency;
  const line = concurrencyLine(run.workspace, run.workflowId, key && keyAt(input, key));
  const { name } = line;
  const position = positionOf(run);
  // First: whoever finds the run ended must know which place it had.
  if (run.line !== name) await store.noteLine(run, { line: name });
  /** Those ahead have a place coming to them each. */
  const attempt = async () => {
    const ahead = await store.firstInLine(name, { limit: runs, before: position });
    return store.takePlace(name, position, runs - ahead.length, now);
  };
  /** The line is left last: one that still stands there is started again by whoever comes by. */
  const admit = async (): Promise<Entry> => {
    await store.noteLine(run, ADMITTED(now));
    await store.leaveLine(name, position);
    return 'start';
  };
  if (await attempt()) return run.waitsIn ? admit() : 'start';
  if ((await verify(store, line, runs, now)) && (await attempt())) return run.waitsIn ? admit() : 'start';
  if (whenFull === 'skip') {
    await store.markAborted(run, SKIPPED.concurrency, now);
    return 'leave';
  }
  await store.standInLine(name, position, launch, now);
  await store.noteLine(run, { waitsIn: name });
  // A place that became free before the run stood in line found nobody to take it.
  if (await attempt()) return admit();
  if (whenFull !== 'cancel-oldest') return 'leave';
  await cancelOldest(store, line, { position, runs }, now);
  return (await attempt()) ? admit() : 'leave';
}

/** Ends as many of the oldest runs, under way or in line, as leave a place for the one at `position`. */
async function cancelOldest(
  store: LimitStore,
  { name }: Line,
  { position, runs }: { readonly position: string; readonly runs: number },
  now: Date,
): Promise<void> {
  const { holders } = await store.findPlaces(name);
  const ahead = await store.firstInLine(name, { limit: runs + 1, before: position });
  const others = [...holders, ...ahead].filter((other) => other !== position).sort();
  const excess = others.slice(0, Math.max(0, others.length + 1 - runs));
  for (const run of await store.findRuns(excess.map(activityIdAt))) {
    // The place of one that runs is free when its end is told.
    if (run.status !== 'RUNNING' && (await store.markAborted(run, SKIPPED.superseded, now))) {
      await store.leaveLine(name, positionOf(run));
      await store.leavePlaces(name, [positionOf(run)]);
    }
    await store.stopRun(run, SKIPPED.superseded);
  }
}

/** Takes places and turns from runs that need none any more. True when that made room; looked at once a minute at most. */
async function verify(store: LimitStore, { name }: Line, runs: number, now: Date): Promise<boolean> {
  const { holders, verifiedAt } = await store.findPlaces(name);
  const isDue = verifiedAt === undefined || now.getTime() - Date.parse(verifiedAt) > VERIFIED_MILLISECONDS;
  const first = await store.firstInLine(name, { limit: runs });
  const over = isDue ? await without(store, holders, (run) => isOpen(run.status) || isTriedAgain(run, now)) : [];
  const gone = await without(store, first, isQueued);
  if (isDue) await store.notePlacesVerified(name, now);
  await store.leavePlaces(name, over);
  for (const position of gone) await store.leaveLine(name, position);
  return over.length + gone.length > 0;
}

/** A run that could not be started is tried again after a quarter of an hour at most, and keeps its place so long. */
const isTriedAgain = ({ launchFailed, changedAt }: Run, now: Date): boolean =>
  launchFailed === true && now.getTime() - Date.parse(changedAt) < TRIED_AGAIN_MILLISECONDS;

const isQueued = ({ status, launchFailed }: Run): boolean => status === 'QUEUED' || launchFailed === true;

/** The positions of those runs that are not what they have to be, or are gone. */
async function without(store: LimitStore, positions: readonly string[], fits: (run: Run) => boolean): Promise<string[]> {
  const runs = await store.findRuns(positions.map(activityIdAt));
  const fitting = new Set(runs.filter(fits).map(positionOf));
  return positions.filter((position) => !fitting.has(position));
}

/** Gives back the place of a run that has ended, and starts who comes next. It can be repeated. */
export async function leave(
  store: LimitStore,
  startLauncher: (input: string) => Promise<void>,
  run: Run,
  now: Date,
): Promise<void> {
  if (run.line === undefined) return;
  await store.leavePlaces(run.line, [positionOf(run)]);
  await advance(store, startLauncher, run.line, now);
}

/** Starts those in a line who may start now: each asks again whether it may, so that a start too many does no harm. */
export async function advance(
  store: LimitStore,
  startLauncher: (input: string) => Promise<void>,
  name: string,
  now: Date,
): Promise<void> {
  const line = lineOf(name);
  const [next] = await store.firstInLine(name, { limit: 1 });
  if (next === undefined) return;
  const workflow = await store.findWorkflow(line.workspace, line.workflowId);
  if (!workflow) return endAll(store, name, now);
  const room = Math.min(await roomIn(store, line, workflow, now), MOST_STARTED);
  const first = await store.firstInLine(name, { limit: room });
  const gone = await without(store, first, isQueued);
  for (const position of first) {
    const launch = gone.includes(position) ? undefined : await store.findLaunch(name, position);
    if (launch === undefined) await store.leaveLine(name, position);
    else await startLauncher(launch);
  }
  if (gone.length > 0) await advance(store, startLauncher, name, now);
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
  await verify(store, line, concurrency.runs, now);
  const { holders } = await store.findPlaces(line.name);
  return concurrency.runs - holders.length;
}
