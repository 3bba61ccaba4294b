import { describe, expect, test } from '@jest/globals';
import { AwsError } from '../../../local/aws/service.ts';
import { createRig, TASK } from './rig.ts';

type Rig = ReturnType<typeof createRig>;

/** A process that is gone: it takes part in nothing any more. */
async function kill(rig: Rig): Promise<void> {
  await rig.clock.idle();
  await rig.close();
}

const types = async (rig: Rig, name = 'one') => (await rig.history(name)).map(({ type }) => type);

// Standard executions are durable (https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html).
describe('after the process was killed', () => {
  test('an execution goes on from its last finished state, with its variables, and writes no history twice', async () => {
    const worked: unknown[] = [];
    const work = (payload: unknown) => worked.push(payload);
    const graph = {
      A: { ...TASK, Arguments: 'first', Assign: { x: '{% $states.result %}' }, Next: 'B' },
      B: { Type: 'Wait', Seconds: 100, Next: 'C' },
      C: { ...TASK, Arguments: 'second', Output: { x: '{% $x %}', y: '{% $states.result %}' }, End: true },
    };
    const first = createRig({ work });
    await first.machine(graph);
    await first.start('one');
    await first.clock.advance(40_000);
    await kill(first);

    const second = first.again();
    second.resume();
    await second.clock.advance(59_999);
    expect(await second.describe('one')).toMatchObject({ status: 'RUNNING' });
    await second.clock.advance(1);

    expect(await second.describe('one')).toMatchObject({ status: 'SUCCEEDED', output: '{"x":1,"y":2}', stopDate: 1_767_225_700 });
    expect(worked).toEqual(['first', 'second']);
    expect(await types(second)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
      'TaskStateExited',
      'WaitStateEntered',
      'WaitStateExited',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    expect(second.statuses()).toEqual(['SUCCEEDED']);
  });

  test('a task that was under way is run again', async () => {
    const first = createRig({ work: () => new Promise(() => {}) });
    await first.machine({ A: { ...TASK, End: true } });
    await first.start('one');
    await kill(first);
    const second = first.again({ work: () => 'done' });
    second.resume();
    await second.clock.idle();
    expect(await second.describe('one')).toMatchObject({ status: 'SUCCEEDED', output: '"done"' });
    expect((await types(second)).filter((type) => type === 'TaskStateEntered')).toHaveLength(1);
  });

  test('finished branches and iterations are not run again', async () => {
    const worked: unknown[] = [];
    const item = {
      StartAt: 'T',
      States: {
        T: { ...TASK, Next: 'W' },
        W: { Type: 'Wait', Seconds: '{% $states.input * 10 %}', Output: '{% $states.context.Map.Item.Value %}', End: true },
      },
    };
    const first = createRig({ work: (payload) => worked.push(payload) });
    await first.machine({ A: { Type: 'Map', Items: [1, 2, 3], MaxConcurrency: 2, ItemProcessor: item, End: true } });
    await first.start('one');
    await first.clock.advance(15_000);
    await kill(first);
    expect(worked).toEqual([1, 2, 3]);

    const second = first.again();
    second.resume();
    await second.clock.advance(25_000);
    expect(await second.describe('one')).toMatchObject({ status: 'SUCCEEDED', output: '[1,2,3]', stopDate: 1_767_225_640 });
    expect(worked).toEqual([1, 2, 3]);
    const counted = Object.groupBy(await types(second), (type) => type);
    expect(counted.MapIterationStarted).toHaveLength(3);
    expect(counted.MapIterationSucceeded).toHaveLength(3);
    expect(counted.MapStateStarted).toHaveLength(1);
  });

  test('iterations whose failure was tolerated are not run again, and count on', async () => {
    const worked: unknown[] = [];
    const work = (payload: unknown) => {
      worked.push(payload);
      if (Number(payload) % 2 === 1) throw new AwsError('ServiceException', 'odd');
      return payload;
    };
    const item = {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'W',
      States: {
        W: { Type: 'Wait', Seconds: '{% $states.input * 10 %}', Next: 'T' },
        T: { ...TASK, End: true },
      },
    };
    const first = createRig({ work });
    await first.machine({ A: { Type: 'Map', Items: [1, 2, 3], ToleratedFailureCount: 1, ItemProcessor: item, End: true } });
    await first.start('one');
    await first.clock.advance(15_000);
    await kill(first);

    const second = first.again();
    second.resume();
    await second.clock.advance(15_000);
    expect(worked).toEqual([1, 2, 3]);
    expect(await second.describe('one')).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
  });

  test('retries are counted on, and wait for the time that was set', async () => {
    let calls = 0;
    const graph = { A: { ...TASK, Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 100, MaxAttempts: 1 }], End: true } };
    const broken = () => {
      calls += 1;
      throw new AwsError('ServiceException', 'broken');
    };
    const first = createRig({ work: broken });
    await first.machine(graph);
    await first.start('one');
    await first.clock.advance(60_000);
    await kill(first);
    const second = first.again();
    second.resume();
    await second.clock.advance(39_999);
    expect(calls).toBe(1);
    await second.clock.advance(1);
    expect(calls).toBe(2);
    expect(await second.describe('one')).toMatchObject({ status: 'FAILED' });
  });

  test('a time-out of the whole execution counts from its start', async () => {
    const first = createRig();
    await first.machine({ A: { Type: 'Wait', Seconds: 100, End: true } }, { TimeoutSeconds: 50 });
    await first.start('one');
    await first.clock.advance(30_000);
    await kill(first);
    const second = first.again();
    second.resume();
    await second.clock.advance(20_000);
    expect(await second.describe('one')).toMatchObject({ status: 'TIMED_OUT', stopDate: 1_767_225_650 });
  });

  test('an execution keeps the definition that it began with', async () => {
    const first = createRig();
    await first.machine({ A: { Type: 'Wait', Seconds: 10, Next: 'B' }, B: { Type: 'Pass', Output: 'old', End: true } });
    await first.start('one');
    await kill(first);
    const second = first.again();
    await second.machine({ A: { Type: 'Pass', Output: 'new', End: true } });
    second.resume();
    await second.clock.advance(10_000);
    expect(await second.describe('one')).toMatchObject({ output: '"old"' });
  });

  test('a status change that had not reached the bus is emitted, in its order', async () => {
    const first = createRig({ emit: () => new Promise(() => {}) });
    await first.machine({ A: { Type: 'Pass', End: true } });
    await first.start('one');
    await first.clock.idle();
    expect(await first.describe('one')).toMatchObject({ status: 'SUCCEEDED' });

    const second = first.again({ emit: () => undefined });
    second.resume();
    await second.clock.idle();
    expect(second.statuses()).toEqual(['RUNNING', 'SUCCEEDED']);
    const third = second.again({ emit: () => undefined });
    third.resume();
    await third.clock.idle();
    expect(third.statuses()).toEqual([]);
  });

  test('an Express execution is run again from its start', async () => {
    const worked: unknown[] = [];
    const graph = { A: { ...TASK, Next: 'B' }, B: { Type: 'Wait', Seconds: 10, End: true } };
    const first = createRig({ work: (payload) => worked.push(payload) });
    await first.machine(graph, { StateMachineType: 'EXPRESS' });
    await first.start('one', 'in');
    await kill(first);
    const second = first.again();
    second.resume();
    await second.clock.advance(10_000);
    expect(worked).toEqual(['in', 'in']);
    const third = second.again();
    third.resume();
    await third.clock.advance(10_000);
    expect(worked).toHaveLength(2);
  });

  test('an Express execution has its whole time again, however long nothing ran', async () => {
    const worked: unknown[] = [];
    const graph = { A: { Type: 'Wait', Seconds: 10, Next: 'B' }, B: { ...TASK, End: true } };
    const first = createRig({ work: (payload) => worked.push(payload) });
    await first.machine(graph, { StateMachineType: 'EXPRESS' });
    await first.start('one', 'in');
    await kill(first);
    await first.clock.advance(3_600_000);
    const second = first.again();
    second.resume();
    await second.clock.advance(10_000);
    expect(worked).toEqual(['in']);
    expect(second.lines).toEqual([]);
  });
});
