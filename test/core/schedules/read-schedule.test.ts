import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type DeclaredSchedule, declaredBy, readSchedule } from '../../../core/schedules/read-schedule.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const read = (declared: DeclaredSchedule) => readSchedule(declared, NOW);

test('a schedule is stored as the scheduler takes it, its times in UTC', () => {
  const read = readSchedule(
    { cron: '0 2 * * *', timezone: 'Europe/Berlin', start: '2027-01-01T00:00:00', end: '2027-07-01T00:00:00Z', window: '10m' },
    NOW,
  );
  expect(read).toEqual({
    schedule: {
      expression: 'cron(0 2 * * ? *)',
      timezone: 'Europe/Berlin',
      startsAt: '2026-12-31T23:00:00.000Z',
      endsAt: '2027-07-01T00:00:00.000Z',
      windowMinutes: 10,
    },
  });
});

test.each<[DeclaredSchedule, string]>([
  [{ rate: '5 minutes' }, 'rate(5 minutes)'],
  [{ rate: '1 hours' }, 'rate(1 hour)'],
  [{ rate: 'rate(7 days)' }, 'rate(7 days)'],
  [{ at: '2027-01-01T00:00' }, 'at(2027-01-01T00:00:00)'],
  [{ at: 'at(2027-01-01T00:00:00)' }, 'at(2027-01-01T00:00:00)'],
])('%j is %s', (declared, expression) => {
  expect(read(declared)).toEqual({ schedule: { expression, timezone: 'UTC' } });
});

test.each([
  ['0 2 * * *', 'cron'],
  ['cron(0 2 * * ? *)', 'cron'],
  ['often', 'cron'],
  ['', 'cron'],
  ['5 minutes', 'rate'],
  [' rate(5 fortnights)', 'rate'],
  ['30 seconds', 'rate'],
  ['at(tomorrow)', 'at'],
  ['2027-01-31T18:00', 'at'],
])('"%s", written alone, is meant as a %s', (expression, key) => {
  expect(Object.keys(declaredBy(expression))).toEqual([key]);
});

describe('a schedule that cannot be is refused at the field that is wrong', () => {
  test.each<[DeclaredSchedule, string | undefined, RegExp]>([
    [{}, undefined, /exactly one of cron, rate and at/],
    [{ cron: '0 2 * * *', rate: '5 minutes' }, 'rate', /exactly one/],
    [{ cron: 'often' }, 'cron', /has 1 fields/],
    [{ cron: '0 0 30 2 *' }, 'cron', /no such day/],
    [{ cron: '0 0 29 2 ? 2027' }, 'cron', /no such day/],
    [{ cron: '0 2 * * ? 2025' }, 'cron', /no such day/],
    [{ cron: '0 2 * * *', timezone: 'Europe/Atlantis' }, 'timezone', /not a time zone/],
    [{ cron: '0 2 * * *', timezone: '+01:00' }, 'timezone', /not a time zone/],
    [{ rate: '30 seconds' }, 'rate', /at most once a minute/],
    [{ rate: '0 minutes' }, 'rate', /at most once a minute/],
    [{ rate: '2 weeks' }, 'rate', /14 days/],
    [{ rate: 'soon' }, 'rate', /not a rate/],
    [{ at: '2026-11-20T11:59:00' }, 'at', /in the past/],
    [{ at: '2027-02-30T00:00:00' }, 'at', /not a time/],
    [{ at: '2027-01-01T00:00:00Z' }, 'at', /no offset/],
    [{ at: '2027-03-28T02:30:00', timezone: 'Europe/Berlin' }, 'at', /skip/],
    [{ rate: '5 minutes', end: '2026-11-20T00:00:00Z' }, 'rate', /has ended/],
    [{ cron: '0 0 1 1 *', end: '2026-12-01T00:00:00' }, 'cron', /ends before/],
    [{ rate: '5 minutes', start: '2027-02-01T00:00:00', end: '2027-01-01T00:00:00' }, 'end', /after its start/],
    [{ rate: '5 minutes', window: '2d' }, 'window', /not a window/],
    [{ rate: '5 minutes', start: 'tomorrow' }, 'start', /not a time/],
  ])('%j', (declared, key, message) => {
    expect(read(declared)).toEqual({ faults: [{ key, message: expect.stringMatching(message) }] });
  });

  test('with a window that is none, that it never fires is told as well', () => {
    const answer = read({ cron: '0 0 30 2 *', window: 'w' });

    expect(answer).toMatchObject({ faults: [{ key: 'window' }, { key: 'cron' }] });
  });

  test('with all its faults at once', () => {
    const answer = read({ cron: 'x', timezone: 'y', start: 'z', window: 'w' });
    expect(answer).toMatchObject({ faults: [{ key: 'timezone' }, { key: 'cron' }, { key: 'start' }, { key: 'window' }] });
  });
});

test('no text makes it throw', () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[0-9*?LW#,/ -]{5,20}$/),
    fc.stringMatching(/^([0-9*]{1,2} ){4}[0-9?L#]{1,3}( \*)?$/),
  );
  fc.assert(
    fc.property(text, fc.constantFrom('cron', 'rate', 'at', 'start', 'window', 'timezone'), (value, key) => {
      const answer = read({ ...(key !== 'rate' && key !== 'at' && { cron: '0 2 * * *' }), [key]: value });
      expect('schedule' in answer || answer.faults.length > 0).toBe(true);
    }),
    { numRuns: 300 },
  );
});
