import { ConditionFailed, type Table, updateItem } from '../aws/table.ts';
import { itemKey } from '../keys.ts';

/**
 * Counts a request of a trigger in the period of `seconds` that begins at `beginning`, in seconds since the epoch. False, and not counted, when the
 * period has `limit` already. One conditional write: requests side by side never pass the limit together.
 */
export async function takeRate(
  table: Table,
  triggerId: string,
  beginning: number,
  seconds: number,
  limit: number,
): Promise<boolean> {
  try {
    await updateItem(table, {
      key: itemKey.rate(triggerId, String(beginning)),
      expression: 'SET #ttl = :ttl ADD #taken :one',
      condition: 'attribute_not_exists(pk) OR #taken < :limit',
      names: { '#ttl': 'ttl', '#taken': 'taken' },
      values: { ':ttl': beginning + seconds + 3_600, ':one': 1, ':limit': limit },
    });
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}
