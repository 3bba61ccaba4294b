import { setTimeout as delay } from 'node:timers/promises';
import database from 'dynalite/db/index.js';
import * as v from 'valibot';
import { AwsError, type Json } from '../aws/service.ts';
import { LOCAL_REGION, physicalName, type TemplateResource } from '../template/provisioner.ts';
import type { Dynalite } from './dynalite.ts';
import { parseProperties, withoutEffect } from './input.ts';

const keySchema = v.array(v.object({ AttributeName: v.string(), KeyType: v.picklist(['HASH', 'RANGE']) }));
const indexSchema = v.object({
  IndexName: v.string(),
  KeySchema: keySchema,
  Projection: v.object({
    ProjectionType: v.optional(v.picklist(['ALL', 'INCLUDE', 'KEYS_ONLY']), 'ALL'),
    NonKeyAttributes: v.optional(v.array(v.string())),
  }),
});

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html and -globaltable.html */
const propertiesSchema = v.strictObject({
  TableName: v.optional(v.string()),
  AttributeDefinitions: v.array(v.object({ AttributeName: v.string(), AttributeType: v.picklist(['S', 'N', 'B']) })),
  KeySchema: keySchema,
  GlobalSecondaryIndexes: v.optional(v.array(indexSchema), []),
  LocalSecondaryIndexes: v.optional(v.array(indexSchema), []),
  TimeToLiveSpecification: v.optional(v.object({ AttributeName: v.optional(v.string()), Enabled: v.boolean() })),
  Replicas: v.optional(
    v.pipe(
      v.array(v.looseObject({ Region: v.literal(LOCAL_REGION, `Region must be ${LOCAL_REGION}`) })),
      v.maxLength(1, 'a table has no replicas in other regions locally'),
    ),
  ),
  BillingMode: withoutEffect,
  ProvisionedThroughput: withoutEffect,
  WriteProvisionedThroughputSettings: withoutEffect,
  SSESpecification: withoutEffect,
  PointInTimeRecoverySpecification: withoutEffect,
  DeletionProtectionEnabled: withoutEffect,
  ContributorInsightsSpecification: withoutEffect,
  TableClass: withoutEffect,
  Tags: withoutEffect,
});

type Properties = v.InferOutput<typeof propertiesSchema>;

export interface TableDefinition {
  readonly name: string;
  /** The partition key's attribute. */
  readonly partitionKey: string;
  /** Where items hold the second of the epoch after which they are deleted. */
  readonly expiryAttribute?: string;
  /** `CreateTable`'s input. */
  readonly input: Json;
}

/** Throws an `Error` that names the property which is not supported. */
export function tableDefinition(resource: TemplateResource): TableDefinition {
  const properties = parseProperties(propertiesSchema, resource);
  const name = properties.TableName ?? physicalName(resource, 255);
  const expiry = properties.TimeToLiveSpecification;
  return {
    name,
    partitionKey: properties.KeySchema.find((key) => key.KeyType === 'HASH')?.AttributeName ?? '',
    ...(expiry?.Enabled === true && expiry.AttributeName !== undefined && { expiryAttribute: expiry.AttributeName }),
    input: createTableInput(name, properties),
  };
}

function createTableInput(name: string, properties: Properties): Json {
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, LocalSecondaryIndexes } = properties;
  return {
    TableName: name,
    AttributeDefinitions,
    KeySchema,
    BillingMode: 'PAY_PER_REQUEST',
    ...(GlobalSecondaryIndexes.length > 0 && { GlobalSecondaryIndexes }),
    ...(LocalSecondaryIndexes.length > 0 && { LocalSecondaryIndexes }),
  };
}

/**
 * Creates the table, or adds the global indexes that a table of an earlier start lacks. Throws an `Error` that says what to do
 * when its keys or indexes have changed otherwise.
 */
