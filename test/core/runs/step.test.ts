import { describe, expect, test } from '@jest/globals';
import { fittedSteps, type Step } from '../../../core/runs/step.ts';

const aStep = (with_: Partial<Step> = {}): Step => ({
  id: '2',
  activityId: 'run',
  order: 1,
  taskId: 'A',
  taskName: 'A',
  startTime: '2026-03-01T12:00:00.000Z',
  duration: 1,
  flowTaskStatus: 'completed',
  input: { a: 1 },
  outputs: { b: 2 },
  ...with_,
});
const within = (characters: number) => (steps: readonly Step[]) => JSON.stringify(steps).length <= characters;

describe('steps that have to fit', () => {
  test('stay as they are where they do', () => {
    const steps = [aStep()];
    expect(fittedSteps(steps, () => true)).toBe(steps);
  });

  test('lose their largest inputs and outputs first, and say so', () => {
    const large = aStep({ input: 'x'.repeat(100_000), outputs: 'y'.repeat(20_000) });
    const { input: _, ...withoutInput } = large;

    expect(fittedSteps([large, aStep()], within(50_000))).toEqual([{ ...withoutInput, omitted: ['input'] }, aStep()]);
    expect(fittedSteps([large, aStep()], within(10_000))).toEqual([
      { ...withoutInput, outputs: {}, omitted: ['input', 'outputs'] },
      aStep(),
    ]);
  });

  test('lose all of them where there is no room for any; what was empty is not called omitted', () => {
    const [first, second] = fittedSteps([aStep(), aStep({ input: {}, outputs: {} })], () => false);
    expect(first).toEqual({ ...aStep({ outputs: {} }), input: undefined, omitted: ['input', 'outputs'] });
    expect(second).toEqual(aStep({ input: {}, outputs: {} }));
  });

  test('still say what was omitted before', () => {
    const { input: _, ...known } = aStep({ omitted: ['input'], outputs: 'y'.repeat(100_000) });
    expect(fittedSteps([known], within(1_000))).toMatchObject([{ outputs: {}, omitted: ['input', 'outputs'] }]);
  });
});
