import { countUpTo } from '../aws/counter.ts';
import type { Table } from '../aws/table.ts';
import { itemKey } from '../keys.ts';

/**
 * Counts a request of a trigger in the period of `seconds` that begins at `beginning`, in seconds since the epoch. False, and not counted, when the
 * period has `limit` already.
 */
export const takeRate = (table: Table, triggerId: string, beginning: number, seconds: number, limit: number): Promise<boolean> =>
  countUpTo(table, itemKey.rate(triggerId, String(beginning)), limit, beginning + seconds + 3_600);
