import { describe, expect, test } from '@jest/globals';
import type { HistoryEvent } from '../../../core/runs/history-event.ts';
import { isWaiting, stepsOf } from '../../../core/runs/steps.ts';
import type { Json } from '../../../local/aws/service.ts';
import { createRig, executionArn, machineArn } from './rig.ts';

const ASK = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Arguments: { FunctionName: 'ask', Payload: { token: '{% $states.context.Task.Token %}' } },
} as const;

/** A rig whose function keeps the tokens that it is given. */
function asking(more: Json = {}) {
  const tokens: string[] = [];
  const rig = createRig({ work: (payload) => void tokens.push((payload as { token: string }).token) });
  const token = () => {
    const last = tokens.at(-1);
    if (last === undefined) throw new Error('No token was given.');
    return last;
  };
  const started = async () => {
    await rig.machine({ A: { ...ASK, ...more, End: true } });
    await rig.start('one');
    await rig.clock.idle();
  };
  return { rig, tokens, token, started };
}

type Rig = ReturnType<typeof createRig>;
const success = (rig: Rig, taskToken: unknown, output: unknown = { ok: true }) =>
  rig.call('SendTaskSuccess', { taskToken, output: JSON.stringify(output) });
const types = async (rig: Rig) => (await rig.history('one')).map(({ type }) => type);

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
describe('a task that waits for its token', () => {
  test('goes on with the output that comes back with it', async () => {
    const { rig, token, started } = asking({ Output: '{% $states.result.ok %}' });
    await started();
    await rig.clock.advance(3_600_000);
    expect(await rig.describe('one')).toMatchObject({ status: 'RUNNING' });
    expect(await success(rig, token())).toEqual({});
    await rig.clock.idle();
    expect(await rig.describe('one')).toMatchObject({ status: 'SUCCEEDED', output: 'true' });
    expect(await types(rig)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  test('fails with the error that comes back with it, which can be retried with another token', async () => {
    const { rig, tokens, token, started } = asking({ Retry: [{ ErrorEquals: ['Refused'], IntervalSeconds: 1, MaxAttempts: 1 }] });
    await started();
    const failure = { error: 'Refused', cause: 'by hand' };
    await rig.call('SendTaskFailure', { taskToken: token(), ...failure });
    await rig.clock.advance(1_000);
    expect(new Set(tokens).size).toBe(2);
    await rig.call('SendTaskFailure', { taskToken: token(), ...failure });
    await rig.clock.idle();
    expect(await rig.describe('one')).toMatchObject({ status: 'FAILED', ...failure });
  });

  test('shows as waiting in the steps of its run', async () => {
    const { rig, started } = asking();
    await started();
    const events = (await rig.history('one')).map((event) => ({ ...event, timestamp: new Date(Number(event.timestamp) * 1000) }));
    const steps = stepsOf('one', events as unknown as HistoryEvent[], rig.clock.now());
    expect(steps).toMatchObject([{ taskName: 'A', flowTaskStatus: 'waiting' }]);
    expect(isWaiting(steps)).toBe(true);
  });

  // https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskHeartbeat.html
  test('times out without a heartbeat for HeartbeatSeconds, and each heartbeat puts it off', async () => {
    const { rig, token, started } = asking({ HeartbeatSeconds: 10, TimeoutSeconds: 60 });
    await started();
    await rig.clock.advance(9_000);
    expect(await rig.call('SendTaskHeartbeat', { taskToken: token() })).toEqual({});
    await rig.clock.advance(9_999);
    expect(await rig.describe('one')).toMatchObject({ status: 'RUNNING' });
    await rig.clock.advance(1);
    expect(await rig.describe('one')).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    const history = await rig.history('one');
    expect(history.at(-2)).toMatchObject({ type: 'TaskTimedOut', taskTimedOutEventDetails: { error: 'States.Timeout' } });
    expect(history[2]).toMatchObject({ taskScheduledEventDetails: { heartbeatInSeconds: 10, timeoutInSeconds: 60 } });
  });

  test('times out after TimeoutSeconds whatever its heartbeats', async () => {
    const { rig, token, started } = asking({ HeartbeatSeconds: 10, TimeoutSeconds: 15 });
    await started();
    await rig.clock.advance(8_000);
    await rig.call('SendTaskHeartbeat', { taskToken: token() });
    await rig.clock.advance(7_000);
    expect(await rig.describe('one')).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  test('outlives the process, with its token and its deadlines', async () => {
    const { rig, tokens, token, started } = asking({ HeartbeatSeconds: 100, TimeoutSeconds: 1000 });
    await started();
    await rig.clock.advance(60_000);
    await rig.close();
    const second = rig.again();
    second.resume();
    await second.clock.advance(30_000);
    await second.call('SendTaskHeartbeat', { taskToken: token() });
    await second.clock.advance(99_000);
    await success(second, token());
    await second.clock.idle();
    expect(await second.describe('one')).toMatchObject({ status: 'SUCCEEDED', output: '{"ok":true}' });
    expect(tokens).toHaveLength(1);
    expect((await types(second)).filter((type) => type === 'TaskSubmitted')).toHaveLength(1);
  });

  test('takes an answer that comes before its service has answered', async () => {
    const rig: Rig = createRig({
      async work(payload) {
        await success(rig, (payload as { token: string }).token, 'early');
      },
    });
    await rig.machine({ A: { ...ASK, End: true } });
    await rig.start('one');
    await rig.clock.idle();
    expect(await rig.describe('one')).toMatchObject({ status: 'SUCCEEDED', output: '"early"' });
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
  test('is refused in an Express state machine', async () => {
    const rig = createRig();
    await expect(rig.machine({ A: { ...ASK, End: true } }, { StateMachineType: 'EXPRESS' })).rejects.toThrow('waitForTaskToken');
  });
});

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
describe('an answer is refused', () => {
  test('with InvalidToken, TaskDoesNotExist or InvalidOutput', async () => {
    const { rig, token, started } = asking();
    await started();
    await expect(success(rig, 'nonsense')).rejects.toMatchObject({ code: 'InvalidToken', status: 400 });
    await expect(success(rig, 'a'.repeat(86))).rejects.toMatchObject({ code: 'TaskDoesNotExist', status: 400 });
    await expect(rig.call('SendTaskSuccess', { taskToken: token(), output: '{' })).rejects.toMatchObject({ code: 'InvalidOutput' });
  });

  test.each([
    ['has been answered', async (rig: Rig, token: string) => void (await success(rig, token))],
    ['has timed out', (rig: Rig) => rig.clock.advance(30_000)],
    [
      'belongs to an execution that was stopped',
      async (rig: Rig) => void (await rig.call('StopExecution', { executionArn: executionArn('one') })),
    ],
  ])('with TaskTimedOut when the task %s', async (_why, end) => {
    const { rig, token, started } = asking({ TimeoutSeconds: 30 });
    await started();
    await end(rig, token());
    await rig.clock.idle();
    for (const operation of ['SendTaskSuccess', 'SendTaskFailure', 'SendTaskHeartbeat']) {
      await expect(rig.call(operation, { taskToken: token(), output: '{}' })).rejects.toMatchObject({ code: 'TaskTimedOut' });
    }
  });
});

// https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_stepfunctions.StateMachine.html#grantwbrtaskwbrresponseidentity
test('an answer needs the permission on the state machine of the task', async () => {
  const { rig, token, started } = asking();
  await started();
  expect(rig.service.permissions('SendTaskSuccess', { taskToken: token() })).toEqual([
    { action: 'states:SendTaskSuccess', resource: machineArn() },
  ]);
});
