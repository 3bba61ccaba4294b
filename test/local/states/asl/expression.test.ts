import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StatesError } from '../../../../local/states/asl/errors.ts';
import { evaluateTemplate, isExpression } from '../../../../local/states/asl/expression.ts';
import { jsonataFunctions } from '../../../../local/states/asl/functions.ts';

const evaluate = (template: unknown, bindings: Record<string, unknown> = {}) =>
  evaluateTemplate(template, 'Output', { ...jsonataFunctions(() => 0.5), ...bindings });

const failure = async (template: unknown, bindings: Record<string, unknown> = {}): Promise<StatesError> => {
  const error: unknown = await evaluate(template, bindings).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StatesError)) throw new Error(`Expected a StatesError, not ${error}`);
  return error;
};

// https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
describe('a template', () => {
  test('has its expressions replaced at any depth, and keeps the rest', async () => {
    const template = { title: '{% $name & "!" %}', list: [1, '{% $name %}', { deep: '{% [1..3] %}' }], plain: '$name', none: null };
    await expect(evaluate(template, { name: 'Ada' })).resolves.toEqual({
      title: 'Ada!',
      list: [1, 'Ada', { deep: [1, 2, 3] }],
      plain: '$name',
      none: null,
    });
  });

  test('gives plain JSON: no flags of the engine stay on arrays', async () => {
    const value = await evaluate('{% $items[n > 1].n %}', { items: [{ n: 1 }, { n: 2 }, { n: 3 }] });
    expect(Object.getOwnPropertyNames(value)).toEqual(['0', '1', 'length']);
  });

  test('a string with blanks around the braces is no expression', () => {
    expect([' {% 1 %}', '{% 1 %} ', '{%}', 'x {% 1 %}'].map(isExpression)).toEqual([false, false, false, false]);
  });

  test.each([
    ['an undefined result', '{% $missing.name %}', /returned nothing \(undefined\)/],
    ['a type error', '{% 1 + "a" %}', /threw an error during evaluation/],
    ['a value out of range', '{% $power(10, 400) %}', /threw an error/],
    ['a function as the result', '{% function($x) { $x } %}', /contains a function/],
    ['$eval', "{% $eval('1 + 1') %}", /non-function/],
    ['endless recursion', '{% ($f := function($n) { 1 + $f($n + 1) }; $f(0)) %}', /threw an error/],
  ])('%s is a States.QueryEvaluationError that names the field', async (_what, template, cause) => {
    const error = await failure({ inner: template });
    expect(error.error).toBe('States.QueryEvaluationError');
    expect(error.cause).toMatch(cause);
    expect(error.cause).toContain("specified for the field 'Output/inner'");
  });

  test('nothing but a StatesError comes out of any expression', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 30 }), async (source) => {
        await evaluate(`{%${source}%}`).catch((error: unknown) => expect(error).toBeInstanceOf(StatesError));
      }),
    );
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions
describe('the functions that Step Functions adds', () => {
  test.each([
    [
      '$partition([1,2,3,4], 2)',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['$partition([1,2,3,4,5], 4)', [[1, 2, 3, 4], [5]]],
    ['$range(0, 10, 2)', [0, 2, 4, 6, 8, 10]],
    ['$range(1, 9, 3)', [1, 4, 7]],
    ['$range(3, 1, -1)', [3, 2, 1]],
    ["$hash('input data', 'SHA-1')", 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
    ["$hash('', 'MD5')", 'd41d8cd98f00b204e9800998ecf8427e'],
    ['$parse(\'{"foo": "bar"}\')', { foo: 'bar' }],
    ['$random()', 0.5],
    ['$random(7) = $random(7)', true],
    ["$length($hash('a', 'SHA-256')) + $length($hash('a', 'SHA-384')) + $length($hash('a', 'SHA-512'))", 64 + 96 + 128],
  ])('%s', async (expression, value) => {
    await expect(evaluate(`{% ${expression} %}`)).resolves.toEqual(value);
  });

  test('$uuid gives a version 4 UUID, another one each time', async () => {
    const ids = (await evaluate('{% [$uuid(), $uuid()] %}')) as string[];
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });

  test.each(["$parse('{')", "$hash('a', 'SHA-0')", '$range(1, 2, 0)', '$range(0, 1000000000, 1)', '$partition([1], 0)'])(
    '%s fails',
    async (expression) => {
      expect((await failure(`{% ${expression} %}`)).error).toBe('States.QueryEvaluationError');
    },
  );
});
