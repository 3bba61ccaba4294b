import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../../../local/aws/service.ts';
import { StatesError } from '../../../../local/states/asl/errors.ts';
import { runStates, TASK } from './run-definition.ts';

const branch = (name: string, state: Json) => ({ StartAt: name, States: { [name]: { End: true, ...state } } });
const distributed = (graph: Json) => ({ ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, ...graph });
const types = (events: readonly { type: string }[]) => events.map(({ type }) => type);

// https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html
describe('Parallel', () => {
  test('gives the outputs of its branches in order, each of which got its Arguments', async () => {
    const ran = await runStates({
      A: {
        Type: 'Parallel',
        Arguments: { n: 2 },
        Branches: [
          {
            StartAt: 'W',
            States: {
              W: { Type: 'Wait', Seconds: 5, Next: 'B' },
              B: { Type: 'Pass', Output: '{% $states.input.n + 1 %}', End: true },
            },
          },
          branch('C', { Type: 'Pass', Output: '{% $states.input.n * 10 %}' }),
        ],
        Output: { all: '{% $states.result %}' },
        End: true,
      },
    });
    expect(ran.output).toEqual({ all: [3, 20] });
    expect(types(ran.events)).toEqual([
      'ParallelStateEntered',
      'ParallelStateStarted',
      'WaitStateEntered',
      'PassStateEntered',
      'PassStateExited',
      'WaitStateExited',
      'PassStateEntered',
      'PassStateExited',
      'ParallelStateSucceeded',
      'ParallelStateExited',
    ]);
  });

  test('fails with the first failing branch, whose siblings stop', async () => {
    const ran = await runStates({
      A: {
        Type: 'Parallel',
        Branches: [
          branch('B', { Type: 'Fail', Error: 'Broken', Cause: 'why', End: undefined }),
          branch('C', { Type: 'Wait', Seconds: 100 }),
        ],
        Catch: [{ ErrorEquals: ['Broken'], Next: 'D' }],
        End: true,
      },
      D: { Type: 'Wait', Seconds: 200, Output: '{% $states.input.Cause %}', End: true },
    });
    expect(ran.output).toBe('why');
    expect(types(ran.events)).toContain('ParallelStateFailed');
    expect(types(ran.events).filter((type) => type === 'WaitStateExited')).toHaveLength(1);
  });

  test('is retried as a whole', async () => {
    let calls = 0;
    const ran = await runStates(
      {
        A: {
          Type: 'Parallel',
          Branches: [branch('B', TASK), branch('C', { Type: 'Pass', Output: 'c' })],
          Retry: [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 1 }],
          End: true,
        },
      },
      {
        task() {
          calls += 1;
          if (calls === 1) throw new StatesError('Busy');
          return calls;
        },
      },
    );
    expect(ran.output).toEqual([2, 'c']);
    expect(ran.milliseconds).toBe(1000);
    expect(types(ran.events).filter((type) => type === 'ParallelStateStarted')).toHaveLength(2);
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html#variable-scope
  test('its branches read outer variables; their own are gone after it', async () => {
    const ran = await runStates({
      A: { Type: 'Pass', Assign: { outer: 1 }, Next: 'P' },
      P: {
        Type: 'Parallel',
        Branches: [
          {
            StartAt: 'B',
            States: {
              B: { Type: 'Pass', Assign: { inner: '{% $outer + 1 %}' }, Next: 'C' },
              C: { Type: 'Pass', Output: '{% $inner %}', End: true },
            },
          },
        ],
        Assign: { seen: '{% $states.result[0] %}' },
        Next: 'E',
      },
      E: { Type: 'Pass', Output: { seen: '{% $seen %}', gone: '{% $exists($inner) %}' }, End: true },
    });
    expect(ran.output).toEqual({ seen: 2, gone: false });
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
describe('Map', () => {
  test('runs its processor for each item, selected with the context’s Map.Item', async () => {
    const ran = await runStates(
      {
        A: {
          Type: 'Map',
          Items: '{% $states.input.items %}',
          ItemSelector: {
            at: '{% $states.context.Map.Item.Index %}',
            value: '{% $states.context.Map.Item.Value %}',
            all: '{% $count($states.input.items) %}',
          },
          ItemProcessor: branch('B', {
            Type: 'Pass',
            Output: "{% $states.input.value & $string($states.input.at) & '/' & $string($states.input.all) %}",
          }),
          End: true,
        },
      },
      { input: { items: ['a', 'b'] } },
    );
    expect(ran.output).toEqual(['a0/2', 'b1/2']);
    expect(types(ran.events)).toEqual([
      'MapStateEntered',
      'MapStateStarted',
      'MapIterationStarted',
      'PassStateEntered',
      'MapIterationStarted',
      'PassStateEntered',
      'PassStateExited',
      'MapIterationSucceeded',
      'PassStateExited',
      'MapIterationSucceeded',
      'MapStateSucceeded',
      'MapStateExited',
    ]);
  });

  test.each([
    [0, 40],
    [3, 3],
    ['{% $states.input[0] + 2 %}', 2],
    [1000, 40],
  ])('MaxConcurrency %s runs %s iterations at once', async (MaxConcurrency, expected) => {
    let active = 0;
    let most = 0;
    const ran = await runStates(
      { A: { Type: 'Map', MaxConcurrency, ItemProcessor: branch('B', TASK), End: true } },
      {
        input: Array.from({ length: 50 }, (_, i) => i),
        async task({ arguments: item }) {
          active += 1;
          most = Math.max(most, active);
          await new Promise((resolve) => setImmediate(resolve));
          active -= 1;
          return item;
        },
      },
    );
    expect(most).toBe(expected);
    expect(ran.output).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  test('fails with the first failing iteration, and begins no more', async () => {
    const begun: unknown[] = [];
    const ran = await runStates(
      { A: { Type: 'Map', MaxConcurrency: 1, ItemProcessor: branch('B', TASK), End: true } },
      {
        input: [1, 2, 3],
        task({ arguments: item }) {
          begun.push(item);
          if (item === 2) throw new StatesError('Broken', 'at 2');
          return item;
        },
      },
    );
    expect(ran).toMatchObject({ error: 'Broken', cause: 'at 2' });
    expect(begun).toEqual([1, 2]);
    expect(types(ran.events).slice(-2)).toEqual(['MapIterationFailed', 'MapStateFailed']);
  });

  test('of no items gives an empty array; of something else than an array fails', async () => {
    const states = { A: { Type: 'Map', ItemProcessor: branch('B', TASK), End: true } };
    expect((await runStates(states, { input: [] })).output).toEqual([]);
    expect((await runStates(states, { input: { a: 1 } })).error).toBe('States.QueryEvaluationError');
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
describe('a distributed Map that tolerates failures', () => {
  const map = (fields: Json, language?: 'JSONPath') =>
    runStates(
      { A: { Type: 'Map', ...fields, ItemProcessor: distributed(branch('B', TASK)), End: true } },
      {
        input: [1, 2, 3, 4],
        ...(language && { language }),
        task({ arguments: item }) {
          if (Number(item) % 2 === 0) throw new StatesError('Broken', `at ${item}`);
          return item;
        },
      },
    );

  test.each([
    [{ ToleratedFailureCount: 2 }],
    [{ ToleratedFailurePercentage: 50 }],
    [{ ToleratedFailureCount: '{% $states.input[1] %}' }],
    [{ ToleratedFailureCount: 3, ToleratedFailurePercentage: '{% 50 %}' }],
  ])('by %j gives their error output in their places', async (fields) => {
    const ran = await map(fields);
    expect(ran.output).toEqual([1, { Error: 'Broken', Cause: 'at 2' }, 3, { Error: 'Broken', Cause: 'at 4' }]);
    expect(types(ran.events).filter((type) => type === 'MapIterationFailed')).toHaveLength(2);
    expect(types(ran.events)).toContain('MapStateSucceeded');
  });

  test.each([[{ ToleratedFailureCount: 1 }], [{ ToleratedFailurePercentage: 49 }], [{ ToleratedFailureCount: 0 }]])(
    'by %j fails beyond that with States.ExceedToleratedFailureThreshold',
    async (fields) => {
      expect((await map(fields)).error).toBe('States.ExceedToleratedFailureThreshold');
    },
  );

  test('has more than 40 iterations at once, and none of them reads variables from outside', async () => {
    let active = 0;
    let most = 0;
    const ran = await runStates(
      {
        S: { Type: 'Pass', Assign: { x: 1 }, Next: 'A' },
        A: {
          Type: 'Map',
          ItemProcessor: distributed(branch('B', { ...TASK, Output: '{% $exists($x) %}' })),
          End: true,
        },
      },
      {
        input: Array.from({ length: 50 }, (_, i) => i),
        async task() {
          active += 1;
          most = Math.max(most, active);
          await new Promise((resolve) => setImmediate(resolve));
          active -= 1;
          return null;
        },
      },
    );
    expect(most).toBe(50);
    expect(ran.output).toEqual(Array.from({ length: 50 }, () => false));
  });

  test('takes the number from a path in JSONPath', async () => {
    expect((await map({ ToleratedFailureCountPath: '$[1]' }, 'JSONPath')).output).toHaveLength(4);
  });
});
