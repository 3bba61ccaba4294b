import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RequiredPermission } from '../../../local/aws/service.ts';
import { createDynamoDb, type LocalDynamoDb } from '../../../local/data/dynamodb.ts';
import { createMeter, type Meter } from '../../../local/meter.ts';
import type { TemplateResource } from '../../../local/template/provisioner.ts';
import { createManualClock, eventually, type ManualClock } from '../manual-clock.ts';
import { resource, serveToSdk, silentLog } from './sdk.ts';

const TableName = 'state-table';
const byStatus = {
  IndexName: 'byStatus',
  KeySchema: [
    { AttributeName: 'status', KeyType: 'HASH' },
    { AttributeName: 'at', KeyType: 'RANGE' },
  ],
  Projection: { ProjectionType: 'KEYS_ONLY' },
};
const properties = {
  TableName,
  AttributeDefinitions: ['pk', 'sk', 'status', 'at'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
  GlobalSecondaryIndexes: [byStatus],
  TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
  Replicas: [{ Region: 'us-east-1', DeletionProtectionEnabled: true }],
};
const globalTable = (changes: TemplateResource['properties'] = {}) =>
  resource('AWS::DynamoDB::GlobalTable', { ...properties, ...changes });

let folder: string;
let clock: ManualClock;
let meter: Meter;
let closing: (() => unknown)[];
let allows: (permission: RequiredPermission) => boolean;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dynamodb-'));
  clock = createManualClock();
  meter = createMeter();
  closing = [];
  allows = () => true;
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(folder, { recursive: true });
});

async function open(): Promise<LocalDynamoDb> {
  const dynamodb = await createDynamoDb({ path: join(folder, 'dynamodb'), clock, meter, log: silentLog });
  closing.push(() => dynamodb.close());
  return dynamodb;
}

async function prepare() {
  const dynamodb = await open();
  await dynamodb.provisioners['AWS::DynamoDB::GlobalTable']?.(globalTable());
  const { config, close } = await serveToSdk({ services: [dynamodb.service], meter, allows: (permission) => allows(permission) });
  const client = new DynamoDBClient(config);
  closing.push(close, () => client.destroy());
  return { dynamodb, client };
}

const run = (id: string, more: Record<string, { S: string } | { N: string }> = {}) => ({
  pk: { S: id },
  sk: { S: 'RUN' },
  ...more,
});
const key = (id: string) => ({ pk: { S: id }, sk: { S: 'RUN' } });

