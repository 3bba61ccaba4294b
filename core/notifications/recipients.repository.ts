import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { assignments, deleteItem, getItem, holds, putItem, type Table, updateItem } from '../aws/table.ts';
import { itemKey } from '../keys.ts';
import { RUN_DAYS } from '../runs/run.ts';
import { type RecipientChanges, type Recipients, recipientsSchema, type Scope } from './recipients.ts';

/** Nobody, where none were named. */
export async function findRecipients(table: Table, { workspace, workflowId }: Scope): Promise<Recipients> {
  return v.parse(recipientsSchema, (await getItem(table, itemKey.recipients(workspace, workflowId))) ?? {});
}

/** Sets what is given, takes away what is null, and leaves the rest; gives what stands there then. */
export async function changeRecipients(
  table: Table,
  { workspace, workflowId }: Scope,
  changes: RecipientChanges,
): Promise<Recipients> {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  if (given.length === 0) return findRecipients(table, { workspace, workflowId });
  const attributes = Object.fromEntries(given.map(([name, value]) => [name, value ?? undefined]));
  const item = await updateItem(table, { key: itemKey.recipients(workspace, workflowId), ...assignments(attributes) });
  return v.parse(recipientsSchema, item);
}

/** Only a hash of the recipient is kept: it may be a secret. */
const noticeKey = (about: string, recipient: string) =>
  itemKey.notice(about, createHash('sha256').update(recipient).digest('hex').slice(0, 32));

/** Notes that somebody is told of a run, before it is done; false when that was noted before. */
export async function claimNotice(table: Table, about: string, recipient: string, now: Date): Promise<boolean> {
  const ttl = Math.floor(now.getTime() / 1000) + RUN_DAYS * 86_400;
  return holds(putItem(table, { ...noticeKey(about, recipient), at: now.toISOString(), ttl }, { ifAbsent: true }));
}

/** Takes the note back: nobody was told. */
export async function releaseNotice(table: Table, about: string, recipient: string): Promise<void> {
  await deleteItem(table, noticeKey(about, recipient));
}
