import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { putItem } from '../../../core/aws/table.ts';
import { itemKey } from '../../../core/keys.ts';
import { createRun, listRunsOfEvent } from '../../../core/runs/run.repository.ts';
import type { Run } from '../../../core/runs/run.ts';
import { aRun, openWorld } from './world.ts';

let world: Awaited<ReturnType<typeof openWorld>>;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const { eventId } = aRun();
const add = async (activityId: string, with_: Partial<Run> = {}) => {
  const run = aRun({ activityId, eventId: activityId.slice(0, 26), ...with_ });
  await createRun(world.table, run);
  return run;
};

describe('the runs of an event', () => {
  test('are found with its replays, and without what is kept beside them', async () => {
    const runs = [
      await add(`${eventId}-a`),
      await add(`${eventId}-a-r0000001`, { replayName: 'again' }),
      await add(`${eventId}-b`),
    ];
    await add(`${'b'.repeat(26)}-a`);
    await putItem(world.table, { ...itemKey.steps(`${eventId}-a`), steps: [] });

    expect(await listRunsOfEvent(world.table, 'default', eventId)).toEqual(runs);
  });

  test("are not another workspace's", async () => {
    await add(`${eventId}-a`);

    expect(await listRunsOfEvent(world.table, 'other', eventId)).toEqual([]);
  });

  test('are all found, though one query gives 1 MB at most', async () => {
    const ids = Array.from({ length: 15 }, (_, index) => `${eventId}-run${index}`).sort();
    for (const activityId of ids) await add(activityId, { output: JSON.stringify('x'.repeat(100 * 1024)) });

    expect((await listRunsOfEvent(world.table, 'default', eventId)).map(({ activityId }) => activityId)).toEqual(ids);
  });

  test('of an id longer than any key are none', async () => {
    expect(await listRunsOfEvent(world.table, 'default', 'a'.repeat(3_000))).toEqual([]);
  });
});
