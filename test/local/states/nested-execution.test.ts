import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../../local/aws/service.ts';
import { createRig, executionArn, machineArn } from './rig.ts';

const CHILD = { W: { Type: 'Wait', Seconds: 10, Next: 'P' }, P: { Type: 'Pass', Output: { n: 1 }, End: true } };

async function nested(resource: string, child: Readonly<Record<string, Json>>) {
  const rig = createRig();
  await rig.machine(child, { StateMachineName: 'child' });
  const Arguments = { StateMachineArn: machineArn('child'), Name: 'inner', Input: { a: 1 } };
  await rig.machine({ A: { Type: 'Task', Resource: `arn:aws:states:::${resource}`, Arguments, End: true } });
  await rig.start('one');
  await rig.clock.idle();
  return rig;
}

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
describe('a nested execution', () => {
  test.each([
    ['states:startExecution.sync', '{"n":1}', '{"a":1}'],
    ['states:startExecution.sync:2', { n: 1 }, { a: 1 }],
  ])('%s goes on when it has ended, with what it gave', async (resource, Output, Input) => {
    const rig = await nested(resource, CHILD);
    await rig.clock.advance(9_999);
    expect(await rig.describe('one')).toMatchObject({ status: 'RUNNING' });
    await rig.clock.advance(1);
    const { status, output } = await rig.describe('one');
    expect(status).toBe('SUCCEEDED');
    expect(JSON.parse(String(output))).toMatchObject({
      ExecutionArn: 'arn:aws:states:us-east-1:123456789012:execution:child:inner',
      Name: 'inner',
      Status: 'SUCCEEDED',
      Input,
      InputDetails: { Included: true },
      Output,
      OutputDetails: { Included: true },
      StartDate: 1_767_225_600_000,
      StopDate: 1_767_225_610_000,
    });
    expect((await rig.history('one')).map(({ type }) => type)).toContain('TaskSubmitted');
  });

  test('that fails, fails the task with States.TaskFailed and its description', async () => {
    const rig = await nested('states:startExecution.sync:2', { F: { Type: 'Fail', Error: 'Broken', Cause: 'why' } });
    const { error, cause } = await rig.describe('one');
    expect(error).toBe('States.TaskFailed');
    expect(JSON.parse(String(cause))).toMatchObject({ Status: 'FAILED', Error: 'Broken', Cause: 'why' });
  });

  test('is waited for by the next process, and not started twice', async () => {
    const rig = await nested('states:startExecution.sync:2', CHILD);
    await rig.clock.advance(5_000);
    await rig.close();
    const second = rig.again();
    second.resume();
    await second.clock.advance(5_000);
    expect(await second.describe('one')).toMatchObject({ status: 'SUCCEEDED', stopDate: 1_767_225_610 });
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
  test('is stopped when the one that waits for it is', async () => {
    const rig = await nested('states:startExecution.sync', CHILD);
    await rig.call('StopExecution', { executionArn: executionArn('one') });
    await rig.clock.idle();
    expect(await rig.call('DescribeExecution', { executionArn: executionArn('inner', 'child') })).toMatchObject({
      status: 'ABORTED',
    });
  });

  test('of a state machine that does not exist fails as StartExecution does', async () => {
    const rig = createRig();
    const Arguments = { StateMachineArn: machineArn('none') };
    await rig.machine({ A: { Type: 'Task', Resource: 'arn:aws:states:::states:startExecution.sync', Arguments, End: true } });
    await rig.start('one');
    await rig.clock.idle();
    expect(await rig.describe('one')).toMatchObject({ error: 'StepFunctions.StateMachineDoesNotExistException' });
  });
});

test('publishing to a topic fails the step, as there are no topics locally', async () => {
  const rig = createRig();
  await rig.machine({ Tell: { Type: 'Task', Resource: 'arn:aws:states:::sns:publish', Arguments: { Message: 'hi' }, End: true } });
  await rig.start('one');
  await rig.clock.idle();
  expect(await rig.describe('one')).toMatchObject({
    status: 'FAILED',
    error: 'Local.NotSupported',
    cause: 'The state Tell publishes to a topic; there are no topics locally.',
  });
  expect(rig.lines).toEqual(['state machine machine: The state Tell publishes to a topic; there are no topics locally.']);
});
