import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Problem } from '../../core/errors.ts';
import { decodeCursor, type Page, readPage } from '../../core/paging.ts';

const sortOf = (second: number, id: number) => `2026-03-01T12:00:${String(second).padStart(2, '0')}.000Z#${id}`;

/** A list spread over shards, and readers of its pages. */
function spread(sorts: readonly string[], shards: number) {
  const lists = Array.from({ length: shards }, (_, shard) =>
    sorts.filter((_sort, index) => index % shards === shard).toSorted((one, other) => (one < other ? 1 : -1)),
  );
  return lists.map(
    (list) => async (after: string | undefined, limit: number) =>
      list
        .filter((sort) => after === undefined || sort < after)
        .slice(0, limit)
        .map((sort) => ({ sort })),
  );
}

async function readAll(read: (after: string | undefined) => Promise<Page<string>>): Promise<string[][]> {
  const pages: string[][] = [];
  for (let after: string | undefined; ; ) {
    const { items, next } = await read(after);
    pages.push([...items]);
    if (next === undefined) return pages;
    after = decodeCursor(next);
  }
}

const sorts = fc
  .uniqueArray(fc.tuple(fc.nat(59), fc.nat(1000)), { maxLength: 60, selector: ([second, id]) => sortOf(second, id) })
  .map((pairs) => pairs.map(([second, id]) => sortOf(second, id)));

describe('the pages of a list that is spread over shards', () => {
  test('are together the whole list, newest first, nothing twice, each but the last one full', async () => {
    await fc.assert(
      fc.asyncProperty(sorts, fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 10 }), async (all, shards, limit) => {
        const lists = spread(all, shards);
        const load = async (keys: readonly { sort: string }[]) => keys.map(({ sort }) => sort);
        const pages = await readAll((after) => readPage({ lists, load }, { limit, after }));
        expect(pages.flat()).toEqual(all.toSorted().toReversed());
        expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
      }),
    );
  });

  test('hold just what is kept, without what is gone', async () => {
    await fc.assert(
      fc.asyncProperty(sorts, fc.integer({ min: 1, max: 10 }), async (all, limit) => {
        const isKept = (sort: string) => !sort.endsWith('1');
        const isGone = (sort: string) => sort.endsWith('2');
        const load = async (keys: readonly { sort: string }[]) => keys.map(({ sort }) => (isGone(sort) ? undefined : sort));
        const pages = await readAll((after) => readPage({ lists: spread(all, 3), load, keep: isKept }, { limit, after }));
        const expected = all.filter((sort) => isKept(sort) && !isGone(sort));
        expect(pages.flat()).toEqual(expected.toSorted().toReversed());
      }),
    );
  });

  test('stop looking for what a filter keeps, and say where to go on', async () => {
    const endless = async (after: string | undefined, limit: number) => {
      const from = after === undefined ? 99_999 : Number(after.split('#')[1]);
      return Array.from({ length: limit }, (_, index) => ({ sort: `2026-03-01T12:00:00.000Z#${from - 1 - index}` }));
    };
    const load = async (keys: readonly { sort: string }[]) => keys.map(({ sort }) => sort);
    const page = await readPage({ lists: [endless], load, keep: () => false }, { limit: 1 });
    expect(page.items).toEqual([]);
    expect(page.next).toBeDefined();
  });
});

test('a cursor that no list gave is a 400, whatever it is', () => {
  const almost = fc.string().map((text) => Buffer.from(`2026-03-01T12:00:00.000Z#${text}`).toString('base64url'));
  fc.assert(
    fc.property(fc.oneof(fc.string(), almost), (cursor) => {
      try {
        expect(Buffer.from(decodeCursor(cursor)).toString('base64url')).toBe(cursor);
      } catch (error) {
        expect(error).toBeInstanceOf(Problem);
        expect(error).toMatchObject({ status: 400, errors: [{ parameter: 'cursor' }] });
      }
    }),
  );
});
