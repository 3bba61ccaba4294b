import { describe, expect, test } from '@jest/globals';
import { nextFire, startToSet } from '../../../core/schedules/fire-times.ts';
import type { Schedule } from '../../../core/schedules/schedule.ts';

const at = (time: string) => Date.parse(time);

/** The next fires, one after the other, as ISO 8601 in UTC. */
function fires(schedule: Partial<Schedule> & { expression: string }, after: string, count = 3): string[] {
  const times: string[] = [];
  let last = at(after);
  while (times.length < count) {
    const next = nextFire({ timezone: 'UTC', ...schedule }, last, at(after));
    if (next === undefined) break;
    times.push(new Date(next).toISOString());
    last = next;
  }
  return times;
}

test('a cron expression is read on the clocks of its zone', () => {
  expect(fires({ expression: 'cron(0 2 * * ? *)', timezone: 'Europe/Berlin' }, '2026-07-01T00:00:00Z', 2)).toEqual([
    '2026-07-02T00:00:00.000Z',
    '2026-07-03T00:00:00.000Z',
  ]);
});

test.each([
  ['cron(0 0 ? * 2 *)', '2026-11-23T00:00:00.000Z', 'Monday is 2'],
  ['cron(0 0 ? * 6#3 *)', '2026-12-18T00:00:00.000Z', 'the third Friday'],
  ['cron(0 0 ? * 6L *)', '2026-11-27T00:00:00.000Z', 'the last Friday'],
  ['cron(0 0 ? * L *)', '2026-11-21T00:00:00.000Z', 'the last day of the week'],
  ['cron(0 0 L * ? *)', '2026-11-30T00:00:00.000Z', 'the last day of the month'],
  ['cron(0 0 15W 11-12 ? 2027)', '2027-11-15T00:00:00.000Z', 'the weekday nearest to the 15th'],
  ['cron(0 0 29 2 ? *)', '2028-02-29T00:00:00.000Z', 'a leap day'],
])('%s fires next at %s: %s', (expression, expected) => {
  // The examples' meaning: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
  expect(fires({ expression }, '2026-11-20T12:00:00Z', 1)).toEqual([expected]);
});

describe('when the clocks change', () => {
  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
  test('a time that does not exist in spring is skipped', () => {
    expect(fires({ expression: 'cron(30 2 * * ? *)', timezone: 'Europe/Berlin' }, '2027-03-27T00:00:00Z')).toEqual([
      '2027-03-27T01:30:00.000Z',
      '2027-03-29T00:30:00.000Z',
      '2027-03-30T00:30:00.000Z',
    ]);
  });

  test('a time that comes twice in autumn fires once', () => {
    expect(fires({ expression: 'cron(30 1 * * ? *)', timezone: 'America/New_York' }, '2026-11-01T00:00:00Z', 2)).toEqual([
      '2026-11-01T05:30:00.000Z',
      '2026-11-02T06:30:00.000Z',
    ]);
  });

  test('a rate in days counts 24 hours', () => {
    const rate = { expression: 'rate(1 day)', timezone: 'Europe/Berlin', startsAt: '2027-03-27T12:00:00.000Z' };
    expect(fires(rate, '2027-03-27T00:00:00Z', 2)).toEqual(['2027-03-27T12:00:00.000Z', '2027-03-28T12:00:00.000Z']);
  });
});

test('a rate counts from its start, else from its creation', () => {
  expect(fires({ expression: 'rate(5 minutes)' }, '2026-11-20T00:00:30Z', 2)).toEqual([
    '2026-11-20T00:05:30.000Z',
    '2026-11-20T00:10:30.000Z',
  ]);
  expect(fires({ expression: 'rate(2 hours)', startsAt: '2026-11-21T00:00:00.000Z' }, '2026-11-20T00:00:00Z', 2)).toEqual([
    '2026-11-21T00:00:00.000Z',
    '2026-11-21T02:00:00.000Z',
  ]);
});

test('nothing fires before the start or after the end', () => {
  const schedule = {
    expression: 'cron(0 * * * ? *)',
    startsAt: '2026-11-20T03:00:00.000Z',
    endsAt: '2026-11-20T04:30:00.000Z',
  };
  expect(fires(schedule, '2026-11-20T00:00:00Z')).toEqual(['2026-11-20T03:00:00.000Z', '2026-11-20T04:00:00.000Z']);
});

test('a time fires once', () => {
  expect(fires({ expression: 'at(2027-01-01T00:00:00)', timezone: 'Asia/Kolkata' }, '2026-11-20T00:00:00Z')).toEqual([
    '2026-12-31T18:30:00.000Z',
  ]);
});

describe('the start to give the scheduler', () => {
  const now = at('2026-11-20T00:00:00Z');
  const startOf = (expression: string, startsAt?: string) =>
    startToSet({ expression, timezone: 'UTC', ...(startsAt !== undefined && { startsAt }) }, now);

  test('is the one that is declared while that is to come, and none where none is', () => {
    expect(startOf('rate(2 hours)', '2026-11-20T00:30:00.000Z')).toBe('2026-11-20T00:30:00.000Z');
    expect(startOf('rate(2 hours)')).toBeUndefined();
  });

  test('is none once it is past, but for a rate the next of its own times', () => {
    expect(startOf('cron(0 2 * * ? *)', '2026-11-01T00:30:00.000Z')).toBeUndefined();
    expect(startOf('rate(2 hours)', '2026-11-01T00:30:00.000Z')).toBe('2026-11-20T00:30:00.000Z');
  });
});
