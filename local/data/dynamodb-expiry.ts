import { AwsError, type Json } from '../aws/service.ts';
import type { Dynalite } from './dynalite.ts';
import type { TableDefinition } from './dynamodb-table.ts';

const FIVE_YEARS_IN_SECONDS = 5 * 365 * 24 * 60 * 60;

/**
 * Deletes the items whose expiry, a number of seconds since the epoch, is before `now` (milliseconds) but less than five years ago
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html), and returns how many it deleted.
 */
export async function deleteExpired(dynalite: Dynalite, table: TableDefinition, now: number): Promise<number> {
  if (table.expiryAttribute === undefined) return 0;
  const seconds = Math.floor(now / 1000);
  const request = {
    TableName: table.name,
    FilterExpression: '#expiry < :now AND #expiry > :tooOld',
    ExpressionAttributeNames: { '#expiry': table.expiryAttribute },
    ExpressionAttributeValues: { ':now': { N: String(seconds) }, ':tooOld': { N: String(seconds - FIVE_YEARS_IN_SECONDS) } },
  };
  const keyNames = (table.input.KeySchema as { AttributeName: string }[]).map((key) => key.AttributeName);
  let deleted = 0;
  let start: unknown;
  do {
    const page = await dynalite.run('Scan', { ...request, ...(start !== undefined && { ExclusiveStartKey: start }) });
    for (const item of page.Items as Json[]) {
      if (await deleteUnchanged(dynalite, table.name, keyNames, table.expiryAttribute, item)) deleted += 1;
    }
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return deleted;
}

/** Leaves an item whose expiry was moved since it was read. */
async function deleteUnchanged(dynalite: Dynalite, name: string, keyNames: string[], expiry: string, item: Json): Promise<boolean> {
  try {
    await dynalite.run('DeleteItem', {
      TableName: name,
      Key: Object.fromEntries(keyNames.map((key) => [key, item[key]])),
      ConditionExpression: '#expiry = :seen',
      ExpressionAttributeNames: { '#expiry': expiry },
      ExpressionAttributeValues: { ':seen': item[expiry] },
    });
    return true;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
