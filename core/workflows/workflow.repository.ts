import * as v from 'valibot';
import { listItems } from '../aws/list.ts';
import { deleteItem, getItem, type Table, updateItem } from '../aws/table.ts';
import { collection, collectionSort, INDEXES, itemKey } from '../keys.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { DeclaredWorkflow } from './registration.ts';
import { type Workflow, workflowSchema } from './workflow.ts';

export async function findWorkflow(
  table: Table,
  workspace: string,
  workflowId: string,
  options: { consistent?: boolean } = {},
): Promise<Workflow | undefined> {
  const item = await getItem(table, itemKey.workflow(workspace, workflowId), options);
  return item && v.parse(workflowSchema, item);
}

export function listWorkflows(table: Table, workspace: string, page: PageRequest): Promise<Page<Workflow>> {
  const partitions = [collection.workflows(workspace)];
  return listItems(table, { index: INDEXES.collection, partitions, schema: workflowSchema }, page);
}

/** Stores a workflow as declared; whether it is active, and its place in lists, stay as they are. A new one is active. */
export async function declareWorkflow(table: Table, workflow: DeclaredWorkflow, now: Date): Promise<void> {
  const { description, ...set } = { ...workflow, updatedAt: now.toISOString() };
  await updateItem(table, {
    key: itemKey.workflow(workflow.workspace, workflow.workflowId),
    expression: `SET ${[
      ...Object.keys(set).map((name) => `#${name} = :${name}`),
      '#active = if_not_exists(#active, :active)',
      '#collection = :collection',
      '#collectionSort = if_not_exists(#collectionSort, :collectionSort)',
      ...(description === undefined ? [] : ['#description = :description']),
    ].join(', ')}${description === undefined ? ' REMOVE #description' : ''}`,
    names: Object.fromEntries(
      [...Object.keys(set), 'active', 'collection', 'collectionSort', 'description'].map((name) => [`#${name}`, name]),
    ),
    values: {
      ...Object.fromEntries(Object.entries(set).map(([name, value]) => [`:${name}`, value])),
      ':active': true,
      ':collection': collection.workflows(workflow.workspace),
      ':collectionSort': collectionSort(now.toISOString(), workflow.workflowId),
      ':description': description,
    },
  });
}

/** Removes a workflow's entry; one that is gone is left at that. */
export async function removeWorkflow(table: Table, workspace: string, workflowId: string): Promise<void> {
  await deleteItem(table, itemKey.workflow(workspace, workflowId));
}
