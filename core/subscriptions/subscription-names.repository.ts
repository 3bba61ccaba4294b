import * as v from 'valibot';
import { getItem, holds, putItem, type Table, updateItem } from '../aws/table.ts';
import { itemKey } from '../keys.ts';

const entrySchema = v.object({
  /** The subscription's. */
  id: v.string(),
  integration: v.string(),
  /** When it was reserved. */
  at: v.string(),
  /** The second name of a subscription that is being renamed. */
  uncounted: v.optional(v.literal(true)),
});
export type NameEntry = v.InferOutput<typeof entrySchema>;

/** Names and counts are in one item, so that one conditional write decides over both, however many come at once. */
const namesSchema = v.object({ byName: v.record(v.string(), entrySchema), counts: v.record(v.string(), v.number()) });

export async function findNames(table: Table, workspace: string): Promise<v.InferOutput<typeof namesSchema>> {
  const item = await getItem(table, itemKey.subscriptionNames(workspace), { consistent: true });
  return item ? v.parse(namesSchema, item) : { byName: {}, counts: {} };
}

/** Takes a name and counts it; false when the name is taken or the integration has `limit` of them. */
export async function reserveName(
  table: Table,
  workspace: string,
  name: string,
  entry: NameEntry,
  limit: number,
): Promise<boolean> {
  await makeItem(table, workspace);
  return holds(
    updateItem(table, {
      key: itemKey.subscriptionNames(workspace),
      expression: 'SET byName.#name = :entry, counts.#integration = if_not_exists(counts.#integration, :zero) + :one',
      condition:
        'attribute_not_exists(byName.#name) AND (attribute_not_exists(counts.#integration) OR counts.#integration < :limit)',
      names: { '#name': name, '#integration': entry.integration },
      values: { ':entry': entry, ':zero': 0, ':one': 1, ':limit': limit },
    }),
  );
}

/** Takes a second name for a subscription; it may hold it already. */
export function reserveForRename(table: Table, workspace: string, name: string, entry: NameEntry): Promise<boolean> {
  return holds(
    updateItem(table, {
      key: itemKey.subscriptionNames(workspace),
      expression: 'SET byName.#name = :entry',
      condition: 'attribute_not_exists(byName.#name) OR (byName.#name.id = :id AND attribute_exists(byName.#name.uncounted))',
      names: { '#name': name },
      values: { ':entry': entry, ':id': entry.id },
    }),
  );
}

/** Makes the second name the counted one, and frees the first. */
export async function finishRename(table: Table, workspace: string, from: string, to: string, entry: NameEntry): Promise<void> {
  await holds(
    updateItem(table, {
      key: itemKey.subscriptionNames(workspace),
      expression: 'SET byName.#to = :entry REMOVE byName.#from',
      condition: 'byName.#from.id = :id AND byName.#to.id = :id',
      names: { '#from': from, '#to': to },
      values: { ':entry': entry, ':id': entry.id },
    }),
  );
}

/** Frees a name, unless it is another's by now. */
export async function releaseName(table: Table, workspace: string, name: string, entry: NameEntry): Promise<void> {
  const isCounted = entry.uncounted === undefined;
  await holds(
    updateItem(table, {
      key: itemKey.subscriptionNames(workspace),
      expression: isCounted ? 'SET counts.#integration = counts.#integration - :one REMOVE byName.#name' : 'REMOVE byName.#name',
      condition: `byName.#name.id = :id AND attribute_${isCounted ? 'not_' : ''}exists(byName.#name.uncounted)`,
      names: { '#name': name, ...(isCounted && { '#integration': entry.integration }) },
      values: { ':id': entry.id, ...(isCounted && { ':one': 1 }) },
    }),
  );
}

async function makeItem(table: Table, workspace: string): Promise<void> {
  const key = itemKey.subscriptionNames(workspace);
  if (await getItem(table, key)) return;
  // False when somebody else made it meanwhile.
  await holds(putItem(table, { ...key, byName: {}, counts: {} }, { ifAbsent: true }));
}
