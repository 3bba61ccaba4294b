import { describe, expect, test } from '@jest/globals';
import { parseId, parseLifetime, parseLimit } from '../../../bin/commands/arguments.ts';

describe('parseLifetime', () => {
  test.each([
    ['90s', 90],
    ['15m', 900],
    ['12h', 43_200],
    ['30d', 2_592_000],
    ['2w', 1_209_600],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseLifetime(text)).toBe(seconds);
  });

  test.each(['30', '0d', '-1d', '1.5h', '1y', ''])('refuses %j', (text) => {
    expect(() => parseLifetime(text)).toThrow('Give a number and a unit');
  });
});

test.each(['', '..', 'a/b', 'a?b', 'a b'])('%j is no id', (text) => {
  expect(() => parseId(text)).toThrow('An id is made of');
});

test.each(['0', '-1', '1e3', 'x', ''])('%j is no limit', (text) => {
  expect(() => parseLimit(text)).toThrow('Give a whole number');
});
