import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cutToFit, fits } from '../../../core/events/fit.ts';

const accepts = (copy: unknown) => fits(JSON.stringify(copy));

describe('data too large for a run', () => {
  test('is cut at long strings and arrays and keeps its shape', () => {
    const cut = cutToFit({ id: 7, text: 'x'.repeat(300_000), list: Array.from({ length: 5_000 }, (_, n) => n) }, accepts);
    expect(cut).toEqual({ id: 7, text: 'x'.repeat(4096), list: Array.from({ length: 100 }, (_, n) => n) });
  });

  test('is cut harder until it fits', () => {
    const cut = cutToFit(
      Array.from({ length: 200 }, () => Array.from({ length: 200 }, () => 'y'.repeat(5_000))),
      accepts,
    );
    expect(accepts(cut)).toBe(true);
    expect(cut).not.toBeNull();
  });

  test('is null where no cutting helps', () => {
    const manyFields = Object.fromEntries(Array.from({ length: 40_000 }, (_, n) => [`field${n}`, n]));
    expect(cutToFit(manyFields, accepts)).toBeNull();
  });

  test('always fits, and never splits a character', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 10, max: 200 }), (data, limit) => {
        const copy = cutToFit(data, (candidate) => JSON.stringify(candidate).length <= limit);
        return (copy === null || JSON.stringify(copy).length <= limit) && JSON.stringify(copy).isWellFormed();
      }),
    );
  });
});
