import { describe, expect, test } from '@jest/globals';
import { createRig, executionArn, machineArn, TASK } from './rig.ts';

const PASS = { A: { Type: 'Pass', End: true } };
const WAIT = { A: { Type: 'Wait', Seconds: 60, End: true } };

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
describe('StartExecution', () => {
  test('starts an execution whose end DescribeExecution tells', async () => {
    const rig = createRig();
    await rig.machine(PASS);
    expect(await rig.start('one', { n: 1 })).toEqual({ executionArn: executionArn('one'), startDate: 1_767_225_600 });
    await rig.clock.idle();
    expect(await rig.describe('one')).toEqual({
      executionArn: executionArn('one'),
      stateMachineArn: machineArn(),
      name: 'one',
      status: 'SUCCEEDED',
      startDate: 1_767_225_600,
      stopDate: 1_767_225_600,
      input: '{"n":1}',
      inputDetails: { included: true },
      output: '{"n":1}',
      outputDetails: { included: true },
      redriveCount: 0,
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    });
    expect(rig.meter.read()).toEqual({ 'states.transitions': 1 });
  });

  test('is idempotent while the execution runs with the same input, and else the name is taken', async () => {
    const rig = createRig();
    await rig.machine(WAIT);
    const first = await rig.start('one', { n: 1 });
    await rig.clock.advance(5_000);
    expect(await rig.start('one', { n: 1 })).toEqual(first);
    await expect(rig.start('one', { n: 2 })).rejects.toMatchObject({ code: 'ExecutionAlreadyExists', status: 400 });
    await rig.clock.advance(60_000);
    await expect(rig.start('one', { n: 1 })).rejects.toMatchObject({ code: 'ExecutionAlreadyExists' });
  });

  test('a name is free again 90 days after the execution’s end', async () => {
    const rig = createRig();
    await rig.machine(PASS);
    await rig.start('one');
    await rig.clock.advance(90 * 86_400_000);
    await expect(rig.start('one')).rejects.toMatchObject({ code: 'ExecutionAlreadyExists' });
    await rig.clock.advance(1);
    await expect(rig.start('one')).resolves.toMatchObject({ executionArn: executionArn('one') });
  });

  test.each([
    ['InvalidName', { name: 'a b' }],
    ['InvalidName', { name: 'a'.repeat(81) }],
    ['InvalidName', { name: '' }],
    ['InvalidName', { name: 'a/b' }],
    ['InvalidExecutionInput', { input: '{' }],
    ['ValidationException', { input: JSON.stringify('é'.repeat(131_072)) }],
    ['StateMachineDoesNotExist', { stateMachineArn: machineArn('other') }],
    ['StateMachineDoesNotExist', { stateMachineArn: `${machineArn()}:7` }],
    ['InvalidArn', { stateMachineArn: 'machine' }],
  ])('refuses with %s', async (code, input) => {
    const rig = createRig();
    await rig.machine(PASS);
    await expect(rig.call('StartExecution', { stateMachineArn: machineArn(), ...input })).rejects.toMatchObject({
      code,
      status: 400,
    });
  });

  test('takes a name of 80 characters and makes one up when there is none', async () => {
    const rig = createRig();
    await rig.machine(PASS);
    await expect(rig.start('a'.repeat(80))).resolves.toMatchObject({ executionArn: executionArn('a'.repeat(80)) });
    const { executionArn: arn } = await rig.call('StartExecution', { stateMachineArn: machineArn() });
    expect(arn).toMatch(/:execution:machine:[0-9a-f-]{36}$/);
  });
});

test.each([
  ['a __proto__ key', '{"__proto__":{"a":1}}'],
  ['a lone surrogate', '"\\ud800"'],
])('an input with %s comes out as it went in', async (_what, input) => {
  const rig = createRig();
  await rig.machine({
    A: { Type: 'Pass', Assign: { x: '{% $states.input %}' }, Next: 'B' },
    B: { Type: 'Pass', Output: '{% $x %}', End: true },
  });
  await rig.call('StartExecution', { stateMachineArn: machineArn(), name: 'one', input });
  await rig.clock.idle();
  expect(await rig.describe('one')).toMatchObject({ status: 'SUCCEEDED', output: input });
});

