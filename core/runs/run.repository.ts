import * as v from 'valibot';
import { listItems } from '../aws/list.ts';
import {
  assignments,
  batchGet,
  getItem,
  holds,
  type Item,
  ifHolds,
  putItem,
  queryPartition,
  type Table,
  updateItem,
} from '../aws/table.ts';
import { collection, collectionSort, INDEXES, type ItemKey, itemKey, SHARDS, shardOf } from '../keys.ts';
import { hasLabel } from '../labels.ts';
import type { LineNote } from '../limits/limit-store.ts';
import { decodeCursor, type Page, type PageRequest } from '../paging.ts';
import { CANCELLED, type Ending, LAUNCH_LOST, RUN_DAYS, type Run, type RunStatus, runSchema } from './run.ts';
import { type StatusChange, sequenceOf } from './status-change.ts';

/** An event carries outputs up to 256 KB, and an item takes 400 KB with all that is in it; larger outputs are read from the execution. */
const LARGEST_OUTPUT = 100 * 1024;

export async function findRun(table: Table, activityId: string): Promise<Run | undefined> {
  const item = await getItem(table, itemKey.run(activityId), { consistent: true });
  return item && v.parse(runSchema, item);
}

/** The runs of these keys; those that are gone are left out. */
export async function findRuns(table: Table, keys: readonly ItemKey[], options: { consistent?: boolean } = {}): Promise<Run[]> {
  return (await batchGet(table, keys, options)).map((item) => v.parse(runSchema, item));
}

/** The runs that an event has started, replays too. */
export async function listRunsOfEvent(table: Table, workspace: string, eventId: string): Promise<Run[]> {
  const runs = (await queryPartition(table, itemKey.run(eventId).pk)).map((item) => v.parse(runSchema, item));
  return runs.filter((run) => run.workspace === workspace);
}

export interface RunFilter {
  readonly workspace: string;
  readonly workflowId?: string | undefined;
  readonly status?: RunStatus | undefined;
  readonly triggerId?: string | undefined;
  /** `team=billing`. */
  readonly label?: string | undefined;
  /** Not created before this time; ISO 8601 in UTC with milliseconds, as all times of runs. */
  readonly since?: string | undefined;
  /** Created before this time. */
  readonly until?: string | undefined;
}

/** One page of a workspace's runs, newest first: from the narrowest list that has them all, the rest filtered. */
export async function listRuns(table: Table, filter: RunFilter, page: PageRequest): Promise<Page<Run>> {
  const { workspace, workflowId, status, triggerId, label, since, until } = filter;
  const shards = Array.from({ length: SHARDS }, (_, shard) => shard);
  const [index, partitionOf] =
    status !== undefined && status !== 'SUCCEEDED'
      ? ([INDEXES.status, (shard: number) => collection.statusRuns(workspace, status, shard)] as const)
      : workflowId !== undefined
        ? ([INDEXES.workflow, (shard: number) => collection.workflowRuns(workspace, workflowId, shard)] as const)
        : ([INDEXES.collection, (shard: number) => collection.runs(workspace, shard)] as const);
  const isFiltered = [status, workflowId, triggerId, label, since].some((given) => given !== undefined);
  const keep = (run: Run) =>
    (status === undefined || run.status === status) &&
    (workflowId === undefined || run.workflowId === workflowId) &&
    (triggerId === undefined || run.triggerId === triggerId) &&
    (label === undefined || hasLabel(run.labels, label)) &&
    (since === undefined || run.createdAt >= since);
  // Those that wait for their turn are QUEUED, too.
  const partitions = shards.flatMap((shard) => [
    partitionOf(shard),
    ...(status === 'QUEUED' ? [collection.statusRuns(workspace, WAITING, shard)] : []),
  ]);
  const { items, next } = await listItems(
    table,
    { index, partitions, schema: runSchema, keep: isFiltered ? keep : undefined },
    // Sorted by time and id, newest first: nothing of that time or after it comes before this.
    { ...page, after: page.after ?? until },
  );
  const isOver = next !== undefined && since !== undefined && decodeCursor(next) < since;
  return { items, ...(next !== undefined && !isOver && { next }) };
}

/** Stores a run that has no item yet, with the keys the launcher gives one. False when it has one. */
export async function createRun(table: Table, run: Run): Promise<boolean> {
  const { activityId, workspace, workflowId, createdAt } = run;
  const shard = shardOf(run.eventId);
  const sort = collectionSort(createdAt, activityId);
  const item: Item = {
    ...itemKey.run(activityId),
    ...run,
    ttl: expiryOf(run),
    collection: collection.runs(workspace, shard),
    collectionSort: sort,
    workflowRuns: collection.workflowRuns(workspace, workflowId, shard),
    workflowRunsSort: sort,
    statusRuns: statusRunsOf(run, run.status),
    statusRunsSort: sort,
  };
  return holds(putItem(table, item, { ifAbsent: true }));
}

/** When a run's items expire, in seconds since the epoch. */
export const expiryOf = (run: Run): number => Math.floor(Date.parse(run.createdAt) / 1000) + RUN_DAYS * 86_400;

/**
 * Records a change of status, unless it is late, is the beginning of a run that was cancelled before, or is of no run of ours: then it
 * changes nothing and gives undefined. `run` names the lists that the run is in.
 */
