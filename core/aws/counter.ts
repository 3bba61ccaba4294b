import type { ItemKey } from '../keys.ts';
import { holds, type Table, updateItem } from './table.ts';

/**
 * Counts one more in an item; false, and not counted, when it has `most` already. One conditional write: those side by side never pass it together. `ttl` is when the
 * item expires, in seconds since the epoch.
 */
export const countUpTo = (table: Table, key: ItemKey, most: number, ttl: number): Promise<boolean> =>
  holds(
    updateItem(table, {
      key,
      expression: 'SET #ttl = :ttl ADD #taken :one',
      condition: 'attribute_not_exists(pk) OR #taken < :most',
      names: { '#ttl': 'ttl', '#taken': 'taken' },
      values: { ':ttl': ttl, ':one': 1, ':most': most },
    }),
  );