describe('items', () => {
  test('are put, read, updated and deleted, with conditions, projections and return values', async () => {
    const { client } = await prepare();
    const Item = run('a', { status: { S: 'QUEUED' }, at: { S: '1' }, count: { N: '1' } });

    await client.send(new PutItemCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' }));
    const updated = await client.send(
      new UpdateItemCommand({
        TableName,
        Key: key('a'),
        UpdateExpression: 'SET #s = :running, extra = if_not_exists(extra, :one) ADD #c :one REMOVE absent',
        ConditionExpression: '#s IN (:queued, :running) AND (attribute_exists(pk) OR size(pk) > :one)',
        ExpressionAttributeNames: { '#s': 'status', '#c': 'count' },
        ExpressionAttributeValues: { ':running': { S: 'RUNNING' }, ':queued': { S: 'QUEUED' }, ':one': { N: '1' } },
        ReturnValues: 'ALL_NEW',
      }),
    );
    const read = await client.send(
      new GetItemCommand({ TableName, Key: key('a'), ProjectionExpression: '#c', ExpressionAttributeNames: { '#c': 'count' } }),
    );
    const deleted = await client.send(new DeleteItemCommand({ TableName, Key: key('a'), ReturnValues: 'ALL_OLD' }));
    const gone = await client.send(new GetItemCommand({ TableName, Key: key('a') }));

    expect(updated.Attributes).toEqual({ ...Item, status: { S: 'RUNNING' }, extra: { N: '1' }, count: { N: '2' } });
    expect(read.Item).toEqual({ count: { N: '2' } });
    expect(deleted.Attributes).toMatchObject({ status: { S: 'RUNNING' } });
    expect(gone.Item).toBeUndefined();
  });

  test('that fail a condition are given back when asked for', async () => {
    // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html#DDB-PutItem-request-ReturnValuesOnConditionCheckFailure
    const { client } = await prepare();
    const Item = run('a', { note: { S: 'first' } });
    await client.send(new PutItemCommand({ TableName, Item }));
    const again = { TableName, Item: run('a', { note: { S: 'second' } }), ConditionExpression: 'attribute_not_exists(pk)' };

    const quiet = client.send(new PutItemCommand(again));
    await expect(quiet).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    await expect(quiet).rejects.toMatchObject({ Item: undefined });
    const telling = client.send(new PutItemCommand({ ...again, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }));
    await expect(telling).rejects.toMatchObject({ name: 'ConditionalCheckFailedException', Item });
    const update = new UpdateItemCommand({
      TableName,
      Key: key('a'),
      UpdateExpression: 'REMOVE note',
      ConditionExpression: 'attribute_not_exists(note)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    await expect(client.send(update)).rejects.toMatchObject({ Item });
  });

  test('written at once under one condition are written once', async () => {
    const { client } = await prepare();
    const put = (n: number) =>
      client.send(
        new PutItemCommand({ TableName, Item: run('a', { n: { N: String(n) } }), ConditionExpression: 'attribute_not_exists(pk)' }),
      );

    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => put(n)));

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('are at most 400 KB of UTF-8, whether put or updated', async () => {
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items-size
    const { client } = await prepare();
    const put = (text: string) => client.send(new PutItemCommand({ TableName, Item: run('a', { t: { S: text } }) }));
    const large = 'ü'.repeat(204_800);

    await put('x'.repeat(400 * 1024 - 20));

    await expect(put(large)).rejects.toMatchObject({ name: 'ValidationException' });
    const update = new UpdateItemCommand({
      TableName,
      Key: key('b'),
      UpdateExpression: 'SET t = :large',
      ExpressionAttributeValues: { ':large': { S: large } },
    });
    await expect(client.send(update)).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('are read and written in batches, from a table named by its ARN too', async () => {
    const { client } = await prepare();
    const arn = `arn:aws:dynamodb:us-east-1:123456789012:table/${TableName}`;
    const requests = ['a', 'b'].map((id) => ({ PutRequest: { Item: run(id) } }));

    await client.send(new BatchWriteItemCommand({ RequestItems: { [arn]: requests } }));
    const { Responses } = await client.send(
      new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: ['a', 'b', 'c'].map(key) } } }),
    );
    const single = await client.send(new GetItemCommand({ TableName: arn, Key: key('a') }));

    expect(Responses?.[TableName]).toHaveLength(2);
    expect(Responses?.[TableName]).toEqual(expect.arrayContaining([run('a'), run('b')]));
    expect(single.Item).toEqual(run('a'));
  });
});

describe('an index', () => {
  test('is queried forwards and backwards, page by page, and has the keys only', async () => {
    const { client } = await prepare();
    for (const at of ['1', '2', '3']) {
      await client.send(
        new PutItemCommand({ TableName, Item: run(`run-${at}`, { status: { S: 'FAILED' }, at: { S: at }, big: { S: 'x' } }) }),
      );
    }
    await client.send(new PutItemCommand({ TableName, Item: run('sparse', { status: { S: 'FAILED' } }) }));
    const query = {
      TableName,
      IndexName: 'byStatus',
      KeyConditionExpression: '#s = :failed',
      ExpressionAttributeNames: { '#s': 'status' },
      ExpressionAttributeValues: { ':failed': { S: 'FAILED' } },
      ScanIndexForward: false,
      Limit: 2,
    };

    const first = await client.send(new QueryCommand(query));
    const second = await client.send(new QueryCommand({ ...query, ExclusiveStartKey: first.LastEvaluatedKey }));
    const oldest = await client.send(new QueryCommand({ ...query, ScanIndexForward: true, Limit: 1 }));

    expect(first.Items?.map((item) => item.at?.S)).toEqual(['3', '2']);
    expect(first.Items?.[0]).toEqual({ ...key('run-3'), status: { S: 'FAILED' }, at: { S: '3' } });
    expect(second.Items?.map((item) => item.at?.S)).toEqual(['1']);
    expect(second.LastEvaluatedKey).toBeUndefined();
    expect(oldest.Items?.map((item) => item.at?.S)).toEqual(['1']);
  });

  test('follows its items when they change and when they are deleted', async () => {
    const { client } = await prepare();
    const listed = async (status: string) => {
      const { Items } = await client.send(
        new QueryCommand({
          TableName,
          IndexName: 'byStatus',
          KeyConditionExpression: '#s = :s',
          ExpressionAttributeNames: { '#s': 'status' },
          ExpressionAttributeValues: { ':s': { S: status } },
        }),
      );
      return Items?.map((item) => item.pk?.S);
    };
    const item = (status: string) => run('a', { status: { S: status }, at: { S: '1' } });

    await client.send(new PutItemCommand({ TableName, Item: item('RUNNING') }));
    await client.send(new PutItemCommand({ TableName, Item: item('FAILED') }));
    const moved = { running: await listed('RUNNING'), failed: await listed('FAILED') };
    await client.send(new DeleteItemCommand({ TableName, Key: key('a') }));

    expect(moved).toEqual({ running: [], failed: ['a'] });
    expect(await listed('FAILED')).toEqual([]);
  });

  test('costs a write when it changes, and none when nothing projected changes', async () => {
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
    const { client } = await prepare();
    const update = (UpdateExpression: string, values: Record<string, { S: string }>) =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: key('a'),
          UpdateExpression,
          ExpressionAttributeNames: { '#a': UpdateExpression.includes(':at') ? 'at' : 'note' },
          ExpressionAttributeValues: values,
        }),
      );
    const unitsOf = async (act: () => Promise<unknown>) => {
      const before = meter.read()['dynamodb.writeUnits'] ?? 0;
      await act();
      return (meter.read()['dynamodb.writeUnits'] ?? 0) - before;
    };

    const put = await unitsOf(() =>
      client.send(new PutItemCommand({ TableName, Item: run('a', { status: { S: 'RUNNING' }, at: { S: '1' } }) })),
    );
    const unprojected = await unitsOf(() => update('SET #a = :note', { ':note': { S: 'n' } }));
    const moved = await unitsOf(() => update('SET #a = :at', { ':at': { S: '2' } }));

    expect({ put, unprojected, moved }).toEqual({ put: 2, unprojected: 1, moved: 3 });
  });
});

