import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { INDEXES, ItemKey } from '../keys.ts';
import { clientSettings } from './client-settings.ts';

export type Item = Record<string, unknown>;

/** The table and the client to reach it. The functions below each need one command, so a bundle holds only those it uses. */
export interface Table {
  readonly client: DynamoDBClient;
  readonly name: string;
}

/** A write's condition did not hold. */
export class ConditionFailed extends Error {
  constructor(cause: unknown) {
    super('The condition of a write did not hold.', { cause });
    this.name = 'ConditionFailed';
  }
}

export const openTable = (name: string): Table => ({ client: new DynamoDBClient(clientSettings), name });

/** No item has a longer one, and asking for it is an error: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const LONGEST_PARTITION_KEY = 2_048;
const isTooLong = (partition: string) => Buffer.byteLength(partition) > LONGEST_PARTITION_KEY;

const marshallOptions = { removeUndefinedValues: true };

/** An item by its key, however long a stranger's id has made that. */
export async function getItem(table: Table, key: ItemKey, options: { consistent?: boolean } = {}): Promise<Item | undefined> {
  if (isTooLong(key.pk)) return undefined;
  const { Item: item } = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key: marshall(key), ConsistentRead: options.consistent ?? false }),
  );
  return item && unmarshall(item);
}

/** Puts an item. Raises `ConditionFailed` when `ifAbsent` is set and the item exists. */
export async function putItem(table: Table, item: Item, options: { ifAbsent?: boolean } = {}): Promise<void> {
  await conditional(() =>
    table.client.send(
      new PutItemCommand({
        TableName: table.name,
        Item: marshall(item, marshallOptions),
        ...(options.ifAbsent && { ConditionExpression: 'attribute_not_exists(pk)' }),
      }),
    ),
  );
}

export interface Update {
  readonly key: ItemKey;
  /** `SET #status = :status REMOVE ...`: every name and value by placeholder. */
  readonly expression: string;
  readonly condition?: string;
  readonly names?: Record<string, string>;
  readonly values?: Item;
}

/** Updates an item and gives it as it is then. Raises `ConditionFailed` when the condition does not hold. */
export async function updateItem(table: Table, update: Update): Promise<Item> {
  const { Attributes: attributes } = await conditional(() =>
    table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: marshall(update.key),
        UpdateExpression: update.expression,
        ReturnValues: 'ALL_NEW',
        ...(update.condition && { ConditionExpression: update.condition }),
        ...(update.names && { ExpressionAttributeNames: update.names }),
        ...(Object.keys(update.values ?? {}).length > 0 && {
          ExpressionAttributeValues: marshall(update.values, marshallOptions),
        }),
      }),
    ),
  );
  return unmarshall(attributes ?? {});
}

/** What a conditional write gives; undefined when its condition does not hold. */
export async function ifHolds<T>(write: Promise<T>): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof ConditionFailed) return undefined;
    throw error;
  }
}

/** Does the condition of a write hold? */
export const holds = async (write: Promise<unknown>): Promise<boolean> => (await ifHolds(write.then(() => true))) ?? false;

