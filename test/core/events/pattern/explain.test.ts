import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { explainPattern } from '../../../../core/events/pattern/explain.ts';
import { compilePattern } from '../../../../core/events/pattern/pattern.ts';

describe('an event that does not match', () => {
  test.each([
    ['another value', { a: { b: ['x'] } }, { a: { b: 'y' } }, { path: ['a', 'b'], expected: ['x'], found: ['y'] }],
    ['a field that is not there', { a: { b: ['x'] } }, { a: {} }, { path: ['a', 'b'], expected: ['x'], found: [] }],
    [
      'a field that must not be there',
      { a: [{ exists: false }] },
      { a: 1 },
      { path: ['a'], expected: [{ exists: false }], found: [1] },
    ],
    [
      'the second of two fields',
      { a: [1], b: [{ numeric: ['>', 5] }] },
      { a: 1, b: 5 },
      { path: ['b'], expected: [{ numeric: ['>', 5] }], found: [5] },
    ],
    [
      'the alternative that comes nearest',
      { $or: [{ a: [1], b: [1] }, { c: ['x'] }] },
      { c: 'y' },
      { path: ['c'], expected: ['x'], found: ['y'] },
    ],
    [
      'two fields that no element of an array has together',
      { lines: { sku: ['rye'], count: [2] } },
      {
        lines: [
          { sku: 'rye', count: 1 },
          { sku: 'oat', count: 2 },
        ],
      },
      { path: ['lines', 'count'], expected: [2], found: [1, 2] },
    ],
  ])('is told by %s', (_, pattern, event, mismatch) => {
    expect(explainPattern(pattern)(event)).toEqual(mismatch);
  });

  test('is told exactly when the pattern does not match', () => {
    const leaf = fc.constantFrom('x', 'y', 1, 2, true, null);
    const comparison = fc.oneof(
      leaf,
      fc.constant({ exists: false }),
      fc.constant({ exists: true }),
      fc.constant({ prefix: 'x' }),
      fc.constant({ 'anything-but': ['x'] }),
      fc.constant({ numeric: ['>=', 2] }),
      fc.constant({ wildcard: '*y' }),
    );
    const field = fc.array(comparison, { minLength: 1, maxLength: 3 });
    const fields = fc.dictionary(fc.constantFrom('a', 'b'), fc.oneof(field, fc.record({ c: field, d: field })), { minKeys: 1 });
    const pattern = fc.oneof(fields, fc.record({ $or: fc.tuple(fields, fields) }));
    const value: fc.Arbitrary<unknown> = fc.oneof(
      leaf,
      fc.array(leaf),
      fc.dictionary(fc.constantFrom('c', 'd'), leaf),
      fc.array(fc.dictionary(fc.constantFrom('c', 'd'), leaf)),
    );
    const event = fc.dictionary(fc.constantFrom('a', 'b'), value);

    fc.assert(
      fc.property(pattern, event, (given, happened) => {
        expect(explainPattern(given)(happened) === undefined).toBe(compilePattern(given)(happened));
      }),
      { numRuns: 500 },
    );
  });
});
