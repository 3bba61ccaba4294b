import * as v from 'valibot';
import type { INDEXES } from '../keys.ts';
import { type Page, type PageRequest, readPage } from '../paging.ts';
import { batchGet, type IndexedKey, queryIndex, type Table } from './table.ts';

export interface ListQuery<Schema extends v.GenericSchema> {
  readonly index: (typeof INDEXES)[keyof typeof INDEXES];
  /** The partitions that the list is spread over. */
  readonly partitions: readonly string[];
  readonly schema: Schema;
  readonly keep?: ((item: v.InferOutput<Schema>) => boolean) | undefined;
}

/** One page of the items in a list, newest first. */
export function listItems<Schema extends v.GenericSchema>(
  table: Table,
  { index, partitions, schema, keep }: ListQuery<Schema>,
  page: PageRequest,
): Promise<Page<v.InferOutput<Schema>>> {
  return readPage<IndexedKey, v.InferOutput<Schema>>(
    {
      lists: partitions.map(
        (partition) => (after: string | undefined, limit: number) => queryIndex(table, index, { partition, after, limit }),
      ),
      load: async (keys) => {
        const items = new Map((await batchGet(table, keys)).map((item) => [`${item.pk}|${item.sk}`, v.parse(schema, item)]));
        return keys.map(({ pk, sk }) => items.get(`${pk}|${sk}`));
      },
      keep,
    },
    page,
  );
}
