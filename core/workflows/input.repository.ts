import * as v from 'valibot';
import { deleteItem, getItem, type Table, updateItem } from '../aws/table.ts';
import { itemKey } from '../keys.ts';
import { type InputSchemas, inputSchemasSchema } from './input.ts';

/** As text: DynamoDB nests 32 levels, JSON Schemas more. */
const storedSchema = v.object({ schemas: v.pipe(v.string(), v.parseJson(), inputSchemasSchema) });

/** What requests to a workflow must look like. An item of its own, so that the launcher, which reads the workflow for every run, doesn't read it. */
export async function findInput(table: Table, workspace: string, workflowId: string): Promise<InputSchemas | undefined> {
  const item = await getItem(table, itemKey.workflowInput(workspace, workflowId));
  return item && v.parse(storedSchema, item).schemas;
}

/** Stores what requests must look like; with `undefined` nothing is looked at any more. */
export async function saveInput(
  table: Table,
  workspace: string,
  workflowId: string,
  schemas: InputSchemas | undefined,
): Promise<void> {
  const key = itemKey.workflowInput(workspace, workflowId);
  if (schemas === undefined) return deleteItem(table, key);
  await updateItem(table, { key, expression: 'SET schemas = :schemas', values: { ':schemas': JSON.stringify(schemas) } });
}
