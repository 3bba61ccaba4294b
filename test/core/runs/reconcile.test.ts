import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { queryIndex } from '../../../core/aws/table.ts';
import { BASE32, collection, INDEXES } from '../../../core/keys.ts';
import { type OpenRuns, type Reconcile, reconciler } from '../../../core/runs/reconcile.ts';
import { createRun, findRun, findRuns, listRuns, markLost, noteLine } from '../../../core/runs/run.repository.ts';
import type { Run } from '../../../core/runs/run.ts';
import { NOW } from '../builders.ts';
import { ACTIVITY_ID, aRun, EXECUTION, later, openWorld, SUCCEEDED } from './world.ts';

let world: Awaited<ReturnType<typeof openWorld>>;
let reconcile: Reconcile;
let advanced: string[];
let lines: string[];
beforeEach(async () => {
  world = await openWorld();
  advanced = [];
  lines = [];
  reconcile = reconciler(parts());
});
afterEach(() => world.close());

const parts = (): OpenRuns => ({
  ...world.parts,
  describeExecution: async (executionArn) => {
    if (executionArn.startsWith('broken:')) throw new Error('no access');
    return world.parts.describeExecution(executionArn);
  },
  listRuns: (status, shard, { after, limit }) => {
    const partition = collection.statusRuns('default', status, shard);
    return queryIndex(world.table, INDEXES.status, { partition, after, limit, ascending: true });
  },
  findRuns: (keys) => findRuns(world.table, keys),
  listLines: async ({ after = '', limit }) => lines.filter((line) => line > after).slice(0, limit),
  advance: async (line) => {
    if (line.endsWith('broken')) throw new Error('no table');
    advanced.push(line);
  },
  markLost: (run, now) => markLost(world.table, run, now),
});

const stored = () => findRun(world.table, ACTIVITY_ID);

/** Another run, in the shard of its id's first character. */
const another = (index: number, with_: Partial<Run> = {}): Run => {
  const eventId = `${BASE32[index % 32]}${String(index)
    .padStart(25, 'a')
    .replaceAll(/[0189]/g, 'b')}`;
  return aRun({ eventId, activityId: `${eventId}-h${index}`, ...with_ });
};

