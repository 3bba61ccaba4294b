import * as v from 'valibot';
import { getItem, putItem, type Table } from '../aws/table.ts';
import { itemKey } from '../keys.ts';
import { type SealedSecret, sealedSecretSchema } from '../subscriptions/subscription.ts';

const storedSchema = v.object({ sealed: v.array(sealedSecretSchema) });

/** The values of a webhook trigger's secret, newest first; undefined where it has none. */
export async function findTriggerSecret(table: Table, triggerId: string): Promise<readonly SealedSecret[] | undefined> {
  const item = await getItem(table, itemKey.triggerSecrets(triggerId));
  return item && v.parse(storedSchema, item).sealed;
}

/** Replaces them. It is an item of its own, so that no deployment of the trigger takes it away. */
export async function saveTriggerSecret(table: Table, triggerId: string, sealed: readonly SealedSecret[]): Promise<void> {
  await putItem(table, { ...itemKey.triggerSecrets(triggerId), sealed: [...sealed] });
}