describe('permissions', () => {
  test('are asked for the table with the partition key, and for the index', async () => {
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
    const { client } = await prepare();
    const asked: RequiredPermission[] = [];
    allows = (permission) => {
      asked.push(permission);
      return false;
    };
    const arn = `arn:aws:dynamodb:us-east-1:123456789012:table/${TableName}`;

    const put = client.send(new PutItemCommand({ TableName, Item: run('a') }));
    await expect(put).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const query = client.send(new QueryCommand({ TableName, IndexName: 'byStatus', KeyConditionExpression: 'a = :b' }));
    await expect(query).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const batch = client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: [{ DeleteRequest: { Key: key('b') } }] } }));
    await expect(batch).rejects.toMatchObject({ name: 'AccessDeniedException' });

    expect(asked).toEqual([
      { action: 'dynamodb:PutItem', resource: arn, context: { 'dynamodb:LeadingKeys': ['a'] } },
      { action: 'dynamodb:Query', resource: `${arn}/index/byStatus` },
      { action: 'dynamodb:BatchWriteItem', resource: arn, context: { 'dynamodb:LeadingKeys': ['b'] } },
    ]);
  });
});

describe('the table', () => {
  test('keeps its items over a restart', async () => {
    const { client, dynamodb } = await prepare();
    await client.send(new PutItemCommand({ TableName, Item: run('a') }));
    await dynamodb.close();
    closing.shift();

    const { client: later } = await prepare();
    const { Item } = await later.send(new GetItemCommand({ TableName, Key: key('a') }));

    expect(Item).toEqual(run('a'));
  });

  test('closes after what is under way, and answers 503 from then on', async () => {
    const { dynamodb } = await prepare();
    closing.shift();
    const write = () => dynamodb.service.call('PutItem', { TableName, Item: run('a') }, { kind: 'operator' });
    const underWay = write();

    await dynamodb.close();

    expect(await underWay).toEqual({});
    await expect(write()).rejects.toMatchObject({ code: 'ServiceUnavailable', status: 503 });
  });

  test('is described, and refuses scans, transactions and parameters that are not supported', async () => {
    const { client } = await prepare();

    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({ TableStatus: 'ACTIVE', TableArn: `arn:aws:dynamodb:us-east-1:123456789012:table/${TableName}` });
    await expect(client.send(new ScanCommand({ TableName }))).rejects.toMatchObject({ name: 'UnknownOperationException' });
    const transaction = new TransactGetItemsCommand({ TransactItems: [{ Get: { TableName, Key: key('a') } }] });
    await expect(client.send(transaction)).rejects.toMatchObject({ name: 'UnknownOperationException' });
    const unheard = { TableName, Key: key('a'), Unheard: 1 };
    const { service } = await openedService();
    await expect(service.call('GetItem', unheard, { kind: 'operator' })).rejects.toMatchObject({ code: 'ValidationException' });

    async function openedService() {
      const dynamodb = await createDynamoDb({ path: join(folder, 'other'), clock, meter, log: silentLog });
      closing.push(() => dynamodb.close());
      return dynamodb;
    }
  });

  test('gets an index that the template adds, filled with the items there are', async () => {
    const dynamodb = await open();
    const provision = dynamodb.provisioners['AWS::DynamoDB::Table'];
    const { Replicas: _, ...table } = properties;
    const plain = { ...table, GlobalSecondaryIndexes: [], AttributeDefinitions: table.AttributeDefinitions.slice(0, 2) };
    const operator = { kind: 'operator' } as const;
    await provision?.(resource('AWS::DynamoDB::Table', plain));
    await dynamodb.service.call('PutItem', { TableName, Item: run('a', { status: { S: 'FAILED' }, at: { S: '1' } }) }, operator);

    const provisioned = await provision?.(resource('AWS::DynamoDB::Table', table));
    const { Items } = await dynamodb.service.call(
      'Query',
      {
        TableName,
        IndexName: 'byStatus',
        KeyConditionExpression: '#s = :s',
        ExpressionAttributeNames: { '#s': 'status' },
        ExpressionAttributeValues: { ':s': { S: 'FAILED' } },
      },
      operator,
    );

    expect(provisioned).toEqual({
      ref: TableName,
      attributes: { Arn: `arn:aws:dynamodb:us-east-1:123456789012:table/${TableName}` },
    });
    expect(Items).toHaveLength(1);
  });

  test('says what to do when its keys have changed, and what is not supported', async () => {
    const dynamodb = await open();
    const provision = async (changes: TemplateResource['properties']) =>
      dynamodb.provisioners['AWS::DynamoDB::GlobalTable']?.(globalTable(changes));
    await provision({});

    await expect(provision({ KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }] })).rejects.toThrow(
      /another key .*delete .*dynamodb/,
    );
    await expect(provision({ GlobalSecondaryIndexes: [] })).rejects.toThrow(/another global index byStatus/);
    await expect(provision({ StreamSpecification: { StreamViewType: 'NEW_IMAGE' } })).rejects.toThrow(/Thing.*StreamSpecification/);
    await expect(provision({ Replicas: [{ Region: 'us-east-1' }, { Region: 'eu-west-1' }] })).rejects.toThrow(/Replicas/);
  });

  test('loses its expired items at start and then every hour', async () => {
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
    const { client, dynamodb } = await prepare();
    const now = Math.floor(clock.now() / 1000);
    const expiries = { past: now - 10, soon: now + 60, ancient: now - 6 * 365 * 86_400 };
    for (const [id, second] of Object.entries(expiries)) {
      await client.send(new PutItemCommand({ TableName, Item: run(id, { expiresAt: { N: String(second) } }) }));
    }
    await client.send(new PutItemCommand({ TableName, Item: run('text', { expiresAt: { S: '1' } }) }));
    const exists = async (id: string) => (await client.send(new GetItemCommand({ TableName, Key: key(id) }))).Item !== undefined;

    dynamodb.start();
    await eventually(() => clock.sleepers() === 1);
    const atStart = await Promise.all(['past', 'soon', 'ancient', 'text'].map(exists));
    clock.advance(60 * 60 * 1000);
    await eventually(async () => !(await exists('soon')));

    expect(atStart).toEqual([false, true, true, true]);
  });
});