describe('the reconciler', () => {
  test('finds the end of a run whose event never came', async () => {
    await createRun(world.table, aRun({ status: 'RUNNING', sequence: 0 }));
    world.execute(SUCCEEDED);
    expect(await reconcile(later(61))).toEqual({ lookedUp: 1, lost: 0, throttled: false });
    expect((await stored())?.status).toBe('SUCCEEDED');
  });

  test('leaves alone what has changed within 60 s, what has ended, and for 60 s what it looked up', async () => {
    await createRun(world.table, aRun({ status: 'RUNNING', sequence: 0 }));
    await createRun(world.table, another(1, { status: 'FAILED' }));
    await reconcile(later(60));
    expect(world.calls.described).toEqual([]);
    await reconcile(later(61));
    await reconcile(later(120));
    expect(world.calls.described).toEqual([EXECUTION]);
  });

  test('gives a run up that is still queued without an execution after 15 minutes', async () => {
    await createRun(world.table, aRun());
    await reconcile(later(14 * 60));
    expect((await stored())?.status).toBe('QUEUED');
    expect(await reconcile(later(16 * 60))).toMatchObject({ lost: 1 });
    expect(await stored()).toMatchObject({ status: 'FAILED', error: 'Millrace.LaunchLost', launchFailed: true });
  });

  test('moves the lines on in which runs wait, and looks up no run that waits', async () => {
    lines = Array.from({ length: 25 }, (_, index) => `concurrency#default#w${String(index).padStart(2, '0')}`);
    await createRun(world.table, another(1));
    await noteLine(world.table, another(1), { waitsIn: lines[0] });

    await reconcile(later(16 * 60));

    expect([advanced, world.calls.described]).toEqual([lines, []]);
    const { items } = await listRuns(world.table, { workspace: 'default', status: 'QUEUED' }, { limit: 10 });
    expect(items).toMatchObject([{ status: 'QUEUED', waitsIn: lines[0] }]);
  });

  test('tells of a line that it cannot move on after the others had their turn', async () => {
    lines = ['concurrency#default#broken', 'concurrency#default#hello'];
    await expect(reconcile(later(60))).rejects.toThrow(/^1 runs or lines could not be looked after: Error: no table$/);
    expect(advanced).toEqual([lines[1]]);
  });

  test('counts the time of a run that has waited from its turn', async () => {
    await createRun(world.table, aRun({ admittedAt: later(3600).toISOString() }));
    expect(await reconcile(later(3600 + 14 * 60))).toMatchObject({ lost: 0 });
    expect(await reconcile(later(3600 + 16 * 60))).toMatchObject({ lost: 1 });
  });

  test('tells the bus of a run that it gives up, once; after a crash before that is recorded, as the same event', async () => {
    await createRun(world.table, aRun({ depth: 1 }));
    const crash = new Error('The process is gone.');
    const crashing = reconciler({ ...parts(), markLost: () => Promise.reject(crash) });
    await expect(crashing(later(16 * 60))).rejects.toMatchObject({ errors: [crash] });

    await reconcile(later(18 * 60));
    await reconcile(later(20 * 60));

    const [first, second] = world.announced;
    expect(world.announced).toHaveLength(2);
    expect(second).toEqual({
      workspace: 'default',
      type: 'run.failed',
      subject: ACTIVITY_ID,
      key: 'lost',
      time: later(18 * 60),
      data: {
        activityId: ACTIVITY_ID,
        workflowId: 'hello',
        triggerId: 'hello',
        eventId: ACTIVITY_ID.slice(0, 26),
        status: 'FAILED',
        endedAt: later(18 * 60).toISOString(),
        error: 'Millrace.LaunchLost',
        cause: expect.stringContaining('not started in time'),
      },
      depth: 2,
    });
    expect([first?.type, first?.subject, first?.key]).toEqual([second?.type, second?.subject, second?.key]);
  });

  test('leaves a run queued that cannot be told of: the next minute tells it', async () => {
    await createRun(world.table, aRun());
    const mute = reconciler({ ...parts(), announce: () => Promise.reject(new Error('no bus')) });
    await expect(mute(later(16 * 60))).rejects.toThrow('no bus');
    expect((await stored())?.status).toBe('QUEUED');
  });

  test('tells nothing of a run that is only slow to begin', async () => {
    await createRun(world.table, aRun());
    await reconcile(later(14 * 60));
    expect(world.announced).toEqual([]);
  });

  test('stops when Step Functions is too busy', async () => {
    await createRun(world.table, aRun());
    world.throttle.on = true;
    expect(await reconcile(later(61))).toEqual({ lookedUp: 0, lost: 0, throttled: true });
  });

  test('tells of a run that it cannot look up only after the others had their turn', async () => {
    await createRun(world.table, another(1, { changedAt: later(-60).toISOString(), stateMachineArn: 'broken:stateMachine:x' }));
    await createRun(world.table, aRun({ status: 'RUNNING', sequence: 0 }));
    world.execute(SUCCEEDED);
    await expect(reconcile(later(61))).rejects.toThrow(/^1 runs or lines could not be looked after: Error: no access$/);
    expect((await stored())?.status).toBe('SUCCEEDED');
  });

  test('looks up at most 100 runs a time, and comes to all of them', async () => {
    const all = Array.from({ length: 240 }, (_, index) =>
      another(index, { status: 'RUNNING', sequence: 0, createdAt: NOW.toISOString() }),
    );
    await Promise.all(all.map((run) => createRun(world.table, run)));
    const counts: number[] = [];
    for (let minute = 2; minute < 8; minute++) counts.push((await reconcile(later(minute * 60))).lookedUp);
    expect(Math.max(...counts)).toBeLessThanOrEqual(100);
    expect(new Set(world.calls.described).size).toBe(240);
  });
});
