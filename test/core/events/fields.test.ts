import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseFields } from '../../../core/events/fields.ts';

describe('query and form fields', () => {
  test('are strings, or arrays where repeated', () => {
    expect(parseFields('a=1,2&b=&a=3&c=%20x')).toEqual({ a: ['1,2', '3'], b: '', c: ' x' });
  });

  test('named __proto__ are fields like any other', () => {
    expect(Object.entries(parseFields('__proto__=1&constructor=2'))).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });

  test('any text is read', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof parseFields(text) === 'object'));
  });
});
