import { describe, expect, test } from '@jest/globals';
import { describeRun, type RunWithSteps } from '../../../bin/commands/describe-run.ts';

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
    expect(describeRun(run({ stepsUnavailable: 'throttled' }), NOW)).toContain('cannot be read at the moment');
    expect(describeRun(run(), NOW)).toContain('No steps yet.');
  });

  test('shows the output as indented JSON', () => {
    expect(describeRun(run({ output: { a: 1 } }), NOW)).toMatch(/Output\n\{\n {2}"a": 1\n\}$/);
    expect(describeRun(run({ output: null }), NOW)).toMatch(/Output\nnull$/);
  });

  test('shows what each step was given and gave in a line, and says what is left out', () => {
    const text = describeRun(
      run({
        steps: [
          { order: 1, taskName: 'Greet', flowTaskStatus: 'completed', input: { name: 'Ada' }, outputs: ['x'.repeat(500)] },
          { order: 2, taskName: 'Pack', flowTaskStatus: 'completed', outputs: {}, omitted: ['input', 'outputs'] },
          { order: 3, taskName: 'Send', flowTaskStatus: 'inProgress', input: null, outputs: {} },
        ],
      }),
      NOW,
    );
    expect(text).toMatch(
      /^1 Greet\n {2}input: \{"name":"Ada"\}\n {2}output: \["x{158} \.\.\. of 504 characters; --json shows all$/m,
    );
    expect(text).toMatch(/^2 Pack\n {2}input is too large to be told\n {2}output is too large to be told$/m);
    expect(text).toMatch(/^3 Send\n {2}input: null$/m);
  });

  test('shows what caused the run', () => {
    const event = { id: 'e1', source: '/w/github', type: 'push', subject: 'acme/mill', time: '2026-01-31T11:59:59.000Z', depth: 2 };
    const delivery = { id: 'e1', outcome: 'accepted', method: 'POST', answered: 202, receivedAt: '2026-01-31T12:00:00.000Z' };
    const text = describeRun(
      run({ event, delivery: { ...delivery, subscription: { id: 's', name: 'acme' } }, rerunOf: 'e0-hello' }),
      NOW,
    );

    expect(text).toMatch(/^rerun of: +e0-hello\nevent: +push e1\nevent source: +\/w\/github\nevent subject: +acme\/mill$/m);
    expect(text).toMatch(/^event depth: +2\ndelivery: +e1, accepted: POST to the subscription acme at /m);
    expect(describeRun(run({ delivery: { ...delivery, triggerId: 'hello' } }), NOW)).toMatch(/POST to the trigger hello at /);
  });

  test('shows what the workflow was given, part by part', () => {
    const input = { workflow: { id: 'hello', input: { body: { name: 'Ada' }, headers: { 'x-long': 'h'.repeat(500) } } } };
    const text = describeRun(run({ input }), NOW);
    expect(text).toMatch(
      /^Input\n {2}body: \{"name":"Ada"\}\n {2}headers: \{"x-long":"h{149} \.\.\. of 513 characters; --json shows all$/m,
    );
    expect(describeRun(run({ input: 7 }), NOW)).toMatch(/^Input\n {2}input: 7$/m);
  });

  test('cuts a long output, and says how long it is', () => {
    const text = describeRun(run({ output: 'o'.repeat(4_001) }), NOW);
    expect(text).toMatch(/^Output\n"o{3999} \.\.\. of 4003 characters; --json shows all$/m);
  });
});
