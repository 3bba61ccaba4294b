import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { HistoryEvent } from '../../../core/runs/history-event.ts';
import { isWaiting, stepsOf, tellsTheEnd } from '../../../core/runs/steps.ts';

// Histories are of the shape of https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html: ids from 1, the
// first state's event after event 0, an event inside Parallel or Map after its branch's or iteration's, not after the one before it.
const START = Date.parse('2026-03-01T12:00:00.000Z');
const at = (seconds: number) => START + seconds * 1000;

/** An event `[id, previousEventId, type, name or resource, input or output]`; it happened `id` seconds after the start. */
type Line = readonly [id: number, previous: number, type: string, name?: string, data?: string];

const history = (...lines: Line[]): HistoryEvent[] =>
  lines.map(([id, previousEventId, type, name, data]) => ({
    id,
    previousEventId,
    type,
    timestamp: new Date(at(id)),
    ...(type.endsWith('StateEntered') && { stateEnteredEventDetails: { name, input: data ?? '{}' } }),
    ...(type.endsWith('StateExited') && { stateExitedEventDetails: { name, output: data } }),
    ...(type === 'TaskScheduled' && { taskScheduledEventDetails: { resource: name } }),
  }));

const read = (...lines: Line[]) => stepsOf('run', history(...lines), at(100));
const statuses = (...lines: Line[]) => read(...lines).map(({ taskName, flowTaskStatus }) => `${taskName} ${flowTaskStatus}`);

