import { describe, expect, test } from '@jest/globals';
import {
  createSchedule,
  editSchedule,
  type NewSchedule,
  pauseSchedule,
  removeSchedule,
  type ScheduleTriggers,
} from '../../../core/triggers/change-schedule.ts';
import type { Trigger } from '../../../core/triggers/trigger.ts';
import { aTrigger, aWorkflow, NOW } from '../builders.ts';

const asked: NewSchedule = {
  workspace: 'default',
  id: 'nightly',
  workflowId: 'hello',
  cron: '0 2 * * *',
  timezone: 'Europe/Berlin',
  params: { days: 1 },
  labels: { team: 'billing' },
};

/** Schedules in memory, by their trigger's id: whether each is enabled. */
function aWorld(with_: Partial<ScheduleTriggers> & { active?: boolean } = {}) {
  const made = new Map<string, boolean>();
  const stored = new Map<string, Trigger>();
  const triggers: ScheduleTriggers = {
    schedules: {
      put: async ({ triggerId }, enabled) => {
        made.set(triggerId, enabled);
        return `arn:schedule/${triggerId}`;
      },
      remove: async (triggerId) => void made.delete(triggerId),
    },
    triggerSwitch: {
      enable: async ({ triggerId }) => void made.set(triggerId, true),
      disable: async ({ triggerId }) => void made.set(triggerId, false),
    },
    findTrigger: async (id) => stored.get(id),
    saveTrigger: async (trigger) => {
      stored.set(trigger.triggerId, trigger);
      return true;
    },
    setPaused: async (id, paused) => {
      const found = stored.get(id);
      if (found?.kind !== 'schedule') return undefined;
      const changed = { ...found, paused };
      stored.set(id, changed);
      return changed;
    },
    removeTrigger: async (id) => void stored.delete(id),
    findWorkflow: async (_workspace, id) =>
      id === 'hello' ? aWorkflow({ active: with_.active ?? true, input: ['params'] }) : undefined,
    findInput: async () => ({ params: { properties: { days: { type: 'integer' } } } }),
    ...with_,
  };
  return { triggers, made, stored };
}

