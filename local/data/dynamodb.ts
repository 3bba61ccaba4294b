import { DetailedAwsError } from '../aws/detailed-error.ts';
import { AwsError, type AwsService, type Json, type RequiredPermission } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Meter } from '../meter.ts';
import { localArn, type Provisioner, type Provisioners } from '../template/provisioner.ts';
import { openDynalite } from './dynalite.ts';
import { deleteExpired } from './dynamodb-expiry.ts';
import { bringTableUp, type TableDefinition, tableDefinition } from './dynamodb-table.ts';

export interface LocalDynamoDb {
  readonly service: AwsService;
  readonly provisioners: Provisioners;
  /** Deletes expired items now and every hour. */
  start(): void;
  /** Ends what is under way; later calls fail. */
  close(): Promise<void>;
}

const READS = ['GetItem', 'BatchGetItem', 'Query'] as const;
const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'] as const;
type Operation = (typeof READS)[number] | (typeof WRITES)[number] | 'DescribeTable';
const SUPPORTED: readonly string[] = [...READS, ...WRITES, 'DescribeTable'] satisfies Operation[];

const HOUR = 60 * 60 * 1000;

/**
 * DynamoDB on dynalite, in this process, its items in the folder `path`. Scans and transactions are refused, because Millrace uses none.
 * Counts `dynamodb.readUnits` and `dynamodb.writeUnits`.
 */
export async function createDynamoDb(options: { path: string; clock: Clock; meter: Meter; log: Log }): Promise<LocalDynamoDb> {
  const { path, clock, meter, log } = options;
  const dynalite = await openDynalite(path);
  const tables = new Map<string, TableDefinition>();
  const stopped = new AbortController();
  let sweeping: Promise<void> = Promise.resolve();
  const underWay = new Set<Promise<unknown>>();

  async function call(operation: string, given: Json): Promise<Json> {
    if (!isSupported(operation)) {
      throw new AwsError('UnknownOperationException', `DynamoDB ${operation} is not supported locally: no scans, no transactions.`);
    }
    const { ReturnValuesOnConditionCheckFailure: onFailure, ...input } = withTableNames(given);
    if (operation === 'DescribeTable') return dynalite.run(operation, input);
    const unit = (READS as readonly string[]).includes(operation) ? 'dynamodb.readUnits' : 'dynamodb.writeUnits';
    const wanted = input.ReturnConsumedCapacity;
    const counted = wanted === 'TOTAL' || wanted === 'INDEXES' ? wanted : 'TOTAL';
    try {
      const { ConsumedCapacity, ...answer } = await dynalite.run(
        operation,
        { ...input, ReturnConsumedCapacity: counted },
        (units) => meter.add('dynamodb.writeUnits', units),
      );
      meter.add(unit, capacityUnits(ConsumedCapacity));
      return counted === wanted ? { ...answer, ConsumedCapacity } : answer;
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'ConditionalCheckFailedException') throw error;
      // A failed condition costs a write too: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html
      meter.add(unit, 1);
      if (onFailure !== 'ALL_OLD') throw error;
      const item = await existingItem(input);
      throw new DetailedAwsError(error.code, error.message, item === undefined ? {} : { Item: item });
    }
  }

  async function existingItem(input: Json): Promise<unknown> {
    const { TableName } = input;
    const keys = (tables.get(String(TableName))?.input.KeySchema ?? []) as { AttributeName: string }[];
    const item = (input.Key ?? input.Item) as Json;
    const Key = Object.fromEntries(keys.map(({ AttributeName }) => [AttributeName, item[AttributeName]]));
    return (await dynalite.run('GetItem', { TableName, Key, ConsistentRead: true })).Item;
  }

  const provision: Provisioner = async (resource) => {
    const definition = tableDefinition(resource);
    await bringTableUp(dynalite, definition, path);
    tables.set(definition.name, definition);
    return { ref: definition.name, attributes: { Arn: tableArn(definition.name) } };
  };

  async function sweepHourly(): Promise<void> {
    while (!stopped.signal.aborted) {
      for (const table of tables.values()) {
        const deleted = await deleteExpired(dynalite, table, clock.now());
        if (deleted > 0) log.detail(`dynamodb deleted ${deleted} expired items from ${table.name}`);
      }
      await clock.sleep(HOUR, stopped.signal);
    }
  }

  return {
    service: {
      name: 'dynamodb',
      permissions: (operation, input) => permissions(operation, withTableNames(input), tables),
      async call(operation, input) {
        if (stopped.signal.aborted) throw new AwsError('ServiceUnavailable', 'The table service is closing.', 503);
        const work = call(operation, input);
        underWay.add(work);
        return work.finally(() => underWay.delete(work));
      },
    },
    provisioners: { 'AWS::DynamoDB::Table': provision, 'AWS::DynamoDB::GlobalTable': provision },
    start() {
      sweeping = sweepHourly().catch((error: unknown) => {
        if (!stopped.signal.aborted)
          log.line(`Expired items cannot be deleted: ${error instanceof Error ? error.name : 'unknown error'}.`);
      });
    },
    async close() {
      stopped.abort();
      await sweeping;
      // dynalite fails what is under way when its database closes.
      await Promise.allSettled(underWay);
      await dynalite.close();
    },
  };
}

