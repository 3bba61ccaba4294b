import * as v from 'valibot';
import { decodeCursor, type Page, type PageRequest } from '../../core/paging.ts';

const DEFAULT_LIMIT = '20';

/** The query parameters of every list. */
export const pageQuery = {
  limit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^(?:[1-9]\d?|100)$/, 'must be a whole number from 1 to 100'),
      v.transform((text) => Number(text)),
    ),
    DEFAULT_LIMIT,
  ),
  cursor: v.optional(v.string()),
};

/** Raises 400 for a cursor that no list gave. */
export const pageOf = ({ limit, cursor }: { limit: number; cursor?: string | undefined }): PageRequest => ({
  limit,
  after: cursor === undefined ? undefined : decodeCursor(cursor),
});

export const listOf = <Item extends v.GenericSchema>(item: Item) =>
  v.object({ items: v.array(item), next: v.optional(v.string()) });

export const mapPage = <T, View>({ items, next }: Page<T>, view: (item: T) => View): { items: View[]; next?: string } => ({
  items: items.map(view),
  ...(next !== undefined && { next }),
});
