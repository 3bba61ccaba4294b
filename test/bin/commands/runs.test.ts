import { describe, expect, test } from '@jest/globals';
import { describeRun, type RunWithSteps } from '../../../bin/commands/runs.ts';

const NOW = new Date('2026-01-31T12:00:10.000Z');

const run = (differences: Partial<RunWithSteps> = {}): RunWithSteps => ({
  activityId: 'e1-hello',
  workflowId: 'hello',
  triggerId: 'hello',
  status: 'RUNNING',
  createdAt: '2026-01-31T12:00:00.000Z',
  startedAt: '2026-01-31T12:00:01.000Z',
  steps: [],
  ...differences,
});

describe('describeRun', () => {
  test('lists the steps in their order, with their durations', () => {
    const text = describeRun(
      run({
        steps: [
          { order: 2, taskName: 'Pack', flowTaskStatus: 'inProgress', startTime: '2026-01-31T12:00:03.000Z' },
          { order: 1, taskName: 'Greet', flowTaskStatus: 'completed', startTime: '2026-01-31T12:00:01.000Z', duration: 1_530 },
        ],
      }),
      NOW,
    );
    expect(text).toMatch(/^STEP +TASK +STATUS +STARTED +DURATION\n1 +Greet +completed +\S+ +1\.5 s\n2 +Pack +inProgress +\S+ +-$/m);
  });

  test('a run that goes on has lasted until now', () => {
    expect(describeRun(run(), NOW)).toMatch(/^duration: +9\.0 s$/m);
  });

  test('a failed run says why', () => {
    const text = describeRun(run({ status: 'FAILED', error: 'States.Timeout', cause: 'too slow' }), NOW);
    expect(text).toMatch(/^error: +States\.Timeout\ncause: +too slow$/m);
  });

  test('steps that could not be read are not taken for none', () => {
    const { steps, ...unread } = run();
    expect(describeRun(unread, NOW)).toContain('cannot be read at the moment');
    expect(describeRun(run(), NOW)).toContain('No steps yet.');
  });

  test('shows the output as indented JSON', () => {
    expect(describeRun(run({ output: { a: 1 } }), NOW)).toMatch(/Output\n\{\n {2}"a": 1\n\}$/);
    expect(describeRun(run({ output: null }), NOW)).toMatch(/Output\nnull$/);
  });
});
