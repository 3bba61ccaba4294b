import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Table } from '../../../core/aws/table.ts';
import { BASE32 } from '../../../core/keys.ts';
import { advance, leave } from '../../../core/limits/advance.ts';
import { enter } from '../../../core/limits/enter.ts';
import { findPlaces, firstInLine, listLines } from '../../../core/limits/limit.repository.ts';
import { type LimitStore, positionOf } from '../../../core/limits/limit-store.ts';
import type { Limits } from '../../../core/limits/limits.ts';
import { concurrencyLine, quotaLine } from '../../../core/limits/line.ts';
import { openLimits } from '../../../core/limits/open-limits.ts';
import { createRun, findRun, markAborted, markLost, recordChange } from '../../../core/runs/run.repository.ts';
import { CANCELLED, type Run } from '../../../core/runs/run.ts';
import { declareWorkflow } from '../../../core/workflows/workflow.repository.ts';
import { aWorkflow, NOW } from '../builders.ts';
import { aChange, aRun, later } from '../runs/world.ts';
import { openTestTable } from '../test-table.ts';

let table: Table;
let close: () => Promise<void>;
let store: LimitStore;
let stopped: string[];
let started: string[];
let limits: Limits;
let isThere: boolean;
let isActive: boolean;
beforeEach(async () => {
  ({ table, close } = await openTestTable());
  stopped = [];
  isThere = true;
  isActive = true;
  started = [];
  store = {
    ...openLimits(table, undefined as never),
    findWorkflow: async () => (isThere ? aWorkflow({ limits, active: isActive }) : undefined),
    stopRun: async ({ activityId }) => void stopped.push(activityId),
  };
});
afterEach(() => close());

/** The run of the `index`th event, which came in so many seconds after `NOW`. */
async function queued(index: number): Promise<Run> {
  const eventId = String(index)
    .padStart(26, 'a')
    .replaceAll(/[0-9]/g, (digit) => BASE32[Number(digit)] ?? '');
  const run = aRun({ eventId, activityId: `${eventId}-hello`, createdAt: later(index).toISOString() });
  await createRun(table, run);
  return run;
}

const now = () => later(100);
const found = async ({ activityId }: Run) => (await findRun(table, activityId)) as Run;
/** What the launcher does with a run; what waits is launched with its own id. */
async function launch(run: Run, input: unknown = {}, at = now()): Promise<string> {
  const current = await found(run);
  if (current.status !== 'QUEUED') return current.status;
  const entry = await enter(store, { run: current, limits, input: () => input, launch: run.activityId }, at);
  if (entry === 'start') await begin(run);
  return entry;
}
const change = (run: Run, with_: Parameters<typeof aChange>[0]) =>
  recordChange(table, run, aChange({ ...with_, activityId: run.activityId }), now());
const begin = (run: Run) => change(run, {});
const startLauncher = async (input: string) => {
  started.push(input);
  await launch(aRun({ activityId: input }));
};
/** The run's end, as record takes it. */
async function end(run: Run, status: 'SUCCEEDED' | 'ABORTED' = 'SUCCEEDED'): Promise<void> {
  await change(run, { status, endedAt: now().toISOString() });
  await leave(store, startLauncher, await found(run), now());
}
const statusOf = async (run: Run) => {
  const { status, waitsIn, error } = await found(run);
  return error ?? (waitsIn === undefined ? status : `waits for ${waitsIn.split('#')[0]}`);
};
const statuses = (runs: readonly Run[]) => Promise.all(runs.map(statusOf));
const some = async (count: number) => Promise.all(Array.from({ length: count }, (_, index) => queued(index)));
const LINE = concurrencyLine('default', 'hello', undefined).name;

