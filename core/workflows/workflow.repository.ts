import * as v from 'valibot';
import { listItems } from '../aws/list.ts';
import { deleteItem, getItem, type Item, ifHolds, type Table, updateItem } from '../aws/table.ts';
import { collection, collectionSort, INDEXES, itemKey } from '../keys.ts';
import type { Page, PageRequest } from '../paging.ts';
import type { DeclaredWorkflow } from './registration.ts';
import type { Revision } from './revision.ts';
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

/**
 * Stores a workflow as declared; its place in lists stays as it is, and so does whether it is active unless it is new. `before` is when the
 * one that it replaces was last changed, undefined for none; false, and nothing changed, when that is no longer so.
 */
export async function declareWorkflow(
  table: Table,
  workflow: DeclaredWorkflow,
  active: boolean,
  before: string | undefined,
  now: Date,
): Promise<boolean> {
  const declared: Item = { ...workflow, updatedAt: now.toISOString() };
  const set = Object.entries(declared).filter(([, value]) => value !== undefined);
  const left = OPTIONAL.filter((name) => declared[name] === undefined);
  const updated = await ifHolds(
    updateItem(table, {
      key: itemKey.workflow(workflow.workspace, workflow.workflowId),
      expression: [
        'SET',
        [
          ...set.map(([name]) => `#${name} = :${name}`),
          '#active = if_not_exists(#active, :active)',
          '#collection = :collection',
          '#collectionSort = if_not_exists(#collectionSort, :collectionSort)',
        ].join(', '),
        ...(left.length > 0 ? ['REMOVE', left.map((name) => `#${name}`).join(', ')] : []),
      ].join(' '),
      condition: before === undefined ? 'attribute_not_exists(pk)' : '#updatedAt = :before',
      names: Object.fromEntries(
        [...set.map(([name]) => name), ...left, 'active', 'collection', 'collectionSort'].map((name) => [`#${name}`, name]),
      ),
      values: {
        ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
        ':active': active,
        ':collection': collection.workflows(workflow.workspace),
        ':collectionSort': collectionSort(now.toISOString(), workflow.workflowId),
        ...(before !== undefined && { ':before': before }),
      },
    }),
  );
  return updated !== undefined;
}

/** What an earlier declaration may have left on the item. */
const OPTIONAL = ['description', 'labels', 'limits', 'input'];

/** Lets new runs start another revision. Undefined, and nothing changed, when the workflow was changed since it was read. */
export async function pointTo(table: Table, workflow: Workflow, revision: Revision, now: Date): Promise<Workflow | undefined> {
  const item = await ifHolds(
    updateItem(table, {
      key: itemKey.workflow(workflow.workspace, workflow.workflowId),
      expression: 'SET revision = :revision, stateMachineVersionArn = :versionArn, updatedAt = :now',
      condition: 'updatedAt = :before',
      values: {
        ':revision': revision.revision,
        ':versionArn': revision.stateMachineVersionArn,
        ':now': now.toISOString(),
        ':before': workflow.updatedAt,
      },
    }),
  );
  return item && v.parse(workflowSchema, item);
}

/** Undefined when there is no such workflow. */
export async function setActive(
  table: Table,
  { workspace, workflowId }: Pick<Workflow, 'workspace' | 'workflowId'>,
  active: boolean,
  now: Date,
): Promise<Workflow | undefined> {
  const item = await ifHolds(
    updateItem(table, {
      key: itemKey.workflow(workspace, workflowId),
      expression: 'SET active = :active, updatedAt = :now',
      condition: 'attribute_exists(pk)',
      values: { ':active': active, ':now': now.toISOString() },
    }),
  );
  return item && v.parse(workflowSchema, item);
}

/** Removes a workflow's entry, and who is told of its failed runs; one that is gone is left at that. */
export async function removeWorkflow(table: Table, workspace: string, workflowId: string): Promise<void> {
  await deleteItem(table, itemKey.recipients(workspace, workflowId));
  await deleteItem(table, itemKey.workflow(workspace, workflowId));
}
