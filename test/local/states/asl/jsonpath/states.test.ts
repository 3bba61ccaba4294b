import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../../../../local/aws/service.ts';
import { StatesError } from '../../../../../local/states/asl/errors.ts';
import { runStates, TASK } from '../run-definition.ts';

const run = (states: Readonly<Record<string, Json>>, options: Parameters<typeof runStates>[1] = {}) =>
  runStates(states, { ...options, language: 'JSONPath' });

// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
describe('input and output of a Task', () => {
  const input = { order: { id: 7, lines: [1, 2] }, other: 'kept' };

  test('go through InputPath, Parameters, ResultSelector, ResultPath and OutputPath', async () => {
    const asked: unknown[] = [];
    const ran = await run(
      {
        A: {
          ...TASK,
          InputPath: '$.order',
          Parameters: { 'id.$': '$.id', fixed: true, deep: [{ 'first.$': '$.lines[0]' }], 'by.$': '$$.Execution.Name' },
          ResultSelector: { 'status.$': '$.code', 'text.$': "States.Format('got {}', $.code)" },
          ResultPath: '$.order.answer',
          OutputPath: '$.order',
          End: true,
        },
      },
      { input, task: (request) => ({ code: 199 + asked.push(request.arguments) }) },
    );
    expect(asked).toEqual([{ id: 7, fixed: true, deep: [{ first: 1 }], by: 'one' }]);
    expect(ran.output).toEqual({ id: 7, lines: [1, 2], answer: { status: 200, text: 'got 200' } });
  });

  test.each([
    [{}, 'result'],
    [{ ResultPath: null }, input],
    [{ ResultPath: '$.order.lines[1]' }, { order: { id: 7, lines: [1, 'result'] }, other: 'kept' }],
    [{ ResultPath: null, OutputPath: null }, {}],
    [
      { InputPath: '$.order', ResultPath: '$.new.deep' },
      { ...input, new: { deep: 'result' } },
    ],
  ])('with %j come out so', async (fields, output) => {
    expect((await run({ A: { ...TASK, ...fields, End: true } }, { input, task: () => 'result' })).output).toEqual(output);
  });

  test('InputPath null hands over an empty object', async () => {
    const ran = await run({ A: { ...TASK, InputPath: null, End: true } }, { input, task: ({ arguments: given }) => given });
    expect(ran.output).toEqual({});
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
  test.each([
    [{ Parameters: { 'x.$': '$.missing' } }, 'States.ParameterPathFailure', "'$.missing' specified for the field 'Parameters'"],
    [{ ResultPath: '$.other.deep' }, 'States.ResultPathMatchFailure', "The ResultPath '$.other.deep' cannot be applied"],
    [{ Parameters: { 'x.$': 'States.ArrayLength($.other)' } }, 'States.IntrinsicFailure', 'States.ArrayLength'],
    [{ OutputPath: '$.missing' }, 'States.Runtime', "'$.missing' specified for the field 'OutputPath'"],
  ])('with %j fail with %s', async (fields, error, cause) => {
    const ran = await run({ A: { ...TASK, ...fields, End: true } }, { input, task: () => input });
    const direct = await run({ A: { ...TASK, ...fields, End: true } }, { input: { other: 'text' }, task: () => ({}) });
    expect([ran, direct]).toContainEqual(expect.objectContaining({ error, cause: expect.stringContaining(cause) }));
  });

  test('a catcher puts the error output at its ResultPath', async () => {
    const ran = await run(
      {
        A: {
          ...TASK,
          OutputPath: '$.order',
          Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Assign: { 'why.$': '$.Cause' }, Next: 'B' }],
          End: true,
        },
        B: { Type: 'Pass', Parameters: { 'all.$': '$', 'why.$': '$why' }, End: true },
      },
      {
        input,
        task() {
          throw new StatesError('Broken', 'it broke');
        },
      },
    );
    expect(ran.output).toEqual({ all: { ...input, failure: { Error: 'Broken', Cause: 'it broke' } }, why: 'it broke' });
  });

  test('time out after TimeoutSecondsPath', async () => {
    const ran = await run(
      { A: { ...TASK, TimeoutSecondsPath: '$.s', End: true } },
      { input: { s: 7 }, task: () => new Promise(() => {}) },
    );
    expect(ran).toMatchObject({ error: 'States.Timeout', milliseconds: 7000 });
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/state-pass.html
test('Pass gives its Result, or its Parameters, at its ResultPath', async () => {
  const ran = await run(
    {
      A: { Type: 'Pass', Result: { x: 1, 'y.$': 'as it is' }, ResultPath: '$.a', Next: 'B' },
      B: { Type: 'Pass', Parameters: { 'sum.$': 'States.MathAdd($.a.x, 1)' }, ResultPath: '$.b', Next: 'C' },
      C: { Type: 'Pass', InputPath: '$.b', End: true },
    },
    { input: { in: 1 } },
  );
  expect(ran.output).toEqual({ sum: 2 });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
test.each([
  [{ Seconds: 10 }, 10_000],
  [{ SecondsPath: '$.s' }, 25_000],
  [{ Timestamp: '2026-01-01T00:01:00Z' }, 60_000],
  [{ TimestampPath: '$.at' }, 90_000],
])('Wait %j', async (fields, milliseconds) => {
  const input = { s: 25, at: '2026-01-01T01:01:30+01:00' };
  const ran = await run({ A: { Type: 'Wait', ...fields, OutputPath: '$.s', End: true } }, { input });
  expect(ran).toMatchObject({ milliseconds, output: 25 });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html
test('Fail takes its error and cause from paths or functions', async () => {
  const ran = await run(
    { A: { Type: 'Fail', ErrorPath: '$.error', CausePath: "States.Format('because of {}', $.n)" } },
    { input: { error: 'Mine', n: 3 } },
  );
  expect(ran).toMatchObject({ error: 'Mine', cause: 'because of 3' });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
test.each([
  [{ n: 11 }, 'big'],
  [{ n: 1 }, 'other'],
])('Choice with %j', async (input, output) => {
  const ran = await run(
    {
      A: {
        Type: 'Choice',
        Choices: [{ Variable: '$.n', NumericGreaterThan: 10, Assign: { 'n.$': '$.n' }, Next: 'Big' }],
        Default: 'Other',
      },
      Big: { Type: 'Pass', Result: 'big', End: true },
      Other: { Type: 'Pass', Result: 'other', End: true },
    },
    { input },
  );
  expect(ran.output).toBe(output);
});

// https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html
test('Parallel hands its Parameters to every branch', async () => {
  const branch = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Pass', OutputPath: '$.n', End: true } } });
  const ran = await run(
    {
      A: {
        Type: 'Parallel',
        Parameters: { 'n.$': '$.in' },
        Branches: [branch('B'), branch('C')],
        ResultSelector: { 'second.$': '$[1]' },
        ResultPath: '$.out',
        End: true,
      },
    },
    { input: { in: 4 } },
  );
  expect(ran.output).toEqual({ in: 4, out: { second: 4 } });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
test('Map takes ItemsPath, ItemSelector and MaxConcurrencyPath; Iterator is its processor’s old name', async () => {
  let active = 0;
  let most = 0;
  const ran = await run(
    {
      A: {
        Type: 'Map',
        ItemsPath: '$.items',
        MaxConcurrencyPath: '$.most',
        ItemSelector: { 'at.$': '$$.Map.Item.Index', 'value.$': '$$.Map.Item.Value', 'most.$': '$.most' },
        Iterator: { StartAt: 'B', States: { B: { ...TASK, End: true } } },
        ResultPath: '$.results',
        OutputPath: '$.results',
        End: true,
      },
    },
    {
      input: { items: ['a', 'b', 'c'], most: 2 },
      async task({ arguments: given }) {
        active += 1;
        most = Math.max(most, active);
        await new Promise((resolve) => setImmediate(resolve));
        active -= 1;
        return given;
      },
    },
  );
  expect(ran.output).toEqual(['a', 'b', 'c'].map((value, at) => ({ at, value, most: 2 })));
  expect(most).toBe(2);
});

// https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
test('Assign reads the result; later states read the variables, in either language', async () => {
  const ran = await run(
    {
      A: { ...TASK, Assign: { 'x.$': '$.n', y: [1] }, ResultPath: null, Next: 'B' },
      B: { Type: 'Wait', Seconds: 0, Assign: { 'z.$': '$.in' }, Next: 'C' },
      C: { Type: 'Pass', QueryLanguage: 'JSONata', Assign: { sum: '{% $x + $z %}' }, Output: { in: '{% $y %}' }, Next: 'D' },
      D: { Type: 'Pass', Parameters: { 'sum.$': '$sum', 'first.$': '$.in[0]', text: '{% not here %}' }, End: true },
    },
    { input: { in: 40 }, task: () => ({ n: 2 }) },
  );
  expect(ran.output).toEqual({ sum: 42, first: 1, text: '{% not here %}' });
});
