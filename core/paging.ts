import { badRequest } from './errors.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
}

export interface PageRequest {
  readonly limit: number;
  /** The sort value after which the page begins. */
  readonly after?: string | undefined;
}

export interface Listing<Key extends { readonly sort: string }, T> {
  /** Each gives up to `limit` keys, from the highest sort value down, beyond `after`. Together they are one list. */
  readonly lists: readonly ((after: string | undefined, limit: number) => Promise<readonly Key[]>)[];
  /** The keys' items in the keys' order; undefined for one that is gone. */
  readonly load: (keys: readonly Key[]) => Promise<readonly (T | undefined)[]>;
  readonly keep?: ((item: T) => boolean) | undefined;
}

/** How many keys are looked at for one page; a page that is filtered may so have fewer items than asked for, and yet a next one. */
const MOST_ROUNDS = 10;
const KEYS_WHEN_FILTERED = 100;

/** Reads one page of a list that is spread over several, newest first. */
export async function readPage<Key extends { readonly sort: string }, T>(
  { lists, load, keep }: Listing<Key, T>,
  { limit, after: start }: PageRequest,
): Promise<Page<T>> {
  const perRound = keep ? Math.max(limit, KEYS_WHEN_FILTERED) : limit;
  const items: T[] = [];
  let after = start;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const pages = await Promise.all(lists.map((list) => list(after, perRound)));
    const merged = newestFirst(pages);
    const keys = merged.slice(0, perRound);
    const isEnd = merged.length <= perRound && pages.every((page) => page.length < perRound);
    for (const [index, item] of (await load(keys)).entries()) {
      after = keys[index]?.sort;
      if (item === undefined || (keep && !keep(item))) continue;
      items.push(item);
      if (items.length < limit) continue;
      const hasMore = !isEnd || index < keys.length - 1;
      return hasMore && after !== undefined ? { items, next: encodeCursor(after) } : { items };
    }
    if (isEnd) return { items };
  }
  return after === undefined ? { items } : { items, next: encodeCursor(after) };
}

/** Merges lists that are each sorted, newest first. */
const newestFirst = <Key extends { readonly sort: string }>(lists: readonly (readonly Key[])[]): Key[] =>
  lists.flat().sort((one, other) => (one.sort < other.sort ? 1 : one.sort > other.sort ? -1 : 0));

/** A sort value as `collectionSort` makes it. */
const SORT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[A-Za-z0-9_-]{1,80}$/;

const encodeCursor = (sort: string): string => Buffer.from(sort).toString('base64url');

/** The sort value in a cursor. Raises 400 for one that no page of ours gave. */
export function decodeCursor(cursor: string): string {
  const sort = Buffer.from(cursor, 'base64url').toString();
  if (!SORT.test(sort) || encodeCursor(sort) !== cursor) {
    throw badRequest('The cursor is not one that a list gave; leave it out to begin with the first page.', [
      { parameter: 'cursor', detail: 'is not a cursor' },
    ]);
  }
  return sort;
}