/** The parts of an update that sets attributes, and removes those that are undefined. */
export function assignments(attributes: Item): Required<Pick<Update, 'expression' | 'names' | 'values'>> {
  const set = Object.entries(attributes).filter(([, value]) => value !== undefined);
  const removed = Object.keys(attributes).filter((name) => attributes[name] === undefined);
  return {
    expression: [
      ...(set.length > 0 ? [`SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`] : []),
      ...(removed.length > 0 ? [`REMOVE ${removed.map((name) => `#${name}`).join(', ')}`] : []),
    ].join(' '),
    names: Object.fromEntries(Object.keys(attributes).map((name) => [`#${name}`, name])),
    values: Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
  };
}

export async function deleteItem(table: Table, key: ItemKey): Promise<void> {
  await table.client.send(new DeleteItemCommand({ TableName: table.name, Key: marshall(key) }));
}

export interface IndexedKey extends ItemKey {
  /** What the index sorts by. */
  readonly sort: string;
}

/** The keys in one partition of an index, from the highest sort value down (or up, with `ascending`), beyond `after` when given. */
export async function queryIndex(
  table: Table,
  index: (typeof INDEXES)[keyof typeof INDEXES],
  query: { partition: string; after?: string | undefined; limit: number; ascending?: boolean },
): Promise<IndexedKey[]> {
  if (isTooLong(query.partition)) return [];
  const comparison = query.ascending ? '>' : '<';
  const { Items: items = [] } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      IndexName: index.name,
      KeyConditionExpression: `#partition = :partition${query.after === undefined ? '' : ` AND #sort ${comparison} :after`}`,
      ExpressionAttributeNames: { '#partition': index.partition, ...(query.after !== undefined && { '#sort': index.sort }) },
      ExpressionAttributeValues: marshall({
        ':partition': query.partition,
        ...(query.after !== undefined && { ':after': query.after }),
      }),
      ScanIndexForward: query.ascending ?? false,
      Limit: query.limit,
    }),
  );
  return items.map((item) => {
    const key = unmarshall(item);
    return { pk: String(key.pk), sk: String(key.sk), sort: String(key[index.sort]) };
  });
}

/** The items of one partition, by their sort keys. A call gives 1 MB of them at most (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html). */
export async function queryPartition(table: Table, partition: string): Promise<Item[]> {
  if (isTooLong(partition)) return [];
  const found: Item[] = [];
  let beyond: QueryCommandOutput['LastEvaluatedKey'];
  do {
    const page: QueryCommandOutput = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: marshall({ ':pk': partition }),
        ConsistentRead: true,
        ExclusiveStartKey: beyond,
      }),
    );
    found.push(...(page.Items ?? []).map((item) => unmarshall(item)));
    beyond = page.LastEvaluatedKey;
  } while (beyond !== undefined);
  return found;
}

/** The first items of one partition, by their sort keys; with `before`, of those that sort before it. */
export async function queryFirst(
  table: Table,
  partition: string,
  { limit, before }: { readonly limit: number; readonly before?: string | undefined },
): Promise<Item[]> {
  const { Items: items = [] } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      KeyConditionExpression: `pk = :pk${before === undefined ? '' : ' AND sk < :before'}`,
      ExpressionAttributeValues: marshall({ ':pk': partition, ...(before !== undefined && { ':before': before }) }),
      ConsistentRead: true,
      Limit: limit,
    }),
  );
  return items.map((item) => unmarshall(item));
}

/** BatchGetItem takes 100 keys a call: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const BATCH = 100;

/** The items of these keys, in the keys' order; those that are gone are left out. */
export async function batchGet(
  table: Table,
  keys: readonly ItemKey[],
  { consistent = false }: { readonly consistent?: boolean } = {},
): Promise<Item[]> {
  const found = new Map<string, Item>();
  for (let start = 0; start < keys.length; start += BATCH) {
    let pending = keys.slice(start, start + BATCH).map(({ pk, sk }) => marshall({ pk, sk }));
    while (pending.length > 0) {
      const answer = await table.client.send(
        new BatchGetItemCommand({ RequestItems: { [table.name]: { Keys: pending, ConsistentRead: consistent } } }),
      );
      for (const item of Object.values(answer.Responses ?? {}).flat()) {
        const value = unmarshall(item);
        found.set(`${value.pk}|${value.sk}`, value);
      }
      pending = Object.values(answer.UnprocessedKeys ?? {}).flatMap((rest) => rest.Keys ?? []);
    }
  }
  return keys.map(({ pk, sk }) => found.get(`${pk}|${sk}`)).filter((item) => item !== undefined);
}

async function conditional<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) throw new ConditionFailed(error);
    throw error;
  }
}
