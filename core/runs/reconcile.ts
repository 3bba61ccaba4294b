import { Throttled } from '../aws/throttled.ts';
import { type ItemKey, SHARDS } from '../keys.ts';
import { lossOf } from './announce-end.ts';
import { type ExecutionLookup, isStale, lookUpRun } from './refresh-run.ts';
import type { Run } from './run.ts';

export interface OpenRuns extends ExecutionLookup {
  /** Keys of the runs in one list of open runs, oldest first, beyond `after`. */
  readonly listRuns: (
    status: 'QUEUED' | 'RUNNING',
    shard: number,
    page: { after: string | undefined; limit: number },
  ) => Promise<readonly (ItemKey & { readonly sort: string })[]>;
  readonly findRuns: (keys: readonly ItemKey[]) => Promise<readonly Run[]>;
  /** The names of lines in which runs wait, beyond `after`. */
  readonly listLines: (page: { after: string | undefined; limit: number }) => Promise<readonly string[]>;
  /** Starts those in a line for whom there is room. */
  readonly advance: (line: string, now: Date) => Promise<void>;
  /** Marks a run that is still queued as failed. */
  readonly markLost: (run: Run, now: Date) => Promise<Run | undefined>;
}

interface Reconciled {
  readonly lookedUp: number;
  readonly lost: number;
  readonly throttled: boolean;
}

export type Reconcile = (now: Date) => Promise<Reconciled>;

const LISTS = (['QUEUED', 'RUNNING'] as const).flatMap((status) =>
  Array.from({ length: SHARDS }, (_, shard) => ({ status, shard, name: `${status}#${shard}` })),
);
const KEYS_PER_LIST = 25;
const LINES_PER_PAGE = 10;
/** Far below what DescribeExecution refills in a minute: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MOST_LOOKUPS = 100;
/** The launcher gives up within 5 minutes and its relaunches leave the run marked: a run still queued after this long was forgotten. */
const LAUNCH_MILLISECONDS = 15 * 60_000;

/**
 * Makes the reconciler, called every minute. A call takes the next page of each list of open runs, oldest first, and looks up at most
 * 100 of the runs that have shown no change for 60 s; what it looked up counts as changed then. Where each list was left is remembered
 * by the instance, so that many long runs do not keep the younger ones from their turn; a new instance begins with the oldest.
 *
 * Lines of runs that wait are moved on first. A call raises `AggregateError` when runs could not be looked up, after the others had their turn.
 */
export function reconciler(runs: OpenRuns): Reconcile {
  const positions = new Map<string, string>();

  const nextKeys = async ({ status, shard, name }: (typeof LISTS)[number]) => {
    const keys = await runs.listRuns(status, shard, { after: positions.get(name), limit: KEYS_PER_LIST });
    const last = keys.at(-1);
    if (last && keys.length === KEYS_PER_LIST) positions.set(name, last.sort);
    else positions.delete(name);
    return keys;
  };

  return async (now) => {
    const keys = (await Promise.all(LISTS.map(nextKeys))).flat();
    const stale = (await runs.findRuns(keys)).filter((run) => isStale(run, now));
    const due = stale.toSorted((one, other) => (one.changedAt < other.changedAt ? -1 : 1)).slice(0, MOST_LOOKUPS);
    let lookedUp = 0;
    let lost = 0;
    let throttled = false;
    const failures = await advanceLines(runs, now);
    for (const run of due) {
      try {
        if (await settle(runs, run, now)) lost++;
        lookedUp++;
      } catch (error) {
        throttled = error instanceof Throttled;
        if (throttled) break;
        failures.push(error);
      }
    }
    if (failures.length > 0)
      throw new AggregateError(failures, `${failures.length} runs or lines could not be looked after: ${failures[0]}`);
    return { lookedUp, lost, throttled };
  };
}

/** Lets those go on for whom there is room again although no end of a run has told: a period that began, a place that nobody gave back. */
async function advanceLines({ listLines, advance }: OpenRuns, now: Date): Promise<unknown[]> {
  const failures: unknown[] = [];
  let after: string | undefined;
  do {
    const lines = await listLines({ after, limit: LINES_PER_PAGE });
    const outcomes = await Promise.allSettled(lines.map((line) => advance(line, now)));
    failures.push(...outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : [])));
    after = lines.length < LINES_PER_PAGE ? undefined : lines.at(-1);
  } while (after !== undefined);
  return failures;
}

/** Looks a run up; true when it turned out to be lost. */
async function settle(runs: OpenRuns, run: Run, now: Date): Promise<boolean> {
  const { run: latest, missing } = await lookUpRun(runs, run, now);
  const { createdAt, lag = 0, admittedAt = createdAt } = latest;
  const since = Math.max(Date.parse(createdAt) + lag, Date.parse(admittedAt));
  const isLost = missing && latest.status === 'QUEUED' && now.getTime() - since > LAUNCH_MILLISECONDS;
  if (!isLost) return false;
  // First: one that is marked is not looked at again. Told twice, it is the same event.
  await runs.announce(lossOf(latest, now));
  return (await runs.markLost(latest, now)) !== undefined;
}
