import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { queryIndex } from '../../../core/aws/table.ts';
import { BASE32, collection, INDEXES } from '../../../core/keys.ts';
import { type Reconcile, reconciler } from '../../../core/runs/reconcile.ts';
import { createRun, findRun, findRuns, markLost } from '../../../core/runs/run.repository.ts';
import type { Run } from '../../../core/runs/run.ts';
import { NOW } from '../builders.ts';
import { ACTIVITY_ID, aRun, EXECUTION, later, openWorld, SUCCEEDED } from './world.ts';

let world: Awaited<ReturnType<typeof openWorld>>;
let reconcile: Reconcile;
let advanced: string[];
beforeEach(async () => {
  world = await openWorld();
  advanced = [];
  reconcile = reconciler({
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
    advance: async (line) => void advanced.push(line),
    markLost: (run, now) => markLost(world.table, run, now),
  });
});
afterEach(() => world.close());

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

  test('moves the lines on in which runs wait, each once, and gives no such run up', async () => {
    const waitsIn = 'concurrency#default#hello';
    for (const index of [1, 2]) await createRun(world.table, another(index, { waitsIn }));
    await reconcile(later(16 * 60));
    expect([advanced, world.calls.described]).toEqual([[waitsIn], []]);
    await reconcile(later(17 * 60 + 1));
    expect(advanced).toEqual([waitsIn, waitsIn]);
  });

  test('counts the time of a run that has waited from its turn', async () => {
    await createRun(world.table, aRun({ admittedAt: later(3600).toISOString() }));
    expect(await reconcile(later(3600 + 14 * 60))).toMatchObject({ lost: 0 });
    expect(await reconcile(later(3600 + 16 * 60))).toMatchObject({ lost: 1 });
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
    await expect(reconcile(later(61))).rejects.toThrow(/^1 runs could not be looked up: Error: no access$/);
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
