import { describe, expect, test } from '@jest/globals';
import { cached } from '../../core/cache.ts';

function aCache(values: Record<string, string>) {
  const loads: string[] = [];
  const clock = { now: 0 };
  const find = cached(
    100,
    async (...key: string[]) => {
      loads.push(key.join('/'));
      return values[key.join('/')];
    },
    { now: () => clock.now, settled: (value) => value !== 'soon' },
  );
  return { find, loads, clock, values };
}

describe('the cache', () => {
  test('loads a value once within its time, and again after it', async () => {
    const cache = aCache({ a: 'one' });
    await cache.find('a');
    cache.clock.now = 99;
    cache.values.a = 'two';
    expect(await cache.find('a')).toBe('one');
    cache.clock.now = 100;
    expect(await cache.find('a')).toBe('two');
    expect(cache.loads).toEqual(['a', 'a']);
  });

  test('does not remember what was not there', async () => {
    const cache = aCache({});
    expect(await cache.find('a')).toBeUndefined();
    cache.values.a = 'now';
    expect(await cache.find('a')).toBe('now');
  });

  test('does not remember what is about to change', async () => {
    const cache = aCache({ a: 'soon' });
    expect(await cache.find('a')).toBe('soon');
    cache.values.a = 'now';
    expect(await cache.find('a')).toBe('now');
  });

  test('tells keys of several parts apart', async () => {
    const cache = aCache({ 'a/b': 'one', 'a,b/': 'two' });
    expect(await cache.find('a', 'b')).toBe('one');
    expect(await cache.find('a,b', '')).toBe('two');
  });

  test('holds at most a thousand keys', async () => {
    const cache = aCache(Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [String(n), 'x'])));
    for (let n = 0; n < 1_001; n++) await cache.find(String(n));
    cache.loads.length = 0;
    await cache.find('0');
    await cache.find('1000');
    expect(cache.loads).toEqual(['0']);
  });

  test('lets go of what is over as soon as another is loaded', async () => {
    const cache = aCache({ a: 'one', b: 'two' });
    await cache.find('a');
    cache.clock.now = 150;
    await cache.find('b');
    // Only a clock set back can show it: `a` would be within its time again.
    cache.clock.now = 50;
    await cache.find('a');
    expect(cache.loads).toEqual(['a', 'b', 'a']);
  });
});
