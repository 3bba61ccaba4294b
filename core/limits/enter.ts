import type { Run } from '../runs/run.ts';
import { beginningOf, type LimitStore, type LineNote, positionOf, verify } from './limit-store.ts';
import { type Limits, SKIPPED } from './limits.ts';
import { concurrencyLine, keyAt, quotaLine } from './line.ts';
import { cancelOldest, isSuperseded } from './supersede.ts';

/** What the launcher is to do with a run: start it, or leave it, because it waits or has ended. */
export type Entry = 'start' | 'leave';

export interface Entrant {
  readonly run: Run;
  readonly limits: Limits;
  /** What the workflow would receive. */
  readonly input: () => unknown;
  /** The launcher's input, by which the run is started when its turn has come. */
  readonly launch: string;
}

/** One who has so many ahead waits, however many places there are: they are not counted any further. */
const MOST_AHEAD = 1_000;
const ATTEMPTS = 3;

/**
 * Whether a queued run may start now, by the limits of its workflow. One that may not waits in line, or is ended as the limit says; either is told by the
 * run. It can be asked any number of times. The place comes first and the quota last, so that no run is counted that does not begin.
 */
export async function enter(store: LimitStore, entrant: Entrant, now: Date): Promise<Entry> {
  const { run, limits } = entrant;
  const lines = linesOf(entrant);
  const position = positionOf(run);
  // The key may be another than when it began to wait.
  if (run.waitsIn !== undefined && !Object.values(lines).includes(run.waitsIn)) await store.leaveLine(run.waitsIn, position);
  if (limits.concurrency && (await enterConcurrency(store, entrant, limits.concurrency, lines.concurrency, now)) === 'leave')
    return 'leave';
  if (limits.quota && !run.counted && (await enterQuota(store, entrant, limits.quota, lines.quota, now)) === 'leave') {
    // Somebody else may have it meanwhile; who has been refused because of it is found by the reconciler.
    if (limits.concurrency) await store.leavePlaces(lines.concurrency, [position]);
    return 'leave';
  }
  const hasWaited = run.waitsIn !== undefined;
  const isCounted = limits.quota !== undefined && !run.counted;
  if (hasWaited || isCounted) await store.noteLine(run, { ...(isCounted && { counted: true }), ...(hasWaited && admittedAt(now)) });
  // Last: one that still stands in line is started again by whoever comes by.
  if (hasWaited) for (const line of Object.values(lines)) await store.leaveLine(line, position);
  return 'start';
}

const admittedAt = (now: Date): LineNote => ({ waitsIn: undefined, waitsUntil: undefined, admittedAt: now.toISOString() });

function linesOf({ run: { workspace, workflowId }, limits, input }: Entrant) {
  const key = limits.concurrency?.key;
  return {
    concurrency: concurrencyLine(workspace, workflowId, key && keyAt(input(), key)).name,
    quota: quotaLine(workspace, workflowId).name,
  };
}

async function enterQuota(
  store: LimitStore,
  { run, launch }: Entrant,
  { runs, seconds, whenFull }: NonNullable<Limits['quota']>,
  line: string,
  now: Date,
): Promise<Entry> {
  const position = positionOf(run);
  const beginning = beginningOf(seconds, now);
  // One ahead who is counted already stands in line for a moment more: it is looked again.
  for (let attempt = 0, ahead = MOST_AHEAD; attempt < ATTEMPTS && ahead > 0; attempt++) {
    // Those ahead go first, also when a new period has begun and they have not been started yet.
    ahead = (await store.firstInLine(line, { limit: Math.min(runs, MOST_AHEAD), before: position })).length;
    if (ahead < MOST_AHEAD && (await store.takeQuota(line, beginning, seconds, runs - ahead))) {
      if (run.waitsIn !== undefined) await store.leaveLine(line, position);
      return 'start';
    }
  }
  if (whenFull === 'skip') {
    await store.markAborted(run, SKIPPED.quota, now);
    return 'leave';
  }
  const waitsUntil = new Date((beginning + seconds) * 1000).toISOString();
  await store.standInLine(line, position, launch, now);
  await store.noteLine(run, { waitsIn: line, waitsUntil });
  return 'leave';
}

async function enterConcurrency(
  store: LimitStore,
  { run, launch }: Entrant,
  { runs, whenFull }: NonNullable<Limits['concurrency']>,
  line: string,
  now: Date,
): Promise<Entry> {
  const position = positionOf(run);
  // First: whoever finds the run ended must know which place it had.
  if (run.line !== line) await store.noteLine(run, { line });
  const attempt = () => takeTurn(store, line, { position, runs }, now);

  if (whenFull === 'cancel-oldest' && (await isSuperseded(store, line, { position, runs }))) {
    await store.markAborted(run, SKIPPED.superseded, now);
    await store.leaveLine(line, position);
    return 'leave';
  }
  if (await attempt()) return 'start';
  if ((await verify(store, line, runs, now)) && (await attempt())) return 'start';
  if (whenFull === 'skip') {
    await store.markAborted(run, SKIPPED.concurrency, now);
    return 'leave';
  }
  await store.standInLine(line, position, launch, now);
  await store.noteLine(run, { waitsIn: line });
  // A place that became free before the run stood in line found nobody to take it.
  if (!(await attempt())) {
    if (whenFull !== 'cancel-oldest') return 'leave';
    await cancelOldest(store, line, { position, runs }, now);
    if (!(await attempt())) return 'leave';
  }
  await store.noteLine(run, admittedAt(now));
  await store.leaveLine(line, position);
  return 'start';
}

/** Takes a place, if there are more than those ahead in line have coming to them; one who has a place already stands in line no more. */
async function takeTurn(
  store: LimitStore,
  line: string,
  { position, runs }: { readonly position: string; readonly runs: number },
  now: Date,
): Promise<boolean> {
  const ahead = await store.firstInLine(line, { limit: runs, before: position });
  const { holders } = await store.findPlaces(line);
  if (holders.includes(position)) return true;
  const most = runs - ahead.filter((other) => !holders.includes(other)).length;
  return holders.length < most && store.takePlace(line, position, most, now);
}