export async function bringTableUp(dynalite: Dynalite, definition: TableDefinition, path: string): Promise<void> {
  const existing = await describe(dynalite, definition.name);
  if (existing?.TableStatus === 'ACTIVE') {
    await reconcile(dynalite, definition, existing, path);
    return;
  }
  // A process that was killed while it created the table leaves it without items, and dynalite would never finish it.
  if (existing) await promised((done) => dynalite.store.tableDb.del(definition.name, done));
  await dynalite.run('CreateTable', definition.input);
  while ((await describe(dynalite, definition.name))?.TableStatus !== 'ACTIVE') await delay(1);
}

async function describe(dynalite: Dynalite, name: string): Promise<Json | undefined> {
  try {
    const { Table } = await dynalite.run('DescribeTable', { TableName: name });
    return Table as Json;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

async function reconcile(dynalite: Dynalite, definition: TableDefinition, existing: Json, path: string): Promise<void> {
  const wanted = shape(definition.input);
  const found = shape(existing);
  const changed = Object.keys(found).find((part) => found[part] !== wanted[part]);
  const added = Object.keys(wanted).filter((part) => !(part in found));
  if (changed !== undefined || added.some((part) => !part.startsWith('global index '))) {
    throw new Error(
      `The table ${definition.name} was created with another ${changed ?? added[0]} than the template has now. Stop Millrace, delete ${path} (its items are lost) and start it again.`,
    );
  }
  if (added.length > 0) await addIndexes(dynalite, definition, existing, found);
}

/** The parts of a table that cannot change, as comparable text. */
function shape(table: Json): Record<string, string> {
  const definitions = table.AttributeDefinitions as Properties['AttributeDefinitions'];
  const keyText = (schema: v.InferOutput<typeof keySchema>) =>
    JSON.stringify(
      schema.map((key) => [
        key.KeyType,
        key.AttributeName,
        definitions.find(({ AttributeName }) => AttributeName === key.AttributeName)?.AttributeType,
      ]),
    );
  const parts: Record<string, string> = { key: keyText(table.KeySchema as Properties['KeySchema']) };
  for (const kind of ['Global', 'Local'] as const) {
    const indexes = (table[`${kind}SecondaryIndexes`] ?? []) as Properties['GlobalSecondaryIndexes'];
    for (const { IndexName, KeySchema, Projection } of indexes) {
      const attributes = [...(Projection.NonKeyAttributes ?? [])].sort().join();
      parts[`${kind.toLowerCase()} index ${IndexName}`] = `${keyText(KeySchema)} ${Projection.ProjectionType} ${attributes}`;
    }
  }
  return parts;
}

/** Writes every item to the new indexes first, so that a process killed half-way does it again. */
async function addIndexes(dynalite: Dynalite, definition: TableDefinition, existing: Json, found: Json): Promise<void> {
  const wanted = definition.input.GlobalSecondaryIndexes as Properties['GlobalSecondaryIndexes'];
  const added = wanted.filter(({ IndexName }) => !(`global index ${IndexName}` in found));
  const kept = (existing.GlobalSecondaryIndexes ?? []) as Json[];
  const described = added.map((index) => ({ ...index, IndexStatus: 'ACTIVE' }));
  const table = { ...existing, AttributeDefinitions: definition.input.AttributeDefinitions, GlobalSecondaryIndexes: described };
  let start: unknown;
  do {
    const page = await dynalite.run('Scan', {
      TableName: definition.name,
      ...(start !== undefined && { ExclusiveStartKey: start }),
    });
    for (const item of page.Items as Json[]) {
      await promised((done) =>
        database.updateIndexes(dynalite.store, { ...table, LocalSecondaryIndexes: [] }, undefined, item, done),
      );
    }
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  const complete = { ...table, GlobalSecondaryIndexes: [...kept, ...described] };
  await promised((done) => dynalite.store.tableDb.put(definition.name, complete, done));
}

const promised = (act: (done: (error: unknown) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => act((error) => (error ? reject(error) : resolve())));