describe('a schedule made at run time', () => {
  test('is a trigger with the schedule as AWS takes it', async () => {
    const { triggers, made, stored } = aWorld();

    const trigger = await createSchedule(triggers, asked, NOW);

    expect(trigger).toMatchObject({
      triggerId: 'nightly',
      kind: 'schedule',
      atRunTime: true,
      schedule: { expression: 'cron(0 2 * * ? *)', timezone: 'Europe/Berlin' },
      params: { days: 1 },
      labels: { team: 'billing' },
      resourceArn: 'arn:schedule/nightly',
    });
    expect([stored.get('nightly'), made.get('nightly')]).toEqual([trigger, true]);
  });

  test.each([
    ['its workflow is inactive', { active: false }, {}],
    ['it is made paused', {}, { paused: true }],
  ])('does not fire while %s', async (_when, world, with_) => {
    const { triggers, made } = aWorld(world);
    await createSchedule(triggers, { ...asked, ...with_ }, NOW);
    expect(made.get('nightly')).toBe(false);
  });

  test('is the same when it is asked for again, and refused when another is', async () => {
    const { triggers } = aWorld();
    const first = await createSchedule(triggers, asked, NOW);

    expect(await createSchedule(triggers, asked, NOW)).toEqual(first);
    await expect(createSchedule(triggers, { ...asked, cron: '0 3 * * *' }, NOW)).rejects.toMatchObject({ status: 409 });
  });

  test.each<[Partial<NewSchedule>, number, string | undefined]>([
    [{ workflowId: 'none' }, 404, undefined],
    [{ id: 'manual' }, 422, '/id'],
    [{ cron: '61 * * * *' }, 422, '/cron'],
    [{ cron: undefined }, 422, ''],
    [{ cron: undefined, at: '2026-02-01T00:00' }, 422, '/at'],
    [{ timezone: 'Nowhere' }, 422, '/timezone'],
    [{ end: '2026-02-01T00:00' }, 422, '/cron'],
    [{ deleteWhenOver: true }, 422, '/deleteWhenOver'],
    [{ params: { days: 'one' } }, 422, '/params/days'],
    [{ params: { text: 'x'.repeat(250_000) } }, 422, '/params'],
    [{ cron: '0-58 0-22 1-30 * *' }, 422, '/cron'],
  ])('of %j is refused with %i, and nothing is made', async (with_, status, pointer) => {
    const { triggers, made, stored } = aWorld();
    const problem = await createSchedule(triggers, { ...asked, ...with_ }, NOW).catch((error) => error);
    expect([problem.status, problem.errors?.[0]?.pointer]).toEqual([status, pointer]);
    expect([made.size, stored.size]).toEqual([0, 0]);
  });

  test('is as it was when the scheduler refuses it', async () => {
    const { triggers, stored } = aWorld();
    const failing = { ...triggers, schedules: { ...triggers.schedules, put: () => Promise.reject(new Error('throttled')) } };
    await expect(createSchedule(failing, asked, NOW)).rejects.toThrow('throttled');
    expect(stored.size).toBe(0);

    const before = await createSchedule(triggers, asked, NOW);
    await expect(editSchedule(failing, before, { rate: '1 day' }, NOW)).rejects.toThrow('throttled');
    expect(stored.get('nightly')).toEqual(before);
  });

  test("touches no schedule when its id is another's", async () => {
    const { triggers, made } = aWorld({ saveTrigger: async () => false });
    await expect(createSchedule(triggers, asked, NOW)).rejects.toMatchObject({ status: 409 });
    expect(made.size).toBe(0);
  });

  test('stays paused when it is asked for again, and when it is paused while it is edited', async () => {
    const { triggers, made, stored } = aWorld();
    const trigger = await createSchedule(triggers, asked, NOW);
    await pauseSchedule(triggers, trigger, true);

    expect(await createSchedule(triggers, asked, NOW)).toMatchObject({ paused: true });
    expect(made.get('nightly')).toBe(false);

    // The editor has read it before it was paused.
    const saveTrigger = async (each: typeof trigger) => {
      stored.set(each.triggerId, { ...each, paused: true });
      return true;
    };
    await editSchedule({ ...triggers, saveTrigger }, trigger, { description: 'New.' }, NOW);
    expect(made.get('nightly')).toBe(false);
  });

  test('that is over is not edited, but may be replaced', async () => {
    const { triggers } = aWorld();
    const once = { ...asked, cron: undefined, at: '2026-03-01T18:00', deleteWhenOver: true };
    const trigger = await createSchedule(triggers, once, NOW);
    const tomorrow = new Date('2026-03-02T00:00:00Z');

    await expect(editSchedule(triggers, trigger, { labels: { a: 'b' } }, tomorrow)).rejects.toMatchObject({ status: 409 });
    expect(await createSchedule(triggers, { ...once, at: '2026-03-03T18:00' }, tomorrow)).toMatchObject({
      schedule: { expression: 'at(2026-03-03T18:00:00)' },
    });
  });

  test('is the same whatever the order of its params', async () => {
    const { triggers, stored } = aWorld();
    const first = await createSchedule(triggers, { ...asked, params: { days: 1, z: 1 } }, NOW);
    stored.set('nightly', { ...first, params: { z: 1, days: 1 } });
    expect(await createSchedule(triggers, { ...asked, params: { days: 1, z: 1 } }, NOW)).toMatchObject({ triggerId: 'nightly' });
  });

  test('keeps what an edit does not name, and loses what it takes away', async () => {
    const { triggers } = aWorld();
    const before = await createSchedule(
      triggers,
      { ...asked, end: '2027-01-01T00:00', window: '10m', description: 'Nightly.' },
      NOW,
    );

    const later = await editSchedule(triggers, before, { timezone: 'Asia/Tokyo', window: null, description: null }, NOW);
    const rate = await editSchedule(triggers, later, { rate: '2 hours', end: null }, NOW);

    expect(later).toMatchObject({
      schedule: { expression: 'cron(0 2 * * ? *)', timezone: 'Asia/Tokyo', endsAt: '2026-12-31T23:00:00.000Z' },
      params: { days: 1 },
      labels: { team: 'billing' },
    });
    expect([later.description, later.schedule.windowMinutes]).toEqual([undefined, undefined]);
    expect(rate.schedule).toEqual({ expression: 'rate(2 hours)', timezone: 'Asia/Tokyo' });
  });

  test('is paused and resumed by itself; while its workflow is inactive it stays off', async () => {
    const world = aWorld();
    const trigger = await createSchedule(world.triggers, asked, NOW);
    await createSchedule(world.triggers, { ...asked, id: 'other' }, NOW);

    await pauseSchedule(world.triggers, trigger, true);
    expect([...world.made]).toEqual([
      ['nightly', false],
      ['other', true],
    ]);
    await pauseSchedule(world.triggers, trigger, false);
    expect(world.made.get('nightly')).toBe(true);

    const inactive = aWorld({ active: false });
    const off = await createSchedule(inactive.triggers, asked, NOW);
    await pauseSchedule(inactive.triggers, off, false);
    expect(inactive.made.get('nightly')).toBe(false);
  });

  test('goes with its schedule; a declared one and other kinds are refused', async () => {
    const { triggers, made, stored } = aWorld();
    const trigger = await createSchedule(triggers, asked, NOW);
    const { atRunTime: _, ...declared } = trigger;

    await expect(removeSchedule(triggers, declared)).rejects.toMatchObject({ status: 409 });
    await expect(editSchedule(triggers, declared, { cron: '0 3 * * *' }, NOW)).rejects.toMatchObject({ status: 409 });
    await expect(pauseSchedule(triggers, aTrigger(), true)).rejects.toMatchObject({ status: 409 });
    await removeSchedule(triggers, trigger);
    expect([made.size, stored.size]).toEqual([0, 0]);
  });
});