describe('the steps of an execution', () => {
  test('are the states entered, in order, with their times and outputs', () => {
    const steps = read(
      [1, 0, 'ExecutionStarted'],
      [2, 0, 'PassStateEntered', 'First'],
      [3, 2, 'PassStateExited', 'First', '{"a":1}'],
      [4, 3, 'ChoiceStateEntered', 'Second', '{"a":1}'],
    );
    expect(steps).toEqual([
      {
        id: '2',
        activityId: 'run',
        order: 1,
        taskId: 'First',
        taskName: 'First',
        startTime: new Date(at(2)).toISOString(),
        duration: 1000,
        flowTaskStatus: 'completed',
        input: {},
        outputs: { a: 1 },
      },
      {
        id: '4',
        activityId: 'run',
        order: 2,
        taskId: 'Second',
        taskName: 'Second',
        startTime: new Date(at(4)).toISOString(),
        duration: 96_000,
        flowTaskStatus: 'inProgress',
        input: { a: 1 },
        outputs: {},
      },
    ]);
  });

  test('say which of their inputs and outputs the history was read without', () => {
    const [first, second] = stepsOf(
      'run',
      [
        { id: 1, type: 'PassStateEntered', timestamp: new Date(at(1)), stateEnteredEventDetails: { name: 'First' } },
        {
          id: 2,
          previousEventId: 1,
          type: 'PassStateExited',
          timestamp: new Date(at(2)),
          stateExitedEventDetails: { name: 'First' },
        },
        {
          id: 3,
          previousEventId: 2,
          type: 'PassStateEntered',
          timestamp: new Date(at(3)),
          stateEnteredEventDetails: { name: 'Second' },
        },
      ],
      at(4),
    );
    expect(first).toMatchObject({ outputs: {}, omitted: ['input', 'outputs'] });
    expect(second).toMatchObject({ outputs: {}, omitted: ['input'] });
  });

  const failedOnce: Line[] = [
    [1, 0, 'ExecutionStarted'],
    [2, 0, 'TaskStateEntered', 'Call'],
    [3, 2, 'TaskScheduled', 'invoke'],
    [4, 3, 'TaskStarted'],
    [5, 4, 'TaskFailed'],
  ];

  test('take a retried task for one step, which goes on between attempts and completes with the last', () => {
    expect(statuses(...failedOnce)).toEqual(['Call inProgress']);
    expect(
      statuses(
        ...failedOnce,
        [6, 5, 'TaskScheduled', 'invoke'],
        [7, 6, 'TaskStarted'],
        [8, 7, 'TaskSucceeded'],
        [9, 8, 'TaskStateExited', 'Call', '1'],
        [10, 9, 'ExecutionSucceeded'],
      ),
    ).toEqual(['Call completed']);
  });

  test('show a failure that was caught as one, with the output that went on', () => {
    const [call, rescue] = read(
      ...failedOnce,
      [6, 5, 'TaskStateExited', 'Call', '{"Error":"X"}'],
      [7, 6, 'PassStateEntered', 'Rescue'],
      [8, 7, 'PassStateExited', 'Rescue', '{}'],
      [9, 8, 'ExecutionSucceeded'],
    );
    expect(call).toMatchObject({ flowTaskStatus: 'failure', outputs: { Error: 'X' } });
    expect(rescue).toMatchObject({ flowTaskStatus: 'completed' });
  });

  test('show where an execution failed', () => {
    expect(statuses(...failedOnce, [6, 5, 'ExecutionFailed'])).toEqual(['Call failure']);
    expect(statuses([1, 0, 'ExecutionStarted'], [2, 0, 'FailStateEntered', 'Give up'], [3, 2, 'ExecutionFailed'])).toEqual([
      'Give up failure',
    ]);
    expect(statuses([1, 0, 'ExecutionStarted'], [2, 0, 'PassStateEntered', 'Bad expression'], [3, 2, 'ExecutionFailed'])).toEqual([
      'Bad expression failure',
    ]);
  });

  test('show a state that took too long as timed out', () => {
    expect(
      statuses([1, 0, 'ExecutionStarted'], [2, 0, 'TaskStateEntered', 'A'], [3, 2, 'TaskTimedOut'], [4, 3, 'ExecutionFailed']),
    ).toEqual(['A timedout']);
    expect(statuses([1, 0, 'ExecutionStarted'], [2, 0, 'WaitStateEntered', 'A'], [3, 0, 'ExecutionTimedOut'])).toEqual([
      'A timedout',
    ]);
  });

  test('show what an abort cut off as cancelled', () => {
    const steps = read([1, 0, 'ExecutionStarted'], [2, 0, 'WaitStateEntered', 'A'], [3, 0, 'ExecutionAborted']);
    expect(steps).toMatchObject([{ flowTaskStatus: 'cancelled', duration: 1000 }]);
  });

  const branches: Line[] = [
    [1, 0, 'ExecutionStarted'],
    [2, 0, 'ParallelStateEntered', 'Both'],
    [3, 2, 'ParallelStateStarted'],
    [4, 3, 'PassStateEntered', 'Left'],
    [5, 3, 'TaskStateEntered', 'Right'],
    [6, 4, 'PassStateExited', 'Left', '"l"'],
  ];

  test('have the states of branches side by side, and end the Parallel with its own exit', () => {
    const steps = read(
      ...branches,
      [7, 5, 'TaskScheduled', 'invoke'],
      [8, 7, 'TaskSucceeded'],
      [9, 8, 'TaskStateExited', 'Right', '"r"'],
      [10, 9, 'ParallelStateSucceeded'],
      [11, 9, 'ParallelStateExited', 'Both', '["l","r"]'],
      [12, 11, 'SucceedStateEntered', 'Done'],
      [13, 12, 'SucceedStateExited', 'Done', '["l","r"]'],
      [14, 13, 'ExecutionSucceeded'],
    );
    expect(steps.map(({ taskName, flowTaskStatus, outputs }) => [taskName, flowTaskStatus, outputs])).toEqual([
      ['Both', 'completed', ['l', 'r']],
      ['Left', 'completed', 'l'],
      ['Right', 'completed', 'r'],
      ['Done', 'completed', ['l', 'r']],
    ]);
  });

  test('tell the branch that failed from those it cut off', () => {
    expect(
      statuses(
        [1, 0, 'ExecutionStarted'],
        [2, 0, 'ParallelStateEntered', 'Both'],
        [3, 2, 'ParallelStateStarted'],
        [4, 3, 'WaitStateEntered', 'Slow'],
        [5, 3, 'FailStateEntered', 'Broken'],
        [6, 5, 'ParallelStateFailed'],
        [7, 6, 'ParallelStateExited', 'Both', '{}'],
        [8, 7, 'PassStateEntered', 'Rescue'],
      ),
    ).toEqual(['Both failure', 'Slow cancelled', 'Broken failure', 'Rescue inProgress']);
    expect(statuses(...branches, [7, 5, 'TaskFailed'], [8, 7, 'ParallelStateFailed'], [9, 8, 'ExecutionFailed'])).toEqual([
      'Both failure',
      'Left completed',
      'Right failure',
    ]);
  });

  test('end what was inside a Parallel that is tried again', () => {
    expect(
      statuses(
        [1, 0, 'ExecutionStarted'],
        [2, 0, 'ParallelStateEntered', 'Both'],
        [3, 2, 'ParallelStateStarted'],
        [4, 3, 'WaitStateEntered', 'Slow'],
        [5, 3, 'FailStateEntered', 'Broken'],
        [6, 5, 'ParallelStateFailed'],
        [7, 6, 'ParallelStateStarted'],
        [8, 7, 'PassStateEntered', 'Again'],
      ),
    ).toEqual(['Both inProgress', 'Slow cancelled', 'Broken failure', 'Again inProgress']);
  });

  test('tell the iterations of a Map apart, though their states share names', () => {
    const steps = read(
      [1, 0, 'ExecutionStarted'],
      [2, 0, 'MapStateEntered', 'Each'],
      [3, 2, 'MapStateStarted'],
      [4, 3, 'MapIterationStarted'],
      [5, 4, 'PassStateEntered', 'Item'],
      [6, 3, 'MapIterationStarted'],
      [7, 6, 'PassStateEntered', 'Item'],
      [8, 7, 'PassStateExited', 'Item', '2'],
      [9, 8, 'MapIterationSucceeded'],
      [10, 5, 'PassStateExited', 'Item', '1'],
      [11, 10, 'MapIterationSucceeded'],
      // One at a time, AWS names the last event of the iteration before.
      [12, 10, 'MapIterationStarted'],
      [13, 12, 'PassStateEntered', 'Item'],
      [14, 13, 'PassStateExited', 'Item', '3'],
      [15, 14, 'MapIterationSucceeded'],
      [16, 15, 'MapStateSucceeded'],
      [17, 14, 'MapStateExited', 'Each', '[1,2,3]'],
      [18, 17, 'ExecutionSucceeded'],
    );
    expect(steps.map(({ id, outputs, flowTaskStatus }) => [id, outputs, flowTaskStatus])).toEqual([
      ['2', [1, 2, 3], 'completed'],
      ['5', 1, 'completed'],
      ['7', 2, 'completed'],
      ['13', 3, 'completed'],
    ]);
  });

  test('go on where a redrive does', () => {
    const redriven: Line[] = [...failedOnce, [6, 5, 'ExecutionFailed'], [7, 6, 'ExecutionRedriven']];
    expect(statuses(...redriven, [8, 7, 'TaskScheduled', 'invoke'])).toEqual(['Call inProgress']);
    expect(
      statuses(
        ...redriven,
        [8, 7, 'TaskScheduled', 'invoke'],
        [9, 8, 'TaskSucceeded'],
        [10, 9, 'TaskStateExited', 'Call', '1'],
        [11, 10, 'ExecutionSucceeded'],
      ),
    ).toEqual(['Call completed']);
  });

  test('can be made of any events', () => {
    const type = fc.oneof(
      fc
        .tuple(
          fc.constantFrom('Task', 'Map', 'Parallel', 'Fail', 'Wait'),
          fc.constantFrom('Entered', 'Exited', 'Started', 'Failed'),
        )
        .map(([state, what]) => `${state}State${what}`),
      fc.constantFrom(
        'ExecutionStarted',
        'ExecutionFailed',
        'ExecutionRedriven',
        'MapIterationStarted',
        'TaskScheduled',
        'TaskFailed',
      ),
      fc.string(),
    );
    const line = fc.tuple(fc.nat(30), fc.nat(30), type, fc.constantFrom('A', 'B'), fc.string());
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const steps = stepsOf('run', history(...lines), at(100));
        expect(steps.map(({ order }) => order)).toEqual(steps.map((_, index) => index + 1));
        expect(steps.every(({ duration }) => duration >= 0)).toBe(true);
      }),
    );
  });
});

