import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { getItem } from '../../../core/aws/table.ts';
import { itemKey } from '../../../core/keys.ts';
import { applyStatusChange } from '../../../core/runs/apply-status-change.ts';
import type { HistoryEvent } from '../../../core/runs/history-event.ts';
import { createRun, findRun, listRuns, markLost } from '../../../core/runs/run.repository.ts';
import { type RunService, runService } from '../../../core/runs/run-service.ts';
import { statusViewOf } from '../../../core/runs/status-view.ts';
import { aToken, NOW } from '../builders.ts';
import { ACTIVITY_ID, aChange, aDelivery, aRun, EXECUTION, later, openWorld, SUCCEEDED } from './world.ts';

const reader = aToken({ scopes: ['runs:read', 'runs:cancel'] }).token;
const notFound = expect.objectContaining({ status: 404 });

let world: Awaited<ReturnType<typeof openWorld>>;
let runs: RunService;
beforeEach(async () => {
  world = await openWorld();
  runs = runService(world.parts);
});
afterEach(() => world.close());

const record = (change: Parameters<typeof applyStatusChange>[1]) => applyStatusChange(world.parts, change, later(3));
const stored = () => findRun(world.table, ACTIVITY_ID);
const statusOf = async (now = later(5)) => {
  const { run, steps } = await runs.read(reader, ACTIVITY_ID, now);
  return statusViewOf(run, steps, now);
};
const inStatusList = async (status: 'QUEUED' | 'RUNNING' | 'FAILED' | 'ABORTED') =>
  (await listRuns(world.table, { workspace: 'default', status }, { limit: 10 })).items.length === 1;

describe('the status of a run', () => {
  test('is notstarted from the delivery on, before the launcher has written anything', async () => {
    await world.deliver(aDelivery());
    expect(await statusOf(later(5))).toEqual({
      id: ACTIVITY_ID,
      creationDate: NOW.toISOString(),
      duration: 5000,
      status: 'notstarted',
      workflowId: 'hello',
      workflowRevisionId: '',
      trigger: 'webhook',
      teamName: 'default',
      steps: [],
    });
  });

  test('follows the status events to the end, and its duration stands still then', async () => {
    await createRun(world.table, aRun());
    expect((await statusOf()).status).toBe('notstarted');
    await record(aChange());
    expect(await statusOf()).toMatchObject({ status: 'inProgress', workflowRevisionId: '7' });
    await record(SUCCEEDED);
    expect(await statusOf(later(100))).toMatchObject({ status: 'completed', duration: 2000 });
  });

  test("follows its own state machine alone: another's execution may have the same name", async () => {
    const other = 'arn:aws:states:us-east-1:123456789012:stateMachine:stack-hello-child';
    await createRun(world.table, aRun());
    await record(aChange());

    expect(await record({ ...SUCCEEDED, stateMachineArn: other })).toBe('unknown');
    expect(await statusOf()).toMatchObject({ status: 'inProgress' });
    expect(await record({ ...SUCCEEDED, stateMachineArn: `${SUCCEEDED.stateMachineArn}:7` })).toBe('recorded');
  });

  test('names the error of a run that failed', async () => {
    await createRun(world.table, aRun());
    await record(aChange({ status: 'FAILED', endedAt: later(2).toISOString(), error: 'Oops', cause: 'It broke.' }));
    expect(await statusOf()).toMatchObject({ status: 'failure', error: { name: 'Oops', cause: 'It broke.' } });
  });

  test.each([
    ['malformed', 'not an id'],
    ['unknown', 'zzzzzzzzzzzzzzzzzzzzzzzzzz-hello'],
    ["another trigger's, of the same delivery", 'abcdefghijklmnopqrstuvwxyz-other'],
  ])('is a 404 for an id that is %s', async (_, activityId) => {
    await world.deliver(aDelivery());
    await expect(runs.read(reader, activityId, NOW)).rejects.toEqual(notFound);
  });

  test('is the same 404 for a token of another workspace or another workflow', async () => {
    await createRun(world.table, aRun());
    const foreign = aToken({ scopes: ['admin'], workspace: 'other' }).token;
    const bound = aToken({ scopes: ['runs:read'], workflowIds: ['on-push'] }).token;
    await expect(runs.read(foreign, ACTIVITY_ID, NOW)).rejects.toEqual(notFound);
    await expect(runs.read(bound, ACTIVITY_ID, NOW)).rejects.toEqual(notFound);
  });

  test('is looked up when a run has shown no change for 60 s', async () => {
    await createRun(world.table, aRun());
    await record(aChange());
    world.execute(SUCCEEDED);
    expect((await statusOf(later(60))).status).toBe('inProgress');
    expect((await statusOf(later(64))).status).toBe('completed');
    expect(world.calls.described).toEqual([EXECUTION]);
  });

  test('is looked up once in 60 s, whatever is found', async () => {
    await createRun(world.table, aRun());
    expect((await statusOf(later(61))).status).toBe('notstarted');
    expect((await statusOf(later(62))).status).toBe('notstarted');
    expect(world.calls.described).toHaveLength(1);
  });

  test('is as recorded while Step Functions is too busy to tell', async () => {
    await createRun(world.table, aRun());
    await record(aChange());
    world.throttle.on = true;
    expect(await statusOf(later(100))).toMatchObject({ status: 'inProgress', steps: [], stepsUnavailable: 'throttled' });
  });
});

