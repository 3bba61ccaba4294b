import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Table } from '../../core/aws/table.ts';
import { INDEXES, TABLE_KEY } from '../../core/keys.ts';

const dynalite: (options: { createTableMs: number }) => Server = createRequire(import.meta.url)('dynalite');

/** The table as the state stack makes it, in memory. */
export async function openTestTable(): Promise<{ table: Table; endpoint: string; close: () => Promise<void> }> {
  const server = dynalite({ createTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
  const keys = [TABLE_KEY, ...Object.values(INDEXES)].map(({ partition, sort }) => [partition, sort]);
  const schemaOf = ({ partition, sort }: { partition: string; sort: string }) => [
    { AttributeName: partition, KeyType: 'HASH' as const },
    { AttributeName: sort, KeyType: 'RANGE' as const },
  ];
  await client.send(
    new CreateTableCommand({
      TableName: 'millrace',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.flat().map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: schemaOf(TABLE_KEY),
      GlobalSecondaryIndexes: Object.values(INDEXES).map((index) => ({
        IndexName: index.name,
        KeySchema: schemaOf(index),
        Projection: { ProjectionType: 'KEYS_ONLY' as const },
      })),
    }),
  );
  return {
    table: { client, name: 'millrace' },
    endpoint,
    close: async () => {
      client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
