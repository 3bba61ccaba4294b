import { describe, expect, test } from '@jest/globals';
import { StatesError } from '../../../../local/states/asl/errors.ts';
import { runStates, TASK } from './run-definition.ts';

const types = (events: readonly { type: string }[]) => events.map(({ type }) => type);

// https://docs.aws.amazon.com/step-functions/latest/dg/state-pass.html
describe('Pass', () => {
  test('gives its input, or its Output', async () => {
    const ran = await runStates(
      { A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Output: { n: '{% $states.input.n + 1 %}' }, End: true } },
      { input: { n: 1 } },
    );
    expect(ran.output).toEqual({ n: 2 });
    expect(ran.transitions).toBe(2);
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html
describe('Task', () => {
  test('hands over Arguments, gives the result, and Output reads it as $states.result', async () => {
    const asked: unknown[] = [];
    const ran = await runStates(
      {
        A: {
          ...TASK,
          Arguments: { n: '{% $states.input.n * 2 %}' },
          Output: '{% $states.result.n + $states.input.n %}',
          End: true,
        },
      },
      { input: { n: 2 }, task: (request) => ({ n: 39 + asked.push(request.arguments) }) },
    );
    expect(asked).toEqual([{ n: 4 }]);
    expect(ran.output).toBe(42);
  });

  test('runs into States.Timeout after TimeoutSeconds, which may be an expression', async () => {
    const ran = await runStates(
      { A: { ...TASK, TimeoutSeconds: '{% $states.input.s %}', End: true } },
      { input: { s: 7 }, task: () => new Promise(() => {}) },
    );
    expect(ran.error).toBe('States.Timeout');
    expect(ran.milliseconds).toBe(7000);
    expect(types(ran.events)).toContain('LambdaFunctionTimedOut');
  });

  test('is retried after its delay, and $states.context.State.RetryCount counts', async () => {
    let calls = 0;
    const ran = await runStates(
      {
        A: {
          ...TASK,
          Arguments: '{% $states.context.State.RetryCount %}',
          Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 3, BackoffRate: 2, MaxAttempts: 3 }],
          End: true,
        },
      },
      {
        task({ arguments: retries }) {
          calls += 1;
          if (calls < 4) throw new StatesError('Busy');
          return retries;
        },
      },
    );
    expect(ran.output).toBe(3);
    expect(ran.milliseconds).toBe(3000 + 6000 + 12000);
    expect(ran.transitions).toBe(4);
    expect(types(ran.events).filter((type) => type === 'TaskStateEntered')).toHaveLength(1);
  });

  test('is caught by the first catcher that matches, which shapes the output and assigns', async () => {
    const ran = await runStates(
      {
        A: {
          ...TASK,
          Catch: [
            { ErrorEquals: ['Other'], Next: 'C' },
            {
              ErrorEquals: ['States.ALL'],
              Next: 'B',
              Assign: { cause: '{% $states.errorOutput.Cause %}' },
              Output: { error: '{% $states.errorOutput.Error %}', input: '{% $states.input %}' },
            },
          ],
          End: true,
        },
        B: { Type: 'Pass', Output: { seen: '{% $states.input %}', cause: '{% $cause %}' }, End: true },
        C: { Type: 'Fail' },
      },
      {
        input: 1,
        task() {
          throw new StatesError('Broken', 'it broke');
        },
      },
    );
    expect(ran.output).toEqual({ seen: { error: 'Broken', input: 1 }, cause: 'it broke' });
  });

  test('gives the error output when its catcher has no Output', async () => {
    const ran = await runStates(
      { A: { ...TASK, Catch: [{ ErrorEquals: ['Broken'], Next: 'B' }], End: true }, B: { Type: 'Succeed' } },
      {
        task() {
          throw new StatesError('Broken', 'why');
        },
      },
    );
    expect(ran.output).toEqual({ Error: 'Broken', Cause: 'why' });
  });

  test('an expression that fails can be caught as States.QueryEvaluationError', async () => {
    const ran = await runStates({
      A: {
        ...TASK,
        Arguments: '{% $states.input.missing %}',
        Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'B' }],
        End: true,
      },
      B: { Type: 'Succeed', Output: '{% $states.input.Cause %}' },
    });
    expect(ran.output).toContain("executing the state 'A' (entered at the event id #1)");
    expect(ran.output).toContain("'$states.input.missing' specified for the field 'Arguments' returned nothing (undefined)");
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
  test('a result of more than 262,144 bytes is States.DataLimitExceeded, which States.ALL does not catch', async () => {
    const big = (bytes: number) =>
      runStates(
        { A: { ...TASK, Output: 'done', Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }], End: true }, B: { Type: 'Succeed' } },
        { task: () => 'é'.repeat((bytes - 2) / 2) },
      );
    expect((await big(262_144)).output).toBe('done');
    expect((await big(262_146)).error).toBe('States.DataLimitExceeded');
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
describe('Choice', () => {
  const choice = {
    A: {
      Type: 'Choice',
      Choices: [
        { Condition: '{% $states.input.n > 10 %}', Next: 'Big', Assign: { size: 'big' } },
        { Condition: '{% $states.input.n > 5 %}', Next: 'Middle', Output: 'middle' },
      ],
      Default: 'Small',
      Assign: { size: 'small' },
      Output: '{% $states.input.n %}',
    },
    Big: { Type: 'Succeed', Output: '{% $size %}' },
    Middle: { Type: 'Succeed' },
    Small: { Type: 'Succeed', Output: '{% $size & $string($states.input) %}' },
  };

  test.each([
    [11, 'big'],
    [6, 'middle'],
    [1, 'small1'],
  ])('%s goes %s', async (n, output) => {
    expect((await runStates(choice, { input: { n } })).output).toBe(output);
  });

  test('without a match and a Default is States.NoChoiceMatched', async () => {
    const ran = await runStates({
      A: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'B' }] },
      B: { Type: 'Succeed' },
    });
    expect(ran.error).toBe('States.NoChoiceMatched');
  });

  test('a condition that is not a boolean is States.QueryEvaluationError', async () => {
    const ran = await runStates({ A: { Type: 'Choice', Choices: [{ Condition: '{% 1 %}', Next: 'B' }] }, B: { Type: 'Succeed' } });
    expect(ran.error).toBe('States.QueryEvaluationError');
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
describe('Wait', () => {
  test.each([
    [{ Seconds: 10 }, 10_000],
    [{ Seconds: '{% $states.input.s %}' }, 25_000],
    [{ Timestamp: '2026-01-01T00:01:00Z' }, 60_000],
    [{ Timestamp: '{% $states.input.at %}' }, 90_000],
    [{ Timestamp: '2020-01-01T00:00:00Z' }, 0],
  ])('%j', async (fields, milliseconds) => {
    const ran = await runStates(
      { A: { Type: 'Wait', ...fields, End: true } },
      { input: { s: 25, at: '2026-01-01T01:01:30+01:00' } },
    );
    expect(ran.milliseconds).toBe(milliseconds);
    expect(ran.output).toEqual({ s: 25, at: '2026-01-01T01:01:30+01:00' });
  });

  test.each([{ Seconds: '{% -1 %}' }, { Seconds: "{% 'a' %}" }, { Timestamp: "{% 'tomorrow' %}" }])('%j fails', async (fields) => {
    expect((await runStates({ A: { Type: 'Wait', ...fields, End: true } })).error).toBe('States.QueryEvaluationError');
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/state-fail.html and state-succeed.html
test('Fail fails with its Error and Cause, which may be expressions', async () => {
  const ran = await runStates(
    { A: { Type: 'Fail', Error: "{% 'My' & 'Error' %}", Cause: '{% $states.input.why %}' } },
    { input: { why: 'because' } },
  );
  expect(ran).toMatchObject({ error: 'MyError', cause: 'because' });
  expect(types(ran.events)).toEqual(['FailStateEntered']);
});

// https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
describe('variables', () => {
  test('Assign and Output of one state do not see each other; later states do', async () => {
    const ran = await runStates({
      A: { Type: 'Pass', Assign: { x: 1, y: 1 }, Next: 'B' },
      B: { Type: 'Pass', Assign: { x: '{% $x + 1 %}', y: '{% $x %}' }, Output: '{% $x %}', Next: 'C' },
      C: { Type: 'Pass', Output: { x: '{% $x %}', y: '{% $y %}', b: '{% $states.input %}' }, End: true },
    });
    expect(ran.output).toEqual({ x: 2, y: 1, b: 1 });
  });

  test('assigning more than 256 KiB in one state fails', async () => {
    const ran = await runStates({ A: { Type: 'Pass', Assign: { x: "{% $pad('', 262144, '#') %}" }, End: true } });
    expect(ran.error).toBe('States.DataLimitExceeded');
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
test('the context object tells of the execution, the state and the state machine', async () => {
  const ran = await runStates({ A: { Type: 'Pass', Output: '{% $states.context %}', End: true } }, { input: 5 });
  expect(ran.output).toEqual({
    Execution: { Id: 'arn:execution', Name: 'one', Input: 5 },
    StateMachine: { Id: 'arn:machine', Name: 'machine' },
    State: { Name: 'A', EnteredTime: '2026-01-01T00:00:00.000Z', RetryCount: 0 },
  });
});
