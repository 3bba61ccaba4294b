import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findPath, parsePath } from '../../../../../local/states/asl/jsonpath/path.ts';
import { PathSyntaxError } from '../../../../../local/states/asl/jsonpath/reader.ts';

const INPUT = {
  store: {
    book: [
      { category: 'reference', author: 'Nigel', price: 8.95 },
      { category: 'fiction', author: 'Evelyn', price: 12.99, isbn: 'x' },
      { category: 'fiction', author: 'Herman', price: 8.99, isbn: null },
    ],
    'a b': { 'c.d': 1 },
  },
  nothing: null,
};
const find = (path: string) =>
  findPath(parsePath(path), { input: INPUT, context: { Execution: { Name: 'one' } }, variables: { x: { y: [1, 2] } } });

// https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
describe('a path', () => {
  test.each([
    ['$', INPUT],
    ['$.store.book[0].author', 'Nigel'],
    ['$.store.book[-1].author', 'Herman'],
    ["$.store['a b']['c.d']", 1],
    ['$["nothing"]', null],
    ['$$.Execution.Name', 'one'],
    ['$x.y[1]', 2],
    ['$.store.book[*].author', ['Nigel', 'Evelyn', 'Herman']],
    ['$..author', ['Nigel', 'Evelyn', 'Herman']],
    ['$..book[0]..price', [8.95]],
    ['$.store.book[0,2].author', ['Nigel', 'Herman']],
    ['$.store.book[1:].author', ['Evelyn', 'Herman']],
    ['$.store.book[:-2].author', ['Nigel']],
    ["$.store.book[?(@.category=='fiction')].author", ['Evelyn', 'Herman']],
    ['$.store.book[?(@.price < 10 && @.isbn)].author', ['Herman']],
    ["$.store.book[?(!(@.price < 10) || @.author == 'Nigel')].author", ['Nigel', 'Evelyn']],
    ['$.store.book[?(@.price == $.store.book[0].price)].author', ['Nigel']],
    ['$.store.book[?(@.price > 100)]', []],
  ])('%s', (path, value) => {
    expect(find(path)).toEqual({ value });
  });

  test.each(['$.missing', '$.store.book[3]', '$.nothing.more', '$$.Task', '$z', '$.store.book.author', '$.toString'])(
    '%s finds nothing',
    (path) => {
      expect(find(path)).toBeUndefined();
    },
  );

  test.each(['', 'a', '$.', '$[', '$[a]', "$['a", '$.a b', '$.length()', '$[?(@.a = 1)]', '$[?(1 ==)]', '$..', '$[1:2:3]'])(
    '%j is refused',
    (path) => {
      expect(() => parsePath(path)).toThrow(PathSyntaxError);
    },
  );

  test('whatever it is, it is read or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...`$.@[]()'"\\?*:,-=!<>&|aé01 `) }), (text) => {
        try {
          find(`$${text}`);
        } catch (error) {
          expect(error).toBeInstanceOf(PathSyntaxError);
        }
      }),
    );
  });
});