const isSupported = (operation: string): operation is Operation => SUPPORTED.includes(operation);

const tableArn = (name: string) => localArn('dynamodb', `table/${name}`);

/** Tables may be given by name or ARN. */
const tableName = (given: string): string => given.replace(/^arn:aws:dynamodb:[^:]*:\d*:table\//, '');

function withTableNames(input: Json): Json {
  const named = typeof input.TableName === 'string' ? { ...input, TableName: tableName(input.TableName) } : input;
  if (!isObject(named.RequestItems)) return named;
  const requests = Object.entries(named.RequestItems).map(([name, request]) => [tableName(name), request]);
  return { ...named, RequestItems: Object.fromEntries(requests) };
}

/**
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html; `dynamodb:LeadingKeys` holds the
 * partition keys of the items, except for queries.
 */
function permissions(operation: string, input: Json, tables: ReadonlyMap<string, TableDefinition>): RequiredPermission[] {
  const permission = (name: string, keys: unknown[]): RequiredPermission => {
    const partitionKey = tables.get(name)?.partitionKey ?? '';
    const values = keys.flatMap((key) => leadingKey(key, partitionKey));
    return {
      action: `dynamodb:${operation}`,
      resource: tableArn(name),
      ...(values.length > 0 && { context: { 'dynamodb:LeadingKeys': values } }),
    };
  };
  if (isObject(input.RequestItems)) {
    return Object.entries(input.RequestItems).map(([name, request]) => permission(name, batchKeys(request)));
  }
  const { resource, ...rest } = permission(String(input.TableName), [input.Key, input.Item]);
  return [{ ...rest, resource: typeof input.IndexName === 'string' ? `${resource}/index/${input.IndexName}` : resource }];
}

function leadingKey(item: unknown, partitionKey: string): string[] {
  const value = isObject(item) ? item[partitionKey] : undefined;
  return isObject(value) ? Object.values(value).map(String) : [];
}

function batchKeys(request: unknown): unknown[] {
  if (!Array.isArray(request)) return isObject(request) && Array.isArray(request.Keys) ? request.Keys : [];
  return request.map((write) => {
    const { PutRequest, DeleteRequest } = isObject(write) ? write : {};
    if (isObject(PutRequest)) return PutRequest.Item;
    return isObject(DeleteRequest) ? DeleteRequest.Key : undefined;
  });
}

function capacityUnits(consumed: unknown): number {
  const each = Array.isArray(consumed) ? consumed : [consumed];
  return each.reduce((total: number, capacity) => total + (isObject(capacity) ? Number(capacity.CapacityUnits ?? 0) : 0), 0);
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
