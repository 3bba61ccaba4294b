import { describe, expect, test } from '@jest/globals';
import { parseDefinition } from '../../../core/workflows/definition-file.ts';
import { InvalidFileError } from '../../../core/workflows/source-text.ts';

/** The mistakes of a definition whose first state is `A`; `B` ends it. */
function mistakesOf(state: object, language = 'JSONata'): string[] {
  const states = { A: state, B: { Type: 'Succeed' } };
  const text = JSON.stringify({ QueryLanguage: language, StartAt: 'A', States: states });
  try {
    parseDefinition('d.asl.json', text, ['greet']);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidFileError)) throw error;
    return error.mistakes.map(({ message }) => message);
  }
}

const task = (fields: object) => ({ Type: 'Task', Resource: `\${tasks.greet}`, Next: 'B', ...fields });
const wait = (fields: object) => ({ Type: 'Wait', Next: 'B', ...fields });

// https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
describe('what is wrong with a field is told with what to write', () => {
  test.each([
    [wait({ Seconds: 'five' }), 'has Seconds, which must be a whole number from 0 to 99999999, or computed by {% ... %}.'],
    [
      wait({ Timestamp: 'tomorrow' }),
      'has Timestamp, which must be a time with its offset, such as 2027-01-31T18:00:00Z, or computed by {% ... %}.',
    ],
    [wait({}), 'needs exactly one of Seconds, Timestamp.'],
    [wait({ Seconds: 1, Timestamp: '2027-01-31T18:00:00Z' }), 'needs exactly one of Seconds, Timestamp.'],
    [task({ TimeoutSeconds: 0 }), 'has TimeoutSeconds, which must be a whole number from 1 to 99999999, or computed by {% ... %}.'],
    [{ Type: 'Choice', Default: 'B' }, 'needs Choices: a list of rules, each with a Condition and Next.'],
    [{ Type: 'Choice', Choices: [], Default: 'B' }, 'needs Choices: a list of rules, each with a Condition and Next.'],
    [{ Type: 'Choice', Choices: [{ Next: 'B' }] }, 'has a rule that needs a Condition in {% and %}.'],
    [{ Type: 'Parallel', Branches: [], Next: 'B' }, 'needs Branches: a list of mappings with StartAt and States.'],
    [{ Type: 'Map', Items: [1], Next: 'B' }, 'needs an ItemProcessor with StartAt and States, which runs for each item.'],
    // https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    [task({ Catch: { ErrorEquals: ['X'], Next: 'B' } }), 'has Catch, which must be a list of rules with ErrorEquals.'],
    [task({ Catch: [{ ErrorEquals: ['X'] }] }), 'needs Next here, with the name of a state.'],
    [
      task({ Retry: [{ ErrorEquals: 'X' }] }),
      'has a rule of Retry whose ErrorEquals must be a list of errors, such as [States.ALL].',
    ],
    [task({ Retry: [{ ErrorEquals: ['States.ALL', 'X'] }] }), 'has States.ALL in Retry, which must stand alone, in the last rule.'],
    [
      task({
        Catch: [
          { ErrorEquals: ['States.ALL'], Next: 'B' },
          { ErrorEquals: ['X'], Next: 'B' },
        ],
      }),
      'has States.ALL in Catch, which must stand alone, in the last rule.',
    ],
    [
      task({ Retry: [{ ErrorEquals: ['X'], MaxAttempts: -1 }] }),
      'has MaxAttempts in Retry, which must be a whole number from 0 to 99999999.',
    ],
    [
      task({ Retry: [{ ErrorEquals: ['X'], BackoffRat: 2 }] }),
      'has BackoffRat in a rule of Retry, which has no such field; did you mean BackoffRate?',
    ],
  ])('%j', (state, problem) => {
    expect(mistakesOf(state)).toEqual([`The state "A" ${problem}`]);
  });
});

test('all of a state are told at once, beside what is wrong with its ways', () => {
  const state = task({ TimeoutSeconds: -1, Retry: [{ ErrorEquals: [] }], Next: 'C' });

  const mistakes = mistakesOf(state);

  expect(mistakes).toHaveLength(3);
});

test('a JSONata state may compute its numbers and texts', () => {
  expect(mistakesOf(wait({ Seconds: '{% 1 + 1 %}' }))).toEqual([]);
  expect(mistakesOf(task({ TimeoutSeconds: `\${workflow.input.body.limit}` }))).toEqual([]);
  expect(mistakesOf({ Type: 'Choice', Choices: [{ Condition: `\${workflow.input.body.ok}`, Next: 'B' }], Default: 'B' })).toEqual(
    [],
  );
});

test('a JSONPath state takes a path in a field of its own', () => {
  expect(mistakesOf(wait({ SecondsPath: '$.seconds' }), 'JSONPath')).toEqual([]);
  expect(mistakesOf(wait({}), 'JSONPath')).toEqual([
    'The state "A" needs exactly one of Seconds, SecondsPath, Timestamp, TimestampPath.',
  ]);
});

test('a state that nothing leads to is told beside what is wrong within others', () => {
  const text = JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'A',
    States: { A: { Type: 'Wait', Seconds: -1, End: true }, Island: { Type: 'Succeed' } },
  });

  expect(() => parseDefinition('d.asl.json', text, [])).toThrow(/has Seconds.*\n.*No state leads to the state "Island"/);
});

// https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
describe('a JSONPath rule of a Choice', () => {
  const choice = (rule: object) => ({ Type: 'Choice', Choices: [{ ...rule, Next: 'B' }] });

  test.each([
    [{ Variable: '$.x' }, 'has a rule that needs exactly one comparison, such as StringEquals.'],
    [{ IsNull: true }, 'has a rule that needs a Variable, such as $.order.id.'],
    [{ Variable: '$.x', NumericEquals: '1' }, 'has NumericEquals in a rule, which takes a number.'],
    [{ And: [] }, 'has And in a rule, which takes a list of rules.'],
    [{ Not: { Variable: '$.x', IsNull: true, Next: 'B' } }, 'has Next in a rule, which has no such field.'],
  ])('%j', (rule, problem) => {
    expect(mistakesOf(choice(rule), 'JSONPath')).toEqual([`The state "A" ${problem}`]);
  });

  test('may combine others', () => {
    const rule = { Or: [{ Not: { Variable: '$.x', IsPresent: true } }, { Variable: '$.x', StringLessThanPath: '$.y' }] };

    expect(mistakesOf(choice(rule), 'JSONPath')).toEqual([]);
  });
});
