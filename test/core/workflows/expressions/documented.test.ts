import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { mistakesOf, outputOf, received } from './evaluate.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/expressions.md'), 'utf8');

/** The rows of the table with this heading for its second column, without their backticks. */
function rowsOf(second: string): string[][] {
  const [, table = ''] = page.split(`| String | ${second} |`);
  const [lines = ''] = table.split('\n\n');
  const rows = lines.trimEnd().split('\n').slice(2);
  return rows.map((row) =>
    row.split(' | ').map((cell) =>
      cell
        .trim()
        .replace(/^\| | \|$/g, '')
        .replace(/^`(.*)`$/, '$1'),
    ),
  );
}

describe('what docs/expressions.md shows', () => {
  test.each(rowsOf('`workflow.input`'))('%s with %s is %s', async (text, input, value) => {
    const result = await outputOf(text ?? '', { input: received({ input: JSON.parse(input ?? '') }) });

    expect(result).toEqual(JSON.parse(value ?? ''));
  });

  test.each(rowsOf('Output of `Look up`'))('%s after %s is %s', async (text, output, value) => {
    const before = { 'Look up': { Type: 'Pass', Output: JSON.parse(output ?? '') } };

    expect(await outputOf(text ?? '', { before })).toEqual(JSON.parse(value ?? ''));
  });

  test.each(rowsOf('Column'))('%s is a mistake at column %s', (text, column, message) => {
    const states = {
      'Look up': { Type: 'Pass', Next: 'Here' },
      Here: { Type: 'Pass', Output: text, Next: 'After' },
      After: { Type: 'Pass', End: true },
    };

    expect(mistakesOf(states, text)).toEqual([{ column: Number(column), message }]);
  });
});