test('an input nested too deeply for the engine fails its execution, and nothing else', async () => {
  const rig = createRig();
  await rig.machine(PASS);
  await rig.call('StartExecution', {
    stateMachineArn: machineArn(),
    name: 'deep',
    input: `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
  });
  await rig.start('one');
  await rig.clock.idle();
  expect((await rig.describe('deep')).status).not.toBe('RUNNING');
  expect(await rig.describe('one')).toMatchObject({ status: 'SUCCEEDED' });
});

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineVersion.html,
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-version.html
test('a version that is deleted starts no more, its executions go on, and its number is not given again', async () => {
  const rig = createRig();
  await rig.machine({ Slow: { Type: 'Wait', Seconds: 60, End: true } });
  await rig.version('V1');
  await rig.start('goes-on', {}, `${machineArn()}:1`);
  const remove = () => rig.call('DeleteStateMachineVersion', { stateMachineVersionArn: `${machineArn()}:1` });

  expect(await remove()).toEqual({});
  expect(await remove()).toEqual({});

  await expect(rig.start('too-late', {}, `${machineArn()}:1`)).rejects.toMatchObject({ code: 'StateMachineDoesNotExist' });
  expect(await rig.describe('goes-on')).toMatchObject({ status: 'RUNNING' });
  expect(await rig.version('V1')).toMatchObject({ ref: `${machineArn()}:2` });
  await expect(rig.call('DeleteStateMachineVersion', { stateMachineVersionArn: machineArn() })).rejects.toMatchObject({
    code: 'InvalidArn',
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-version.html
test('a version runs the definition that it was published with; its execution’s ARN names the state machine', async () => {
  const rig = createRig();
  await rig.machine({ A: { Type: 'Pass', Output: 'old', End: true } });
  await rig.version('V1');
  await rig.machine({ A: { Type: 'Pass', Output: 'new', End: true } });
  await rig.start('by-version', {}, `${machineArn()}:1`);
  await rig.start('by-name');
  await rig.clock.idle();
  expect(await rig.describe('by-version')).toMatchObject({ output: '"old"', stateMachineVersionArn: `${machineArn()}:1` });
  expect(await rig.describe('by-name')).toMatchObject({ output: '"new"' });
});

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
describe('StopExecution', () => {
  test('aborts a running execution with the error and cause given', async () => {
    const rig = createRig({ work: () => new Promise(() => {}) });
    await rig.machine({ A: { Type: 'Parallel', Branches: [{ StartAt: 'B', States: { B: { ...TASK, End: true } } }], End: true } });
    await rig.start('one');
    await rig.clock.advance(2_000);
    const stopped = await rig.call('StopExecution', { executionArn: executionArn('one'), error: 'Cancelled', cause: 'by hand' });
    expect(stopped).toEqual({ stopDate: 1_767_225_602 });
    await rig.clock.idle();
    expect(await rig.describe('one')).toMatchObject({
      status: 'ABORTED',
      error: 'Cancelled',
      cause: 'by hand',
      redriveStatus: 'REDRIVABLE',
    });
    expect((await rig.history('one')).at(-1)).toMatchObject({
      type: 'ExecutionAborted',
      executionAbortedEventDetails: { error: 'Cancelled', cause: 'by hand' },
    });
    expect(rig.statuses()).toEqual(['RUNNING', 'ABORTED']);
  });

  test('of an unknown execution is ExecutionDoesNotExist', async () => {
    await expect(createRig().call('StopExecution', { executionArn: executionArn('one') })).rejects.toMatchObject({
      code: 'ExecutionDoesNotExist',
    });
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
test('an execution that runs longer than the state machine’s TimeoutSeconds ends as TIMED_OUT', async () => {
  const rig = createRig();
  await rig.machine(WAIT, { TimeoutSeconds: 30 });
  await rig.start('one');
  await rig.clock.advance(30_000);
  expect(await rig.describe('one')).toMatchObject({ status: 'TIMED_OUT', stopDate: 1_767_225_630, error: 'States.Timeout' });
  expect((await rig.history('one')).map(({ type }) => type)).toEqual(['ExecutionStarted', 'WaitStateEntered', 'ExecutionTimedOut']);
});

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
describe('GetExecutionHistory', () => {
  async function ran() {
    const rig = createRig({ work: () => ({ ok: true }) });
    await rig.machine({ A: { ...TASK, Arguments: { n: 1 }, Assign: { x: 1 }, Next: 'B' }, B: { Type: 'Succeed' } });
    await rig.start('one', { in: 1 });
    await rig.clock.idle();
    return rig;
  }

  test('tells what happened, in order, each event after its cause', async () => {
    const rig = await ran();
    expect((await rig.history('one')).map(({ id, previousEventId, type }) => [id, previousEventId, type])).toEqual([
      [1, 0, 'ExecutionStarted'],
      [2, 0, 'TaskStateEntered'],
      [3, 2, 'LambdaFunctionScheduled'],
      [4, 3, 'LambdaFunctionStarted'],
      [5, 4, 'LambdaFunctionSucceeded'],
      [6, 5, 'TaskStateExited'],
      [7, 6, 'SucceedStateEntered'],
      [8, 7, 'SucceedStateExited'],
      [9, 8, 'ExecutionSucceeded'],
    ]);
  });

  test('has the details of each kind', async () => {
    const [started, entered, scheduled, , succeeded, exited, , , ended] = await (await ran()).history('one');
    expect(started).toMatchObject({ timestamp: 1_767_225_600, executionStartedEventDetails: { input: '{"in":1}' } });
    expect(entered).toMatchObject({ stateEnteredEventDetails: { name: 'A', input: '{"in":1}' } });
    expect(scheduled).toMatchObject({ lambdaFunctionScheduledEventDetails: { resource: TASK.Resource, input: '{"n":1}' } });
    expect(succeeded).toMatchObject({ lambdaFunctionSucceededEventDetails: { output: '{"ok":true}' } });
    expect(exited).toMatchObject({ stateExitedEventDetails: { name: 'A', output: '{"ok":true}', assignedVariables: { x: '1' } } });
    expect(ended).toMatchObject({ executionSucceededEventDetails: { output: '{"ok":true}' } });
  });

  test('comes in pages, also from its end, and without the data when asked', async () => {
    const rig = await ran();
    const ids: unknown[] = [];
    let nextToken: unknown;
    do {
      const page = await rig.call('GetExecutionHistory', {
        executionArn: executionArn('one'),
        maxResults: 4,
        reverseOrder: true,
        includeExecutionData: false,
        nextToken,
      });
      ids.push(...(page.events as { id: number }[]).map(({ id }) => id));
      expect(JSON.stringify(page.events)).not.toMatch(/"(input|output|assignedVariables)"/);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(ids).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
test('an execution whose history reaches 25,000 events fails', async () => {
  const rig = createRig();
  await rig.machine({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } });
  await rig.start('one');
  const deadline = Date.now() + 10_000;
  while ((await rig.describe('one')).status === 'RUNNING' && Date.now() < deadline) await rig.clock.idle();
  expect(await rig.describe('one')).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  const last = await rig.call('GetExecutionHistory', { executionArn: executionArn('one'), maxResults: 1, reverseOrder: true });
  expect(last.events).toMatchObject([{ type: 'ExecutionFailed' }]);
  expect((last.events as { id: number }[])[0]?.id).toBeLessThanOrEqual(25_000);
});

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
test('ListExecutions lists the newest first, by status, in pages', async () => {
  const rig = createRig();
  await rig.machine(PASS);
  for (const name of ['one', 'two', 'three']) await rig.start(name);
  await rig.clock.idle();
  await rig.machine(WAIT);
  await rig.start('four');
  const names = ({ executions }: { executions?: unknown }) => (executions as { name: string }[]).map(({ name }) => name);
  const page = await rig.call('ListExecutions', { stateMachineArn: machineArn(), maxResults: 3 });
  expect(names(page)).toEqual(['four', 'three', 'two']);
  expect(names(await rig.call('ListExecutions', { stateMachineArn: machineArn(), nextToken: page.nextToken }))).toEqual(['one']);
  expect(names(await rig.call('ListExecutions', { stateMachineArn: machineArn(), statusFilter: 'RUNNING' }))).toEqual(['four']);
});

// https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
describe('an Express state machine', () => {
  const express = { StateMachineType: 'EXPRESS' };

  test('starts as many executions of one name as asked, and emits nothing', async () => {
    const rig = createRig();
    await rig.machine(PASS, express);
    const [first, second] = [await rig.start('one'), await rig.start('one')];
    expect(first.executionArn).toMatch(/^arn:aws:states:us-east-1:123456789012:express:machine:one:[0-9a-f-]{36}$/);
    expect(first.executionArn).not.toBe(second.executionArn);
    await rig.clock.idle();
    expect(rig.events).toEqual([]);
    expect(rig.lines).toEqual([]);
    expect(rig.meter.read()['states.expressRequests']).toBe(2);
  });

  test('tells of a failure by one line, without its data', async () => {
    const rig = createRig();
    await rig.machine({ A: { Type: 'Fail', Error: 'Broken', Cause: 'secret' } }, express);
    await rig.start('one', { password: 'secret' });
    await rig.clock.idle();
    expect(rig.lines).toEqual(['state machine machine: FAILED with Broken']);
  });

  test('ends after five minutes', async () => {
    const rig = createRig();
    await rig.machine({ A: { Type: 'Wait', Seconds: 400, End: true } }, express);
    await rig.start('one');
    await rig.clock.advance(300_000);
    expect(rig.lines).toEqual(['state machine machine: TIMED_OUT with States.Timeout']);
  });
});

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
test.each([
  ['StartExecution', { stateMachineArn: `${machineArn()}:3` }, `${machineArn()}:3`],
  ['DescribeExecution', { executionArn: executionArn('one') }, executionArn('one')],
  ['GetExecutionHistory', { executionArn: executionArn('one') }, executionArn('one')],
  ['StopExecution', { executionArn: executionArn('one') }, executionArn('one')],
])('%s is checked on the ARN that it names', (operation, input, resource) => {
  expect(createRig().service.permissions(operation, input)).toEqual([{ action: `states:${operation}`, resource }]);
});

test('an operation that is not supported is refused', async () => {
  await expect(createRig().call('CreateActivity', {})).rejects.toMatchObject({ code: 'UnknownOperationException' });
});
