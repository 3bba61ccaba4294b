import * as v from 'valibot';
import { getItem, putItem, type Table } from '../aws/table.ts';
import { itemKey } from '../keys.ts';
import { type Workspace, workspaceSchema } from './workspace.ts';

/** A workspace's settings; those of one that never set any. */
export async function findWorkspace(table: Table, workspace: string): Promise<Workspace> {
  return v.parse(workspaceSchema, (await getItem(table, itemKey.workspace(workspace))) ?? { workspace });
}

export async function saveWorkspace(table: Table, settings: Workspace): Promise<void> {
  await putItem(table, { ...itemKey.workspace(settings.workspace), ...settings });
}
