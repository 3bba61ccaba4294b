import { describe, expect, test } from '@jest/globals';
import type { HistoryEvent } from '../../../core/runs/history-event.ts';
import { stepsOf } from '../../../core/runs/steps.ts';
import { AwsError } from '../../../local/aws/service.ts';
import { createRig, executionArn, TASK } from './rig.ts';

type Rig = ReturnType<typeof createRig>;
const redrive = (rig: Rig) => rig.call('RedriveExecution', { executionArn: executionArn('one') });

/** Work that fails for what is in `broken`, and the payloads that it was given. */
function workshop() {
  const broken = new Set<unknown>();
  const worked: unknown[] = [];
  const work = (payload: unknown) => {
    worked.push(payload);
    if (broken.has(payload)) throw new AwsError('ServiceException', 'broken');
    return payload;
  };
  return { broken, worked, rig: createRig({ work }) };
}

// https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
describe('a redrive', () => {
  test('goes on in the state that failed, with its input and variables', async () => {
    const { broken, worked, rig } = workshop();
    broken.add('b');
    await rig.machine({
      A: { ...TASK, Arguments: 'a', Assign: { x: '{% $states.result %}' }, Next: 'B' },
      B: { ...TASK, Arguments: 'b', Output: { x: '{% $x %}', in: '{% $states.input %}' }, End: true },
    });
    await rig.start('one');
    await rig.clock.advance(60_000);
    expect(await rig.describe('one')).toMatchObject({ status: 'FAILED', redriveStatus: 'REDRIVABLE', redriveCount: 0 });

    broken.clear();
    expect(await redrive(rig)).toEqual({ redriveDate: 1_767_225_660 });
    await rig.clock.idle();
    const described = await rig.describe('one');
    expect(described).toMatchObject({
      status: 'SUCCEEDED',
      output: '{"x":"a","in":"a"}',
      startDate: 1_767_225_600,
      redriveCount: 1,
      redriveDate: 1_767_225_660,
    });
    expect(described).not.toHaveProperty('error');
    expect(worked).toEqual(['a', 'b', 'b']);
    expect((await rig.history('one')).slice(10).map(({ type }) => type)).toEqual([
      'ExecutionFailed',
      'ExecutionRedriven',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    const events = (await rig.history('one')).map((event) => ({ ...event, timestamp: new Date(Number(event.timestamp) * 1000) }));
    const steps = stepsOf('one', events as unknown as HistoryEvent[], rig.clock.now());
    expect(steps.map(({ taskName, flowTaskStatus }) => `${taskName} ${flowTaskStatus}`)).toEqual(['A completed', 'B completed']);
    expect(rig.statuses()).toEqual(['RUNNING', 'FAILED', 'RUNNING', 'SUCCEEDED']);
    expect(rig.events.at(-1)).toMatchObject({ detail: { redriveCount: 1, redriveDate: 1_767_225_660_000 } });
  });

  test('counts retries from the beginning, and the time-out from the redrive', async () => {
    const { broken, worked, rig } = workshop();
    broken.add('a');
    const Retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 1 }];
    await rig.machine({ A: { ...TASK, Arguments: 'a', Retry, End: true } }, { TimeoutSeconds: 30 });
    await rig.start('one');
    await rig.clock.advance(60_000);
    await redrive(rig);
    await rig.clock.advance(2_000);
    expect(worked).toHaveLength(4);
    expect(await rig.describe('one')).toMatchObject({ status: 'FAILED', error: 'Lambda.ServiceException' });
  });

  test('runs the branches and iterations that failed, and not those that succeeded', async () => {
    const { broken, worked, rig } = workshop();
    broken.add(2);
    const item = { StartAt: 'T', States: { T: { ...TASK, End: true } } };
    await rig.machine({ A: { Type: 'Map', Items: [1, 2, 3], MaxConcurrency: 1, ItemProcessor: item, End: true } });
    await rig.start('one');
    await rig.clock.idle();
    expect(worked).toEqual([1, 2]);
    broken.clear();
    await redrive(rig);
    await rig.clock.idle();
    expect(worked).toEqual([1, 2, 2, 3]);
    expect(await rig.describe('one')).toMatchObject({ status: 'SUCCEEDED', output: '[1,2,3]' });
  });

  test('waits again in a Wait that was stopped, and outlives the process', async () => {
    const { rig } = workshop();
    await rig.machine({ A: { Type: 'Wait', Seconds: 10, End: true } });
    await rig.start('one');
    await rig.clock.advance(5_000);
    await rig.call('StopExecution', { executionArn: executionArn('one') });
    await redrive(rig);
    await rig.clock.advance(5_000);
    await rig.close();
    const second = rig.again();
    second.resume();
    await second.clock.advance(4_999);
    expect(await second.describe('one')).toMatchObject({ status: 'RUNNING' });
    await second.clock.advance(1);
    expect(await second.describe('one')).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 });
  });

  // https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html
  test('is refused for what runs, has succeeded, or ended more than 14 days ago', async () => {
    const { broken, rig } = workshop();
    await rig.machine({ A: { Type: 'Wait', Seconds: 10, Next: 'B' }, B: { ...TASK, Arguments: 'b', End: true } });
    await rig.start('one');
    await expect(redrive(rig)).rejects.toMatchObject({ code: 'ExecutionNotRedrivable', status: 400 });
    await rig.clock.advance(10_000);
    await expect(redrive(rig)).rejects.toMatchObject({ code: 'ExecutionNotRedrivable' });

    broken.add('b');
    await rig.start('two');
    await rig.clock.advance(10_000 + 14 * 86_400_000 + 1);
    await expect(rig.call('RedriveExecution', { executionArn: executionArn('two') })).rejects.toMatchObject({
      code: 'ExecutionNotRedrivable',
    });
    await expect(rig.call('RedriveExecution', { executionArn: executionArn('none') })).rejects.toMatchObject({
      code: 'ExecutionDoesNotExist',
    });
  });
});
