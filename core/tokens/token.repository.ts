import * as v from 'valibot';
import { listItems } from '../aws/list.ts';
import { getItem, holds, putItem, type Table, updateItem } from '../aws/table.ts';
import { collection, collectionSort, INDEXES, itemKey } from '../keys.ts';
import type { Page, PageRequest } from '../paging.ts';
import { type Token, tokenSchema } from './token.ts';

export async function findToken(table: Table, tokenId: string): Promise<Token | undefined> {
  const item = await getItem(table, itemKey.token(tokenId));
  return item && v.parse(tokenSchema, item);
}

export async function saveToken(table: Table, token: Token): Promise<void> {
  await putItem(
    table,
    {
      ...itemKey.token(token.tokenId),
      ...token,
      collection: collection.tokens(token.workspace),
      collectionSort: collectionSort(token.createdAt, token.tokenId),
    },
    { ifAbsent: true },
  );
}

export function listTokens(table: Table, workspace: string, page: PageRequest): Promise<Page<Token>> {
  const partitions = [collection.tokens(workspace)];
  return listItems(table, { index: INDEXES.collection, partitions, schema: tokenSchema }, page);
}

/** Revokes a token; of one that is revoked already, the first time stays. */
export async function revokeToken(table: Table, tokenId: string, now: Date): Promise<void> {
  await updateItem(table, {
    key: itemKey.token(tokenId),
    expression: 'SET revokedAt = if_not_exists(revokedAt, :now)',
    condition: 'attribute_exists(pk)',
    values: { ':now': now.toISOString() },
  });
}

/** Notes the hour of the token's last use, unless that hour or a later one is noted. */
export async function saveTokenUse(table: Table, tokenId: string, hour: string): Promise<void> {
  await holds(
    updateItem(table, {
      key: itemKey.token(tokenId),
      expression: 'SET lastUsedAt = :hour',
      condition: 'attribute_exists(pk) AND (attribute_not_exists(lastUsedAt) OR lastUsedAt < :hour)',
      values: { ':hour': hour },
    }),
  );
}
