import { activityIdAt, type LimitStore, positionOf } from './limit-store.ts';
import { SKIPPED } from './limits.ts';

interface Newcomer {
  readonly position: string;
  /** How many there may be. */
  readonly runs: number;
}

/** Everybody else, under way or in line, the oldest first. */
async function others(store: LimitStore, line: string, { position, runs }: Newcomer): Promise<string[]> {
  const { holders } = await store.findPlaces(line);
  // Nobody waits long here: those that are too many are cancelled.
  const waiting = await store.firstInLine(line, { limit: 2 * runs + 2 });
  return [...new Set([...holders, ...waiting])].filter((other) => other !== position).sort();
}

/** Are as many newer runs there as there may be? Events come in out of order, and are launched again late. */
export async function isSuperseded(store: LimitStore, line: string, newcomer: Newcomer): Promise<boolean> {
  const newer = (await others(store, line, newcomer)).filter((other) => other > newcomer.position);
  return newer.length >= newcomer.runs;
}

/** Ends as many of the oldest runs as leave a place for a newer one. A place is free when its run's end is told. */
export async function cancelOldest(store: LimitStore, line: string, newcomer: Newcomer, now: Date): Promise<void> {
  const found = await others(store, line, newcomer);
  const older = found.filter((other) => other < newcomer.position);
  const excess = older.slice(0, Math.max(0, found.length + 1 - newcomer.runs));
  for (const run of await store.findRuns(excess.map(activityIdAt))) {
    if (run.status !== 'RUNNING') await store.markAborted(run, SKIPPED.superseded, now);
    await store.stopRun(run, SKIPPED.superseded);
    await store.leaveLine(line, positionOf(run));
  }
}
