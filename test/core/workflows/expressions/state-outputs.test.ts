import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../../../local/aws/service.ts';
import { StatesError } from '../../../../local/states/asl/errors.ts';
import { runStates, TASK } from '../../../local/states/asl/run-definition.ts';
import { compiled, mistakesOf } from './evaluate.ts';

type States = Readonly<Record<string, Json>>;
type Options = Parameters<typeof runStates>[1];

const run = async (states: States, options?: Options) => (await runStates(compiled(states), options)).output;

const read = (text: string): Json => ({ Type: 'Pass', Output: text, End: true });

const graph = (states: States) => ({ StartAt: Object.keys(states)[0], States: states });

const messages = (states: States) => mistakesOf(states).map(({ message }) => message);

const fails = () => {
  throw new StatesError('Declined', 'no funds');
};

// https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
// https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
describe("a state's output is what it hands on", () => {
  const between = { Type: 'Pass', Output: 'forgotten', Next: 'Here' };

  test.each<[string, Json, unknown]>([
    ['of a Task without Output', TASK, ['done']],
    ['of a Task with Output', { ...TASK, Output: { first: '{% $states.result[0] %}' } }, { first: 'done' }],
    ['of a Pass without Output', { Type: 'Pass' }, { n: 1 }],
    ['of a Pass with a literal Output', { Type: 'Pass', Output: [[]] }, [[]]],
    ['of a Pass whose Output has an expression', { Type: 'Pass', Output: `was \${activityId}` }, 'was '],
    ['of a Wait', { Type: 'Wait', Seconds: 1 }, { n: 1 }],
    ['of a Parallel', { Type: 'Parallel', Branches: [graph({ In: { ...TASK, End: true } })] }, [['done']]],
    ['of a Map', { Type: 'Map', Items: [1], ItemProcessor: graph({ In: { ...TASK, End: true } }) }, [['done']]],
    ['of a state with an Assign', { Type: 'Pass', Output: 5, Assign: { mine: 6 } }, 5],
  ])('%s', async (_, state, expected) => {
    const states = { A: { ...state, Next: 'B' }, B: between, Here: read(`\${A.output}`) };

    expect(await run(states, { input: { n: 1 }, task: () => ['done'] })).toEqual(expected);
  });

  test('by the rule that a Choice takes, or its default', async () => {
    const states = {
      A: {
        Type: 'Choice',
        Choices: [{ Condition: `{% $states.input = 1 %}`, Output: 'one', Assign: { mine: true }, Next: 'B' }],
        Output: 'other',
        Default: 'B',
      },
      B: between,
      Here: read(`\${A.output}`),
    };

    expect(await run(states, { input: 1 })).toBe('one');
    expect(await run(states, { input: 2 })).toBe('other');
  });

  test('by a catcher: the error, or the Output of the catcher', async () => {
    const catching = (catcher: Json) => ({
      A: { ...TASK, Next: 'B', Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B', ...catcher }] },
      B: between,
      Here: read(`\${A.output.Cause}`),
    });

    expect(await run(catching({}), { task: fails })).toBe('no funds');
    expect(await run(catching({ Output: { Cause: '{% $states.errorOutput.Error %}' } }), { task: fails })).toBe('Declined');
    expect(await run(catching({ Assign: { mine: 1 } }), { task: () => ({ Cause: 'none' }) })).toBe('none');
  });

  test('the last time it ran', async () => {
    const states = {
      A: { Type: 'Pass', Output: `{% $states.input + 1 %}`, Next: 'B' },
      B: { Type: 'Choice', Choices: [{ Condition: '{% $states.input < 3 %}', Next: 'A' }], Default: 'Here' },
      Here: read(`\${A.output}`),
    };

    expect(await run(states, { input: 0 })).toBe(3);
  });

  test('whatever the state is called, beside variables of its own', async () => {
    const states = {
      'Look up': { Type: 'Pass', Output: 1, Assign: { output_Look_up: 'mine' }, Next: 'Look-up' },
      'Look-up': { Type: 'Pass', Output: 2, Next: '{x.output}' },
      '{x.output}': { Type: 'Pass', Output: 3, Next: 'workflow' },
      workflow: { Type: 'Pass', Output: 4, Next: 'Ünïcode 検索 (2)?' },
      'Ünïcode 検索 (2)?': { Type: 'Pass', Output: 5, Next: 'Here' },
      Here: read(
        `\${Look up.output} \${Look-up.output} \${['{x.output}'].output} \${['workflow'].output} \${Ünïcode 検索 (2)?.output}`,
      ),
    };
    const own = { ...states, Here: { ...states.Here, Output: ['{% $output_Look_up %}', states.Here.Output] } };

    expect(await run(own)).toEqual(['mine', '1 2 3 4 5']);
  });
});

describe('a state that has not run', () => {
  const states = {
    A: { Type: 'Choice', Choices: [{ Condition: '{% $states.input %}', Next: 'B' }], Default: 'Here' },
    B: { Type: 'Pass', Output: [1], Next: 'Here' },
    Here: read(`\${B.output}`),
  };

  test('on this way has the output null', async () => {
    expect(await run(states, { input: true })).toEqual([1]);
    expect(await run(states, { input: false })).toBeNull();
    expect(Object.keys(compiled(states))).toEqual(['A', 'B', 'Here']);
  });

  test('has it also when the start is come back to, which forgets nothing', async () => {
    const loop = {
      A: { ...states.A, Default: 'Last' },
      B: { Type: 'Pass', Assign: { seen: `\${B.output}` }, Output: false, Next: 'A' },
      Last: { Type: 'Pass', Output: [`\${B.output}`], End: true },
    };

    expect(await run(loop, { input: true })).toEqual([false]);
    expect(await run(loop, { input: false })).toEqual([null]);
    expect(Object.keys(compiled(loop))[0]).toBe('Before the first');
  });

  test('because it failed where the start did too has the output null', async () => {
    const caught = { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Here' }] };

    expect(await run({ A: { ...TASK, ...caught, Next: 'B' }, B: states.B, Here: states.Here }, { task: fails })).toBeNull();
  });

  test.each<[string, States, string]>([
    [
      'comes later',
      { A: { ...read(`\${B.output}`), End: undefined, Next: 'B' } as unknown as Json, B: { Type: 'Succeed' } },
      'The state "B" cannot have run yet when this is evaluated: no way leads from it to here.',
    ],
    [
      'is itself',
      { A: read(`\${A.output}`) },
      'The state "A" has no output yet when this is evaluated: no way leads from it to here.',
    ],
    ['does not exist', { A: read(`\${Else.output}`) }, 'There is no state "Else" in this definition.'],
    [
      'is on the other way of a choice',
      { A: { ...states.A, Default: 'C' }, B: read('b'), C: read(`\${B.output}`) },
      'The state "B" cannot have run yet when this is evaluated: no way leads from it to here.',
    ],
  ])('because it %s is a mistake', (_, given, message) => {
    expect(messages(JSON.parse(JSON.stringify(given)) as States)).toEqual([message]);
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
describe('scopes', () => {
  const before = { Type: 'Pass', Output: ['before'], Next: 'All' };

  test('the inside of a Map and a Parallel reads what ran before in it and around it', async () => {
    const inner = { In: { Type: 'Pass', Next: 'Out' }, Out: read(`\${Before.output[0]} \${In.output} \${activityId}`) };
    const nested = { Deep: { Type: 'Parallel', Branches: [graph(inner)], End: true } };
    const states = { Before: before, All: { Type: 'Map', Items: ['a', 'b'], ItemProcessor: graph(nested), End: true } };

    expect(await run(states, { input: { activityId: 'x' } })).toEqual([['before a x'], ['before b x']]);
  });

  test('a state within that does not always run is null in each iteration where it did not', async () => {
    const inner = {
      If: { Type: 'Choice', Choices: [{ Condition: '{% $states.input = 1 %}', Next: 'Sometimes' }], Default: 'Out' },
      Sometimes: { Type: 'Pass', Next: 'Out' },
      Out: read(`\${Sometimes.output}`),
    };

    expect(await run({ All: { Type: 'Map', Items: [1, 2], ItemProcessor: graph(inner), End: true } })).toEqual([1, null]);
  });

  test('an item selector reads around the Map', async () => {
    const item = { n: '{% $states.context.Map.Item.Value %}', from: `\${Before.output}` };
    const all = { Type: 'Map', Items: [1], ItemSelector: item, ItemProcessor: graph({ In: { Type: 'Succeed' } }), End: true };

    expect(await run({ Before: before, All: all })).toEqual([{ n: 1, from: ['before'] }]);
  });

  const within = (text: string): States => ({
    Before: before,
    All: {
      Type: 'Parallel',
      Branches: [graph({ One: read('1') }), graph({ Two: read(text) })],
      Next: 'After',
    },
    After: read(text),
  });

  test.each([
    [
      `\${One.output}`,
      'The state "One" is within "All", which cannot be read from here; what it gives out is in the output of "All".',
    ],
    [`\${All.output}`, 'The state "All" has no output yet when this is evaluated: no way leads from it to here.'],
  ])('%s is a mistake where it cannot be read', (text, message) => {
    expect(messages(within(text))).toContain(message);
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
  test('the iterations of a distributed Map read what is in them, and nothing else', () => {
    const inner = { In: { Type: 'Pass', Next: 'Out' }, Out: read(`\${activityId}\${Before.output}\${In.output}`) };
    const ItemProcessor = { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, ...graph(inner) };

    expect(messages({ Before: before, All: { Type: 'Map', ItemProcessor, End: true } })).toEqual([
      expect.stringMatching(/^A distributed Map's iterations are executions of their own: what the workflow received cannot/),
      expect.stringMatching(/^A distributed Map's iterations are executions of their own: the output of "Before" cannot/),
    ]);
  });

  test.each<[string, Json, RegExp]>([
    ['that is JSONPath', { Type: 'Pass', QueryLanguage: 'JSONPath' }, /uses JSONPath; only outputs of JSONata states/],
    [
      'that is new each time',
      { Type: 'Pass', Output: { id: '{% $uuid() %}' } },
      /calls \$uuid, which gives another value each time/,
    ],
    ['of a state whose Assign is none', { Type: 'Pass', Assign: '{% 1 %}' }, /its Assign is not a mapping/],
  ])('an output %s cannot be read', (_, state, message) => {
    expect(messages({ A: { ...state, Next: 'B' }, B: read(`\${A.output}`) })).toEqual([expect.stringMatching(message)]);
  });
});