describe('a limit on concurrency', () => {
  test('lets as many runs start as it says, and the others when it is their turn, in the order of their events', async () => {
    limits = { concurrency: { runs: 2, whenFull: 'queue' } };
    const runs = await some(5);
    const [first, second, third] = runs as [Run, Run, Run];

    for (const run of [first, ...runs.slice(1).reverse()]) await launch(run);
    expect(await statuses(runs)).toEqual([
      'RUNNING',
      'waits for concurrency',
      'waits for concurrency',
      'waits for concurrency',
      'RUNNING',
    ]);

    await end(first);
    expect([await statusOf(second), await statusOf(third)]).toEqual(['RUNNING', 'waits for concurrency']);
    for (const run of [second, ...runs.slice(2)]) await end(run);
    expect(await statuses(runs)).toEqual(Array(5).fill('SUCCEEDED'));
    expect([await firstInLine(table, LINE, { limit: 9 }), (await findPlaces(table, LINE)).holders]).toEqual([[], []]);
  });

  test('is never passed by runs side by side, and none is forgotten', async () => {
    limits = { concurrency: { runs: 3, whenFull: 'queue' } };
    const runs = await some(24);
    await Promise.all(runs.map((run) => launch(run)));

    let over = 0;
    while (over < runs.length) {
      const now = await Promise.all(runs.map(found));
      const running = now.filter(({ status }) => status === 'RUNNING');
      expect(running.length).toBeLessThanOrEqual(3);
      if (running.length === 0) await advance(store, startLauncher, LINE, later(1000));
      await Promise.all(running.map((run) => end(run)));
      over = now.filter(({ status }) => status === 'SUCCEEDED').length;
    }
    expect(started.length).toBeGreaterThan(0);
  });

  test('holds for each key by itself, and for those without one together', async () => {
    limits = { concurrency: { runs: 1, key: ['body', 'customer'], whenFull: 'queue' } };
    const [one, again, another, none, neither] = (await some(5)) as [Run, Run, Run, Run, Run];

    await launch(one, { body: { customer: 'a' } });
    await launch(again, { body: { customer: 'a' } });
    await launch(another, { body: { customer: 7 } });
    await launch(none, { body: {} });
    await launch(neither, { body: { customer: { constructor: 1 } } });

    expect(await statuses([one, again, another, none, neither])).toEqual([
      'RUNNING',
      'waits for concurrency',
      'RUNNING',
      'RUNNING',
      'waits for concurrency',
    ]);
  });

  test('ends one run more as skipped, where it says so', async () => {
    limits = { concurrency: { runs: 1, whenFull: 'skip' } };
    const [first, second, third] = (await some(3)) as [Run, Run, Run];
    await launch(first);
    await launch(second);
    await end(first);
    await launch(third);

    expect(await statuses([first, second, third])).toEqual(['SUCCEEDED', 'Millrace.Skipped', 'RUNNING']);
    expect(await found(second)).toMatchObject({ status: 'ABORTED', cause: expect.stringMatching(/were under way/) });
  });

  test('cancels the oldest in favour of the newest, where it says so, those in line too', async () => {
    limits = { concurrency: { runs: 1, whenFull: 'cancel-oldest' } };
    const [first, second, third] = (await some(3)) as [Run, Run, Run];
    await launch(first);
    await launch(second);
    expect([stopped, await statusOf(second)]).toEqual([[first.activityId], 'waits for concurrency']);
    await launch(third);
    expect(await statuses([first, second, third])).toEqual(['RUNNING', 'Millrace.Superseded', 'waits for concurrency']);

    await end(first, 'ABORTED');
    expect(await statusOf(third)).toBe('RUNNING');
  });

  test('cancels the older one that comes in late, not the newer one that runs or waits', async () => {
    limits = { concurrency: { runs: 1, whenFull: 'cancel-oldest' } };
    const [first, second, third] = (await some(3)) as [Run, Run, Run];
    await launch(first);
    await launch(third);
    await launch(second);
    await end(first, 'ABORTED');
    expect(await statuses([first, second, third])).toEqual(['ABORTED', 'Millrace.Superseded', 'RUNNING']);
  });

  test('counts one that has its place and still stands in line once', async () => {
    limits = { concurrency: { runs: 2, whenFull: 'cancel-oldest' } };
    const [first, second, third] = (await some(3)) as [Run, Run, Run];
    await launch(first);
    await store.standInLine(LINE, positionOf(second), 'x', now());
    await store.takePlace(LINE, positionOf(second), 2, now());
    await launch(third);
    expect(stopped).toEqual([first.activityId]);

    limits = { concurrency: { runs: 3, whenFull: 'queue' } };
    expect(await launch(third)).toBe('start');
  });

  test('does not give the place of a run that is about to start to the one that cancels it', async () => {
    limits = { concurrency: { runs: 1, whenFull: 'cancel-oldest' } };
    const [first, second] = (await some(2)) as [Run, Run];
    await enter(store, { run: await found(first), limits, input: () => ({}), launch: 'x' }, now());
    expect(await launch(second)).toBe('leave');
    expect((await findPlaces(table, LINE)).holders).toEqual([positionOf(first)]);
  });

  test('lets go of the line of a key that is another now', async () => {
    limits = { concurrency: { runs: 1, key: ['a'], whenFull: 'queue' } };
    const [first, second, third] = (await some(3)) as [Run, Run, Run];
    await launch(first, { a: 1 });
    await launch(second, { a: 1, b: 2 });
    limits = { concurrency: { runs: 1, key: ['b'], whenFull: 'queue' } };
    await launch(second, { a: 1, b: 2 });
    expect(await statusOf(second)).toBe('RUNNING');
    expect(await firstInLine(table, concurrencyLine('default', 'hello', '1').name, { limit: 9 })).toEqual([]);
    expect(await launch(third, { b: 3 })).toBe('start');
  });

  test('starts nothing while the workflow is inactive, but replays that ask for it; the line is looked after until nobody waits', async () => {
    limits = { concurrency: { runs: 1, whenFull: 'queue' } };
    const runs = await some(2);
    for (const run of runs) await launch(run);
    isActive = false;
    await end(runs[0] as Run);
    expect([started, await listLines(table, { after: undefined, limit: 9 })]).toEqual([[], [LINE]]);

    isActive = true;
    await advance(store, startLauncher, LINE, now());
    await advance(store, startLauncher, LINE, now());
    expect([await statusOf(runs[1] as Run), await listLines(table, { after: undefined, limit: 9 })]).toEqual(['RUNNING', []]);
  });

  test('gives the place of a run whose end nobody told to the next, and does not start what was cancelled in line', async () => {
    limits = { concurrency: { runs: 1, whenFull: 'queue' } };
    const [lost, cancelled, next] = (await some(3)) as [Run, Run, Run];
    for (const run of [lost, cancelled, next]) await launch(run);
    await markAborted(table, await found(cancelled), CANCELLED, now());
    await change(lost, { status: 'SUCCEEDED', endedAt: now().toISOString() });

    await advance(store, startLauncher, LINE, later(30));
    expect(await statusOf(next)).toBe('waits for concurrency');
    await advance(store, startLauncher, LINE, later(200));

    expect(await statuses([lost, cancelled, next])).toEqual(['SUCCEEDED', 'Millrace.Cancelled', 'RUNNING']);
    expect(started).toEqual([next.activityId]);
  });

  test('lets everybody go on when it is taken away', async () => {
    limits = { concurrency: { runs: 1, whenFull: 'queue' } };
    const runs = await some(3);
    for (const run of runs) await launch(run);
    limits = {};

    await advance(store, startLauncher, LINE, now());

    expect((await Promise.all(runs.map(found))).map(({ status }) => status)).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
    await advance(store, startLauncher, LINE, now());
    expect(await firstInLine(table, LINE, { limit: 9 })).toEqual([]);
  });

  test('ends those who wait when their workflow is removed', async () => {
    limits = { concurrency: { runs: 1, whenFull: 'queue' } };
    const [first, second] = (await some(2)) as [Run, Run];
    await launch(first);
    await launch(second);
    isThere = false;

    await advance(store, startLauncher, LINE, now());

    expect(await statuses([first, second])).toEqual(['RUNNING', 'Millrace.WorkflowUnavailable']);
    expect(await firstInLine(table, LINE, { limit: 9 })).toEqual([]);
  });

  test('keeps the place of a run that could not be started while it is tried again', async () => {
    limits = { concurrency: { runs: 1, whenFull: 'skip' } };
    const [failed, next, last] = (await some(3)) as [Run, Run, Run];
    await enter(store, { run: await found(failed), limits, input: () => ({}), launch: 'x' }, now());
    await markLost(table, await found(failed), now());

    expect(await launch(next, {}, later(200))).toBe('leave');
    expect(await launch(last, {}, later(3_600))).toBe('start');
  });

  test('asked again about a run that has its place gives it no second one', async () => {
    limits = { concurrency: { runs: 1, whenFull: 'queue' } };
    const run = await queued(1);
    const ask = async () => enter(store, { run: await found(run), limits, input: () => ({}), launch: 'x' }, now());
    expect([await ask(), await ask()]).toEqual(['start', 'start']);
    expect((await findPlaces(table, LINE)).holders).toEqual([positionOf(run)]);
  });
});