export async function recordChange(table: Table, run: Run, change: StatusChange, now: Date): Promise<Run | undefined> {
  const sequence = sequenceOf(change);
  const listed = change.status !== 'SUCCEEDED';
  const kept: Item = {
    status: change.status,
    sequence,
    changedAt: now.toISOString(),
    startedAt: change.startedAt,
    stateMachineArn: change.stateMachineArn,
    revision: change.stateMachineVersionArn?.split(':').at(-1),
    endedAt: change.endedAt,
    output: change.output !== undefined && Buffer.byteLength(change.output) <= LARGEST_OUTPUT ? change.output : undefined,
    error: change.error,
    cause: change.cause,
    statusRuns: listed ? statusRunsOf(run, change.status) : undefined,
    statusRunsSort: listed ? collectionSort(run.createdAt, run.activityId) : undefined,
    launchFailed: undefined,
    waitsIn: undefined,
    waitsUntil: undefined,
  };
  // What a change does not tell it leaves out of the item, except for the revision that the launcher wrote.
  if (kept.revision === undefined) delete kept.revision;
  const beginning = sequence === 0 ? ' AND (attribute_exists(#sequence) OR #status <> :cancelled)' : '';
  return update(table, run.activityId, kept, {
    condition: `attribute_exists(pk) AND (attribute_not_exists(#sequence) OR #sequence < :sequence)${beginning}`,
    ...(beginning && { values: { ':cancelled': 'ABORTED' } }),
  });
}

/** Notes that the run's status was looked up and is what it was. */
export async function confirmRun(table: Table, run: Run, now: Date): Promise<Run | undefined> {
  return update(
    table,
    run.activityId,
    { changedAt: now.toISOString() },
    { condition: '#status = :expected', names: { '#status': 'status' }, values: { ':expected': run.status } },
  );
}

/** Marks a run cancelled that is open or waits to be launched again. Its sequence stays: what its execution tells of its end counts. */
export const markCancelled = (table: Table, run: Run, now: Date): Promise<Run | undefined> =>
  markAborted(table, run, CANCELLED, now);

/** As `markCancelled`, for another reason. */
export async function markAborted(table: Table, run: Run, ending: Ending, now: Date): Promise<Run | undefined> {
  const at = now.toISOString();
  return update(
    table,
    run.activityId,
    {
      status: 'ABORTED',
      changedAt: at,
      endedAt: at,
      ...ending,
      waitsIn: undefined,
      waitsUntil: undefined,
      statusRuns: statusRunsOf(run, 'ABORTED'),
      statusRunsSort: collectionSort(run.createdAt, run.activityId),
      launchFailed: undefined,
    },
    {
      condition: '#status = :expected AND (#status IN (:queued, :running) OR #launchFailed = :true)',
      values: { ':expected': run.status, ':queued': 'QUEUED', ':running': 'RUNNING', ':true': true },
    },
  );
}

/** Marks a queued run failed whose launch came to nothing; a launch that comes later still counts. */
export async function markLost(table: Table, run: Run, now: Date): Promise<Run | undefined> {
  const at = now.toISOString();
  return update(
    table,
    run.activityId,
    {
      status: 'FAILED',
      changedAt: at,
      endedAt: at,
      ...LAUNCH_LOST,
      statusRuns: statusRunsOf(run, 'FAILED'),
      launchFailed: true,
    },
    { condition: '#status = :queued', values: { ':queued': 'QUEUED' } },
  );
}

/** The list of runs that wait for their turn: the reconciler, which looks after the queued ones, has nothing to look up of them. */
const WAITING = 'WAITING';

/** Notes of a run that has not begun where it stands in line, or that it does no more; what is undefined is taken away. */
export async function noteLine(table: Table, run: Run, note: LineNote): Promise<Run | undefined> {
  const list = collection.statusRuns(run.workspace, note.waitsIn === undefined ? 'QUEUED' : WAITING, shardOf(run.eventId));
  // One that could not be started, and waits now that it is tried again, is queued again.
  const queued = note.waitsIn !== undefined && { status: 'QUEUED', error: undefined, cause: undefined, endedAt: undefined };
  return update(
    table,
    run.activityId,
    { ...note, ...('waitsIn' in note && { statusRuns: list }), ...queued, ...(queued && { launchFailed: undefined }) },
    {
      condition: '#status = :isQueued OR #launchFailed = :isTrue',
      names: { '#status': 'status', '#launchFailed': 'launchFailed' },
      values: { ':isQueued': 'QUEUED', ':isTrue': true },
    },
  );
}

const statusRunsOf = (run: Run, status: RunStatus) => collection.statusRuns(run.workspace, status, shardOf(run.eventId));

/** Sets the attributes, and removes those that are undefined. Undefined when the condition does not hold. */
async function update(
  table: Table,
  activityId: string,
  attributes: Item,
  where: { condition: string; names?: Record<string, string>; values?: Item },
): Promise<Run | undefined> {
  const { expression, names, values } = assignments(attributes);
  const item = await ifHolds(
    updateItem(table, {
      key: itemKey.run(activityId),
      expression,
      condition: where.condition,
      names: { ...names, ...where.names },
      values: { ...values, ...where.values },
    }),
  );
  return item && v.parse(runSchema, item);
}
