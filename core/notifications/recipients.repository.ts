import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { ConditionFailed, deleteItem, getItem, putItem, type Table, updateItem } from '../aws/table.ts';
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
  const [set, removed] = [given.filter(([, value]) => value !== null), given.filter(([, value]) => value === null)];
  if (given.length === 0) return findRecipients(table, { workspace, workflowId });
  const item = await updateItem(table, {
    key: itemKey.recipients(workspace, workflowId),
    expression: [
      ...(set.length > 0 ? [`SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`] : []),
      ...(removed.length > 0 ? [`REMOVE ${removed.map(([name]) => `#${name}`).join(', ')}`] : []),
    ].join(' '),
    names: Object.fromEntries(given.map(([name]) => [`#${name}`, name])),
    ...(set.length > 0 && { values: Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])) }),
  });
  return v.parse(recipientsSchema, item);
}

/** Only a hash of the recipient is kept: it may be a secret. */
const noticeKey = (about: string, recipient: string) =>
  itemKey.notice(about, createHash('sha256').update(recipient).digest('hex').slice(0, 32));

/** Notes that somebody is told of a run, before it is done; false when that was noted before. */
export async function claimNotice(table: Table, about: string, recipient: string, now: Date): Promise<boolean> {
  try {
    const ttl = Math.floor(now.getTime() / 1000) + RUN_DAYS * 86_400;
    await putItem(table, { ...noticeKey(about, recipient), at: now.toISOString(), ttl }, { ifAbsent: true });
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

/** Takes the note back: nobody was told. */
export async function releaseNotice(table: Table, about: string, recipient: string): Promise<void> {
  await deleteItem(table, noticeKey(about, recipient));
}