describe('the steps', () => {
  const waiting: HistoryEvent[] = [
    {
      id: 1,
      previousEventId: 0,
      type: 'ExecutionStarted',
      timestamp: later(1),
      executionStartedEventDetails: { input: '{"n":1}' },
    },
    {
      id: 2,
      previousEventId: 0,
      type: 'WaitStateEntered',
      timestamp: later(1),
      stateEnteredEventDetails: { name: 'Pause', input: '{"a":0}' },
    },
  ];
  const ended: HistoryEvent[] = [
    ...waiting,
    {
      id: 3,
      previousEventId: 2,
      type: 'WaitStateExited',
      timestamp: later(2),
      stateExitedEventDetails: { name: 'Pause', output: '{"a":1}' },
    },
    { id: 4, previousEventId: 3, type: 'ExecutionSucceeded', timestamp: later(2) },
  ];

  test('are read while the run goes on, and make it waiting in a Wait', async () => {
    await createRun(world.table, aRun());
    await record(aChange());
    world.execute(aChange(), waiting);
    expect(await statusOf()).toMatchObject({ status: 'waiting', steps: [{ taskName: 'Pause', flowTaskStatus: 'waiting' }] });
    await statusOf();
    expect(world.calls.histories).toBe(1);
  });

  test('are kept for good after the end', async () => {
    await createRun(world.table, aRun());
    await record(aChange());
    await record(SUCCEEDED);
    world.execute(SUCCEEDED, ended);
    const first = await statusOf();
    world.throttle.on = true;
    expect((await statusOf()).steps).toEqual(first.steps);
    expect(first.steps).toMatchObject([{ flowTaskStatus: 'completed', outputs: { a: 1 } }]);
  });

  test('come without their outputs where an answer has no room for them', async () => {
    await createRun(world.table, aRun());
    await record(aChange());
    // 1.5 MB of quotes are 3 MB in the answer and 6 MB in what the function returns.
    const output = JSON.stringify('"'.repeat(1_500_000));
    const large = ended.map((event) => (event.id === 3 ? { ...event, stateExitedEventDetails: { name: 'Pause', output } } : event));
    world.execute(aChange(), large);
    expect((await statusOf()).steps).toMatchObject([{ outputs: {} }]);
  });

  test('are kept within an item: the largest inputs and outputs are left out, and said to be', async () => {
    await createRun(world.table, aRun());
    await record(SUCCEEDED);
    // Random text, which no compression makes smaller than the item takes.
    const output = JSON.stringify(randomBytes(400_000).toString('base64'));
    const large = ended.map((event) => (event.id === 3 ? { ...event, stateExitedEventDetails: { name: 'Pause', output } } : event));
    world.execute(SUCCEEDED, large);
    const read = async () => (await runs.read(reader, ACTIVITY_ID, later(5))).steps;

    expect((await read()).steps).toMatchObject([{ outputs: JSON.parse(output) }]);
    world.throttle.on = true;
    expect(await read()).toMatchObject({ input: { n: 1 }, steps: [{ input: { a: 0 }, outputs: {}, omitted: ['outputs'] }] });
    expect((await statusOf()).steps[0]).not.toHaveProperty('omitted');
  });

  test('have what the run and each of them was given, but the status tells only what they gave', async () => {
    await createRun(world.table, aRun());
    await record(SUCCEEDED);
    world.execute(SUCCEEDED, ended);
    const read = async () => (await runs.read(reader, ACTIVITY_ID, later(5))).steps;

    const first = await read();
    world.throttle.on = true;

    expect(first).toMatchObject({ input: { n: 1 }, steps: [{ input: { a: 0 }, outputs: { a: 1 } }] });
    expect(await read()).toEqual(first);
    expect((await statusOf()).steps).toMatchObject([{ outputs: { a: 1 } }]);
    expect((await statusOf()).steps[0]).not.toHaveProperty('input');
  });

  test('and errors are told without the signatures of callback URLs: who may read a run may not answer for it', async () => {
    const url = `https://api.example/callback/${'c'.repeat(26)}?expires=1&signature=${'s'.repeat(43)}`;
    const data = JSON.stringify({ url });
    const failed: HistoryEvent[] = [
      { id: 1, type: 'ExecutionStarted', timestamp: later(1), executionStartedEventDetails: { input: data } },
      { id: 2, type: 'PassStateEntered', timestamp: later(1), stateEnteredEventDetails: { name: 'A', input: data } },
      {
        id: 3,
        previousEventId: 2,
        type: 'PassStateExited',
        timestamp: later(2),
        stateExitedEventDetails: { name: 'A', output: data },
      },
      { id: 4, previousEventId: 3, type: 'ExecutionFailed', timestamp: later(2) },
    ];
    await createRun(world.table, aRun());
    await record(aChange({ status: 'FAILED', endedAt: later(2).toISOString(), error: 'Oops', cause: `Cannot reach ${url}.` }));
    world.execute(SUCCEEDED, failed);

    const told = [await runs.read(reader, ACTIVITY_ID, later(5)), await statusOf()];
    const kept = await getItem(world.table, itemKey.steps(ACTIVITY_ID));

    expect(JSON.stringify(told[0]?.steps).match(/signature=\*\*\*"/g)).toHaveLength(3);
    expect(JSON.stringify(told[1])).toMatch(/Cannot reach .*signature=\*\*\*\./);
    expect(JSON.stringify([told[0]?.steps, told[1]])).not.toContain('sssss');
    expect(gunzipSync(kept?.history as Uint8Array).toString()).not.toContain('sssss');
  });

  test('are not kept of a history that does not tell the end yet', async () => {
    await createRun(world.table, aRun());
    await record(SUCCEEDED);
    world.execute(SUCCEEDED, waiting);
    await statusOf();
    expect(await getItem(world.table, itemKey.steps(ACTIVITY_ID))).toBeUndefined();
  });

  test('of an end before a redrive are not taken for those of the end after it', async () => {
    await createRun(world.table, aRun());
    await record(aChange({ status: 'FAILED', endedAt: later(2).toISOString() }));
    world.execute(SUCCEEDED, [...waiting, { id: 3, previousEventId: 2, type: 'ExecutionFailed', timestamp: later(2) }]);
    expect((await statusOf()).steps).toMatchObject([{ flowTaskStatus: 'failure' }]);
    await record({ ...SUCCEEDED, redriveCount: 1 });
    world.execute(SUCCEEDED, ended);
    expect((await statusOf()).steps).toMatchObject([{ flowTaskStatus: 'completed' }]);
  });
});

describe('a status event', () => {
  test('sets status, times, output and revision, and takes a success off the list of what is open or went wrong', async () => {
    await createRun(world.table, aRun());
    expect(await inStatusList('QUEUED')).toBe(true);
    await record(aChange());
    expect(await inStatusList('RUNNING')).toBe(true);
    await record(SUCCEEDED);
    expect(await stored()).toMatchObject({
      status: 'SUCCEEDED',
      startedAt: later(1).toISOString(),
      endedAt: later(2).toISOString(),
      changedAt: later(3).toISOString(),
      output: '{"ok":true}',
      revision: '7',
    });
    expect(await getItem(world.table, itemKey.run(ACTIVITY_ID))).not.toHaveProperty('statusRuns');
  });

  test('that is late or repeated changes nothing', async () => {
    await createRun(world.table, aRun());
    await record(SUCCEEDED);
    const before = await stored();
    expect(await record(aChange())).toBe('late');
    expect(await record({ ...SUCCEEDED, status: 'FAILED' })).toBe('late');
    expect(await stored()).toEqual(before);
  });

  test('of a redrive opens the run again', async () => {
    await createRun(world.table, aRun());
    await record(aChange({ status: 'FAILED', endedAt: later(2).toISOString(), error: 'Oops', cause: 'Bad.' }));
    await record(aChange({ redriveCount: 1 }));
    const run = await stored();
    expect(run).toMatchObject({ status: 'RUNNING' });
    expect([run?.endedAt, run?.error, run?.cause]).toEqual([undefined, undefined, undefined]);
  });

  test('of an execution that is no run of ours creates nothing', async () => {
    expect(await record(aChange())).toBe('unknown');
    expect(await stored()).toBeUndefined();
  });

  test('opens a run again whose launch had been given up', async () => {
    await createRun(world.table, aRun());
    await markLost(world.table, aRun(), later(1000));
    expect(await stored()).toMatchObject({ status: 'FAILED', error: 'Millrace.LaunchLost', launchFailed: true });
    await record(aChange());
    const run = await stored();
    expect(run).toMatchObject({ status: 'RUNNING' });
    expect([run?.launchFailed, run?.error, run?.endedAt]).toEqual([undefined, undefined, undefined]);
  });

  test('leaves out an output that is too large to keep', async () => {
    await createRun(world.table, aRun());
    await record({ ...SUCCEEDED, output: JSON.stringify('x'.repeat(110_000)) });
    expect((await stored())?.output).toBeUndefined();
  });
});

describe('cancelling', () => {
  const cancel = (now = later(5)) => runs.cancel(reader, ACTIVITY_ID, now);

  test('a run the launcher has not seen leaves it a run that it will not start', async () => {
    await world.deliver(aDelivery());
    expect((await cancel()).run.status).toBe('ABORTED');
    expect(await stored()).toMatchObject({ status: 'ABORTED', error: 'Millrace.Cancelled', endedAt: later(5).toISOString() });
    expect(await inStatusList('ABORTED')).toBe(true);
    expect((await listRuns(world.table, { workspace: 'default', workflowId: 'hello' }, { limit: 1 })).items).toHaveLength(1);
  });

  test('a queued run marks it, and stops an execution that began meanwhile', async () => {
    await createRun(world.table, aRun());
    expect((await cancel()).run.status).toBe('ABORTED');
    expect(world.calls.stopped).toEqual([EXECUTION]);
    expect(await record(aChange())).toBe('stop');
    expect((await stored())?.status).toBe('ABORTED');
  });

  test('a running one stops it, and shows at once as cancelled', async () => {
    await createRun(world.table, aRun());
    await record(aChange());
    await cancel();
    expect(world.calls.stopped).toEqual([EXECUTION]);
    expect((await statusOf()).status).toBe('cancelled');
  });

  test('gives way to the end that the execution came to before it could be stopped', async () => {
    await createRun(world.table, aRun());
    await record(aChange());
    await cancel();
    await record(SUCCEEDED);
    expect((await statusOf()).status).toBe('completed');
  });

  test('a run that cannot be stopped just now is a 503, and asking again stops it', async () => {
    await createRun(world.table, aRun());
    world.throttle.on = true;
    await expect(cancel()).rejects.toMatchObject({ status: 503 });
    world.throttle.on = false;
    await cancel();
    expect(world.calls.stopped).toEqual([EXECUTION]);
  });

  test('again is no error', async () => {
    await createRun(world.table, aRun());
    const first = await cancel();
    expect((await cancel(later(50))).run).toEqual(first.run);
  });

  test('a run that ended is refused with its state', async () => {
    await createRun(world.table, aRun());
    await record(SUCCEEDED);
    await expect(cancel()).rejects.toMatchObject({ status: 409, message: expect.stringContaining('SUCCEEDED') });
  });

  test('a run that waits to be launched again keeps it from being launched', async () => {
    await createRun(world.table, aRun());
    await markLost(world.table, aRun(), later(1000));
    await cancel(later(1001));
    const run = await stored();
    expect([run?.status, run?.launchFailed]).toEqual(['ABORTED', undefined]);
  });

  test('starts again from what the run has become meanwhile', async () => {
    await world.deliver(aDelivery());
    const { findRun: find } = world.parts;
    let isFirstLook = true;
    const racing = runService({
      ...world.parts,
      findRun: async (activityId) => {
        if (!isFirstLook) return find(activityId);
        isFirstLook = false;
        await createRun(world.table, aRun());
        return undefined;
      },
    });
    expect((await racing.cancel(reader, ACTIVITY_ID, later(5))).run.status).toBe('ABORTED');
    expect(await stored()).toMatchObject({ status: 'ABORTED', revision: '1' });
  });

  test('needs its own scope', async () => {
    await createRun(world.table, aRun());
    await expect(runs.cancel(aToken({ scopes: ['runs:read'] }).token, ACTIVITY_ID, NOW)).rejects.toEqual(notFound);
  });
});
