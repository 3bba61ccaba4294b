import { describe, expect, test } from '@jest/globals';
import { formatDuration, formatRecord, formatTable, formatTime } from '../../../bin/commands/table.ts';

describe('formatTable', () => {
  test('aligns columns and leaves no spaces at line ends', () => {
    const text = formatTable(
      ['ID', 'NAME'],
      [
        ['a', 'first'],
        ['longer', 'x'],
      ],
    );
    expect(text.split('\n')).toEqual(['ID      NAME', 'a       first', 'longer  x']);
  });

  test('a cell cannot steer the terminal or break its line', () => {
    expect(formatTable(['NAME'], [['\u001b[2Jred\nnext\u009b1m']])).toBe('NAME\n\uFFFD[2Jred next\uFFFD1m');
  });
});

test('formatRecord leaves out what has no value', () => {
  expect(formatRecord({ id: 'a', error: undefined, status: 'FAILED' })).toBe('id:      a\nstatus:  FAILED');
});

test.each([
  [-5, '0 ms'],
  [87, '87 ms'],
  [999.9, '999 ms'],
  [4_260, '4.2 s'],
  [59_999, '59.9 s'],
  [185_000, '3 m 05 s'],
  [7_200_000, '2 h 00 m'],
  [273_600_000, '3 d 04 h'],
])('%d ms read as %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

describe('formatTime', () => {
  const now = new Date(2026, 0, 31, 18, 0, 0);

  test('today needs no date', () => {
    expect(formatTime(new Date(2026, 0, 31, 15, 4, 5).toISOString(), now)).toBe('15:04:05');
  });

  test('another day needs no seconds', () => {
    expect(formatTime(new Date(2026, 0, 30, 15, 4, 5).toISOString(), now)).toBe('2026-01-30 15:04');
  });

  test('what is no time is shown as it is', () => {
    expect(formatTime('soon', now)).toBe('soon');
  });
});