describe('a run is waiting', () => {
  const isWaitingAfter = (...lines: Line[]) => isWaiting(read(...lines));

  test('in a Wait state', () => {
    expect(isWaitingAfter([1, 0, 'ExecutionStarted'], [2, 0, 'WaitStateEntered', 'A'])).toBe(true);
  });

  test('in a task whose token has to come back', () => {
    const task: Line[] = [
      [1, 0, 'ExecutionStarted'],
      [2, 0, 'TaskStateEntered', 'Ask'],
      [3, 2, 'TaskScheduled', 'sendMessage.waitForTaskToken'],
    ];
    expect(isWaitingAfter(...task, [4, 3, 'TaskSubmitted'])).toBe(true);
    expect(
      isWaitingAfter([1, 0, 'ExecutionStarted'], [2, 0, 'TaskStateEntered', 'Ask'], [3, 2, 'TaskScheduled', 'sendMessage']),
    ).toBe(false);
  });

  test('only when every branch is', () => {
    const both: Line[] = [
      [1, 0, 'ExecutionStarted'],
      [2, 0, 'ParallelStateEntered', 'Both'],
      [3, 2, 'ParallelStateStarted'],
      [4, 3, 'WaitStateEntered', 'A'],
    ];
    expect(isWaitingAfter(...both)).toBe(true);
    expect(isWaitingAfter(...both, [5, 3, 'TaskStateEntered', 'B'])).toBe(false);
  });

  test('not once it has ended', () => {
    expect(isWaitingAfter([1, 0, 'ExecutionStarted'], [2, 0, 'WaitStateEntered', 'A'], [3, 0, 'ExecutionAborted'])).toBe(false);
  });
});

test('a history tells the end only with its last event', () => {
  expect(tellsTheEnd(history([1, 0, 'ExecutionStarted'], [2, 0, 'ExecutionSucceeded']))).toBe(true);
  expect(tellsTheEnd(history([1, 0, 'ExecutionStarted'], [2, 0, 'ExecutionFailed'], [3, 2, 'ExecutionRedriven']))).toBe(false);
  expect(tellsTheEnd([])).toBe(false);
});
