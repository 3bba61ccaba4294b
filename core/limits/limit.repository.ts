import * as v from 'valibot';
import { countUpTo } from '../aws/counter.ts';
import { deleteItem, getItem, holds, putItem, queryFirst, queryIndex, type Table, updateItem } from '../aws/table.ts';
import { collection, INDEXES, itemKey } from '../keys.ts';
import { RUN_DAYS } from '../runs/run.ts';

const placesSchema = v.object({
  /** The positions of the runs that have a place; a DynamoDB set. */
  holders: v.optional(v.set(v.string()), new Set<string>()),
  /** When it was last seen that each of them is open. */
  verifiedAt: v.optional(v.string()),
});
export interface Places {
  readonly holders: readonly string[];
  readonly verifiedAt: string | undefined;
}

const expiry = (now: Date): number => Math.floor(now.getTime() / 1000) + RUN_DAYS * 86_400;

/**
 * Gives a run one of the places of a line, if fewer than `most` are taken, or it has one already. One conditional write: runs side by side never take more
 * places than there are.
 */
export async function takePlace(table: Table, line: string, position: string, most: number, now: Date): Promise<boolean> {
  const free = most > 0 ? 'attribute_not_exists(holders) OR size(holders) < :most OR ' : '';
  return holds(
    updateItem(table, {
      key: itemKey.places(line),
      expression: 'SET #ttl = :ttl ADD holders :positions',
      condition: `${free}contains(holders, :position)`,
      names: { '#ttl': 'ttl' },
      values: {
        ':ttl': expiry(now),
        ':positions': new Set([position]),
        ':position': position,
        ...(most > 0 && { ':most': most }),
      },
    }),
  );
}

/** Gives places back; those that are free already are left at that. */
export async function leavePlaces(table: Table, line: string, positions: readonly string[]): Promise<void> {
  if (positions.length === 0) return;
  await holds(
    updateItem(table, {
      key: itemKey.places(line),
      expression: 'DELETE holders :positions',
      condition: 'attribute_exists(pk)',
      values: { ':positions': new Set(positions) },
    }),
  );
}

export async function findPlaces(table: Table, line: string): Promise<Places> {
  const item = await getItem(table, itemKey.places(line), { consistent: true });
  const { holders, verifiedAt } = v.parse(placesSchema, item ?? {});
  return { holders: [...holders].sort(), verifiedAt };
}

/** Notes that the holders were looked at. */
export async function notePlacesVerified(table: Table, line: string, now: Date): Promise<void> {
  await holds(
    updateItem(table, {
      key: itemKey.places(line),
      expression: 'SET verifiedAt = :now',
      condition: 'attribute_exists(pk)',
      values: { ':now': now.toISOString() },
    }),
  );
}

/** Counts a run in the period that begins then, in seconds since the epoch; false, and not counted, when the period has `most` already. */
export async function takeQuota(table: Table, line: string, beginning: number, seconds: number, most: number): Promise<boolean> {
  return most > 0 && countUpTo(table, itemKey.period(line, beginning), most, beginning + seconds + 86_400);
}

/** How many runs the period has. */
export async function quotaTaken(table: Table, line: string, beginning: number): Promise<number> {
  const item = await getItem(table, itemKey.period(line, beginning), { consistent: true });
  return v.parse(v.object({ taken: v.optional(v.number(), 0) }), item ?? {}).taken;
}

/**
 * Puts a run in line; one that stands there keeps its place. They stand by their positions. `launch` is the launcher's input, JSON text, by which it is started
 * when its turn has come: an item of its own, because lines are read often and it may be large.
 */
export async function standInLine(table: Table, line: string, position: string, launch: string, now: Date): Promise<void> {
  const ttl = expiry(now);
  await putItem(table, { ...itemKey.launch(line, position), launch, ttl });
  await putItem(table, { ...itemKey.waiter(line, position), ttl });
  await openLine(table, line, ttl);
}

/** Notes that somebody stands in the line: the reconciler looks after those that are noted. */
const openLine = (table: Table, line: string, ttl: number) =>
  putItem(table, { ...itemKey.line(line), ttl, collection: collection.lines, collectionSort: line });

/** Forgets a line in which nobody stands. Who joins it at the same moment has noted it before, or is found here. */
export async function closeLine(table: Table, line: string, now: Date): Promise<void> {
  await deleteItem(table, itemKey.line(line));
  if ((await firstInLine(table, line, { limit: 1 })).length > 0) await openLine(table, line, expiry(now));
}

/** The names of lines in which somebody stands, beyond `after`. */
export async function listLines(
  table: Table,
  page: { readonly after: string | undefined; readonly limit: number },
): Promise<string[]> {
  const found = await queryIndex(table, INDEXES.collection, { partition: collection.lines, ascending: true, ...page });
  return found.map(({ sort }) => sort);
}

export async function leaveLine(table: Table, line: string, position: string): Promise<void> {
  await deleteItem(table, itemKey.waiter(line, position));
  await deleteItem(table, itemKey.launch(line, position));
}

/** The positions of the first in line, at most `limit` of them; with `before`, of those ahead of that one. */
export async function firstInLine(
  table: Table,
  line: string,
  options: { readonly limit: number; readonly before?: string | undefined },
): Promise<string[]> {
  if (options.limit <= 0) return [];
  return (await queryFirst(table, itemKey.waiter(line, '').pk, options)).map(({ sk }) => String(sk));
}

/** The launcher's input of a run in line. */
export async function findLaunch(table: Table, line: string, position: string): Promise<string | undefined> {
  const item = await getItem(table, itemKey.launch(line, position), { consistent: true });
  return item && v.parse(v.object({ launch: v.string() }), item).launch;
}
