import { describe, expect, test } from '@jest/globals';
import { runDefinition } from '../../../local/states/run-definition.ts';

const TASK = { Type: 'Task', Resource: 'arn:aws:states:::http:invoke' } as const;
const machine = (states: Readonly<Record<string, object>>, more: object = {}) => ({
  QueryLanguage: 'JSONata',
  StartAt: Object.keys(states)[0],
  States: states,
  ...more,
});
const failing = (name: string, message: string) => {
  throw Object.assign(new Error(message), { name });
};
const unexpected = (stateName: string) => failing('Unexpected', stateName);

describe('a definition runs to its end', () => {
  test('with every task mocked, and tells each step with its input and output', async () => {
    const run = await runDefinition({
      definition: machine({
        Ask: { ...TASK, Arguments: { q: '{% $states.input.q %}' }, Output: '{% $states.result.answer %}', Next: 'Done' },
        Done: { Type: 'Succeed' },
      }),
      input: { q: 'six by seven' },
      mocks: (_state, taskArguments) => ({ answer: [taskArguments, 42] }),
    });
    expect(run).toEqual({
      status: 'SUCCEEDED',
      output: [{ q: 'six by seven' }, 42],
      steps: [
        { name: 'Ask', type: 'Task', path: 'Ask', input: { q: 'six by seven' }, attempts: 1, output: [{ q: 'six by seven' }, 42] },
        { name: 'Done', type: 'Succeed', path: 'Done', input: [{ q: 'six by seven' }, 42], attempts: 1, output: expect.anything() },
      ],
    });
  });

  test('without waiting for waits and retries, whose time passes nevertheless', async () => {
    const run = await runDefinition({
      definition: machine({
        Wait: { Type: 'Wait', Seconds: 86_400, Next: 'Ask' },
        Ask: { ...TASK, Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 3600, MaxAttempts: 2 }], Next: 'Now' },
        Now: { Type: 'Pass', Output: '{% $states.context.State.EnteredTime %}', End: true },
      }),
      input: {},
      startTime: Date.parse('2026-01-01T00:00:00Z'),
      mocks: (_state, _arguments, attempt) => (attempt < 3 ? failing('Busy', 'later') : 'ok'),
    });
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: '2026-01-02T03:00:00.000Z' });
    expect(run.steps[1]).toEqual({ name: 'Ask', type: 'Task', path: 'Ask', input: {}, attempts: 3, output: 'ok' });
  });

  test('with the name and message of what a mock throws, which a catcher takes', async () => {
    const run = await runDefinition({
      definition: machine({
        Ask: { ...TASK, Catch: [{ ErrorEquals: ['Refused'], Next: 'Tell' }], End: true },
        Tell: { Type: 'Fail', Error: 'Told', Cause: '{% $states.input.Cause %}' },
      }),
      input: {},
      mocks: () => failing('Refused', 'not today'),
    });
    expect(run).toMatchObject({
      status: 'FAILED',
      error: 'Told',
      cause: 'not today',
      steps: [
        { name: 'Ask', error: 'Refused', cause: 'not today', output: { Error: 'Refused', Cause: 'not today' } },
        { name: 'Tell', error: 'Told', cause: 'not today' },
      ],
    });
    expect(run.steps[1]).not.toHaveProperty('output');
  });

  test('with the place of each step within a Map or Parallel', async () => {
    const item = { StartAt: 'One', States: { One: { ...TASK, End: true } } };
    const run = await runDefinition({
      definition: machine({ Each: { Type: 'Map', Items: [1, 2], ItemProcessor: item, End: true } }),
      input: {},
      mocks: (_state, value) => (value === 2 ? failing('Broken', 'at 2') : value),
    });
    expect(run.steps.map(({ path, error }) => [path, error])).toEqual([
      ['Each', 'Broken'],
      ['Each[0]/One', undefined],
      ['Each[1]/One', 'Broken'],
    ]);
  });

  test('in JSONPath, and with a token whose answer is the mock’s', async () => {
    const asked: unknown[] = [];
    const run = await runDefinition({
      definition: {
        StartAt: 'Ask',
        States: {
          Ask: {
            Type: 'Task',
            Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
            Parameters: { 'QueueUrl.$': '$.queue', MessageBody: { 'token.$': '$$.Task.Token' } },
            HeartbeatSeconds: 60,
            ResultPath: '$.answer',
            End: true,
          },
        },
      },
      input: { queue: 'q' },
      mocks: (_state, taskArguments) => {
        asked.push(taskArguments);
        return { approved: true };
      },
    });
    expect(run).toMatchObject({ status: 'SUCCEEDED', output: { queue: 'q', answer: { approved: true } } });
    expect(asked).toEqual([{ QueueUrl: 'q', MessageBody: { token: expect.stringMatching(/^[\w-]{86}$/) } }]);
  });

  test('or to its time-out', async () => {
    const wait = { Wait: { Type: 'Wait', Seconds: 61, End: true } };
    const run = await runDefinition({ definition: machine(wait, { TimeoutSeconds: 60 }), input: {}, mocks: unexpected });
    expect(run).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout', steps: [{ name: 'Wait' }] });
  });
});

test('a definition that is not valid is refused with a sentence', async () => {
  const definition = machine({ A: { Type: 'Pass', Next: 'B' } });
  await expect(runDefinition({ definition, input: {}, mocks: unexpected })).rejects.toThrow(
    'state "A": Next names "B", which does not exist.',
  );
});