describe('a quota', () => {
  const DAY = 86_400;

  test('lets as many runs begin in a period as it says, and the others in the next', async () => {
    limits = { quota: { runs: 2, seconds: DAY, whenFull: 'queue' } };
    const runs = await some(5);
    for (const run of runs) await launch(run);
    expect(await statuses(runs)).toEqual(['RUNNING', 'RUNNING', ...Array(3).fill('waits for quota')]);
    expect((await found(runs[4] as Run)).waitsUntil).toBe('2026-03-02T00:00:00.000Z');

    await advance(store, startLauncher, quotaLine('default', 'hello').name, now());
    expect(started).toEqual([]);
    const tomorrow = later(DAY);
    await advance(
      store,
      async (id) => void (await launch(aRun({ activityId: id }), {}, tomorrow)),
      quotaLine('default', 'hello').name,
      tomorrow,
    );
    expect(await statuses(runs)).toEqual([...Array(4).fill('RUNNING'), 'waits for quota']);
  });

  test('gives a newcomer of the next period no turn before those who wait', async () => {
    limits = { quota: { runs: 1, seconds: DAY, whenFull: 'queue' } };
    const [first, second, third] = (await some(3)) as [Run, Run, Run];
    await launch(first);
    await launch(second);
    await launch(third, {}, later(DAY));
    expect(await statuses([second, third])).toEqual(['waits for quota', 'waits for quota']);
    await launch(second, {}, later(DAY));
    expect(await statuses([second, third])).toEqual(['RUNNING', 'waits for quota']);
  });

  test('counts no run but those that begin: one that waits for a place is not, and one that is refused gives its place back', async () => {
    limits = { quota: { runs: 1, seconds: DAY, whenFull: 'skip' }, concurrency: { runs: 1, whenFull: 'queue' } };
    const [first, second, third] = (await some(3)) as [Run, Run, Run];
    expect([await launch(first), await launch(second)]).toEqual(['start', 'leave']);
    expect(await statusOf(second)).toBe('waits for concurrency');
    expect(
      await enter(store, { run: { ...(await found(first)), status: 'QUEUED' }, limits, input: () => ({}), launch: 'x' }, now()),
    ).toBe('start');

    await end(first);
    expect(await found(second)).toMatchObject({ status: 'ABORTED', error: 'Millrace.QuotaExceeded' });
    expect(await launch(third, {}, later(DAY))).toBe('start');
    expect((await findPlaces(table, LINE)).holders).toEqual([positionOf(third)]);
  });

  test('skips what is beyond it, where it says so', async () => {
    limits = { quota: { runs: 1, seconds: DAY, whenFull: 'skip' } };
    const [first, second] = (await some(2)) as [Run, Run];
    expect([await launch(first), await launch(second)]).toEqual(['start', 'leave']);
    expect(await found(second)).toMatchObject({ status: 'ABORTED', error: 'Millrace.QuotaExceeded' });
  });
});

test('a workflow keeps its limits in the table', async () => {
  limits = { concurrency: { runs: 2, key: ['body', 'a/b'], whenFull: 'skip' }, quota: { runs: 5, seconds: 60, whenFull: 'queue' } };
  const { active, updatedAt: _, ...workflow } = aWorkflow({ limits });
  await declareWorkflow(table, workflow, active, undefined, NOW);
  expect((await openLimits(table, undefined as never).findWorkflow('default', 'hello'))?.limits).toEqual(limits);
});
