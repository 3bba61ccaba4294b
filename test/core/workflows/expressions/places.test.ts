import { describe, expect, test } from '@jest/globals';
import { parseDefinition } from '../../../../core/workflows/definition-file.ts';
import { InvalidFileError } from '../../../../core/workflows/source-text.ts';
import type { Json } from '../../../../local/aws/service.ts';
import type { TaskRequest } from '../../../../local/states/asl/scope.ts';
import { runStates, TASK } from '../../../local/states/asl/run-definition.ts';
import { compiled, mistakesOf, received } from './evaluate.ts';

const input = received({ input: { body: { yes: true, text: 'true', n: 7, list: ['a'], nothing: null } } });
const body = (path: string) => `\${workflow.input.body.${path}}`;

const run = (states: Readonly<Record<string, Json>>, task?: (request: TaskRequest) => unknown) =>
  runStates(compiled(states), { input, ...(task && { task }) });

// https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
describe('an expression', () => {
  test('may stand in the arguments of a task and what it assigns', async () => {
    const states = {
      A: { ...TASK, Arguments: { list: [body('list'), `n=${body('n')}`] }, Assign: { mine: { n: body('n') } }, Next: 'B' },
      B: { Type: 'Pass', Output: ['{% $states.input %}', '{% $mine %}'], End: true },
    };

    expect((await run(states, (request) => request.arguments)).output).toEqual([{ list: [['a'], 'n=7'] }, { n: 7 }]);
  });

  test.each([
    ['yes', 'yes'],
    ['text', 'no'],
    ['nothing', 'no'],
    ['missing', 'no'],
  ])('as a condition holds when it is true: %s', async (path, expected) => {
    const states = {
      A: { Type: 'Choice', Choices: [{ Condition: body(path), Output: 'yes', Next: 'B' }], Output: 'no', Default: 'B' },
      B: { Type: 'Succeed' },
    };

    expect((await run(states)).output).toBe(expected);
  });

  test('may be the items of a Map, the seconds of a Wait and a timeout', async () => {
    const states = {
      A: { Type: 'Wait', Seconds: body('n'), Next: 'B' },
      B: { Type: 'Map', Items: body('list'), ItemProcessor: { StartAt: 'C', States: { C: { Type: 'Succeed' } } }, Next: 'D' },
      D: { ...TASK, Arguments: '{% $states.input %}', TimeoutSeconds: body('n'), End: true },
    };

    const { output, milliseconds } = await run(states, (request) => request.arguments);

    expect([output, milliseconds]).toEqual([['a'], 7000]);
  });

  test('is always a text as an error and its cause', async () => {
    expect(await run({ A: { Type: 'Fail', Error: body('n'), Cause: body('missing') } })).toMatchObject({ error: '7', cause: '' });
  });

  test.each<[string, Json, string]>([
    ['Next', { Type: 'Pass', Next: body('n') }, 'Next takes no expressions here'],
    ['Comment', { Type: 'Succeed', Comment: body('n') }, 'Comment takes no expressions here'],
    ['Type', { Type: body('n') }, 'Type takes no expressions here'],
    ['Resource', { Type: 'Task', Resource: body('n'), End: true }, 'Resource takes no expressions here'],
    ['ErrorEquals', { ...TASK, End: true, Retry: [{ ErrorEquals: [body('n')] }] }, 'ErrorEquals takes no expressions here'],
    ['a key', { Type: 'Pass', Output: { [body('n')]: 1 }, End: true }, 'A key cannot have an expression'],
    ['JSONPath', { Type: 'Pass', QueryLanguage: 'JSONPath', Parameters: { a: body('n') }, End: true }, 'Expressions need JSONata'],
    [
      'text and a number',
      { Type: 'Wait', Seconds: `1${body('n')}`, End: true },
      'Seconds with an expression is that expression alone',
    ],
    ['a task within text', { Type: 'Task', Resource: `arn:\${tasks.work}`, End: true }, `\${tasks.work} stands alone`],
    ['a connection elsewhere', { Type: 'Pass', Output: `\${connections.crm}`, End: true }, `\${connections.crm} stands alone`],
  ])('is a mistake in %s', (_, state, message) => {
    expect(mistakesOf({ A: state })).toEqual([expect.objectContaining({ message: expect.stringContaining(message) })]);
  });

  test('within JSONata is none', async () => {
    const states = { A: { Type: 'Pass', Output: `{% '\${workflow.id}' %}`, End: true } };

    expect((await run(states)).output).toBe(`\${workflow.id}`);
  });

  test('of a literal is not replaced by a task', () => {
    expect(compiled({ A: { Type: 'Pass', Output: `$\${tasks.work}`, End: true } }).A?.Output).toBe(`\${tasks.work}`);
  });
});

const definition = (...output: string[]) =>
  [
    'QueryLanguage: JSONata',
    'StartAt: A',
    'States:',
    '  A:',
    '    Type: Pass',
    '    End: true',
    ...output.map((line) => `    ${line}`),
  ].join('\n');

describe('the place of a mistake', () => {
  const mistakes = (text: string): string => {
    try {
      parseDefinition('a.asl.yaml', text, []);
      return '';
    } catch (error) {
      if (error instanceof InvalidFileError) return error.message;
      throw error;
    }
  };

  test.each([
    ['plain', [`Output: Hi \${activityId} and \${activityID}`], '7:36'],
    ['in single quotes', [`Output: 'It''s \${activityId} \${workflow.input.body[''a''].b c}'`], '7:64'],
    ['in double quotes', [`Output: "\\"\\u00e9\\" \${workflow.input.body[\\"a\\"].b c}"`], '7:55'],
    ['over lines', ['Output: |', `  Hi \${activityId}`, '', `  and \${workflow.idd}`], '10:22'],
    ['folded', ['Output: >-', '  Hi', `  and \${workflow.idd}`], '9:22'],
    ['in a list', ['Output:', '  - 1', `  - x\${workflow.idd}`], '9:21'],
  ])('in a text %s is line and column of what is wrong', (_, output, place) => {
    expect(mistakes(definition(...output))).toMatch(new RegExp(`^a\\.asl\\.yaml:${place}: `));
  });

  test('each mistake is told', () => {
    expect(mistakes(definition(`Output: \${} \${A b.output} \${x`, `Comment: \${activityId}`)).split('\n')).toHaveLength(4);
  });
});
