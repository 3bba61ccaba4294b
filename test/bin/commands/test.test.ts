import { describe, expect, test } from '@jest/globals';
import { describeTestRun } from '../../../bin/commands/test.ts';

const step = (path: string, more: object = {}) => ({ name: path, path, type: 'Pass', input: {}, attempts: 1, output: {}, ...more });
const headings = (text: string) => text.split('\n').filter((line) => /[✔✘]/.test(line));

describe('a test run for people', () => {
  test('puts iterations one after the other, indented', () => {
    const paths = ['Each', 'Each[0]/A', 'Each[1]/A', 'Each[1]/B[1]/X', 'Each[1]/B[0]/X', 'Each[0]/C', 'Last'];

    const text = describeTestRun({ status: 'SUCCEEDED', output: 1, steps: paths.map((path) => step(path)) });

    expect(headings(text)).toEqual([
      '✔ Each Pass',
      '  ✔ Each[0]/A Pass',
      '  ✔ Each[0]/C Pass',
      '  ✔ Each[1]/A Pass',
      '    ✔ Each[1]/B[0]/X Pass',
      '    ✔ Each[1]/B[1]/X Pass',
      '✔ Last Pass',
    ]);
  });

  test('does not show long values again', () => {
    const long = { text: 'x'.repeat(60) };
    const steps = [step('A', { output: long }), step('B', { input: long, output: long })];

    const text = describeTestRun({ status: 'SUCCEEDED', output: long, steps });

    expect(text).toContain('    input   (the output of A)\n    output  (its input)');
  });

  test('tells attempts, failures and where the run stopped', () => {
    const { output: _, ...failed } = step('A', { attempts: 3, error: 'Busy', cause: 'later' });

    const text = describeTestRun({ status: 'FAILED', error: 'Busy', cause: 'later', steps: [failed] });

    expect(text).toBe(
      ['✘ A Pass, 3 attempts', '    input   {}', '    error   Busy: later', '', 'FAILED', '    error   Busy: later'].join('\n'),
    );
  });

  test('lets no value steer the terminal', () => {
    const text = describeTestRun({
      status: 'FAILED',
      error: 'E',
      cause: '\u001b[2J',
      steps: [step('\u009bA', { input: '\u009b' })],
    });

    expect(['\u001b[2J', '\u009b'].filter((sequence) => text.includes(sequence))).toEqual([]);
  });
});
