import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCron } from '../../../core/schedules/cron.ts';
import { ScheduleError } from '../../../core/schedules/cron-field.ts';
import { describeSchedule } from '../../../core/schedules/describe-schedule.ts';

const describeCron = (text: string) => describeSchedule({ expression: parseCron(text).aws, timezone: 'UTC' });

describe('a cron expression in words', () => {
  // AWS's examples and wildcards: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
  test.each([
    ['15 12 * * ? *', 'At 12:15, every day'],
    ['0 8 1 * ? *', 'At 08:00, on day 1 of the month'],
    ['0/5 * ? * MON-FRI *', 'Every 5 minutes, every hour, Monday through Friday'],
    ['0 9 ? * 2#1 *', 'At 09:00, on the first Monday of the month'],
    ['15 10 ? * 6L 2022-2030', 'At 10:15, on the last Friday of the month, 2022 through 2030'],
    ['0 10 L * ? *', 'At 10:00, on the last day of the month'],
    ['0 10 LW * ? *', 'At 10:00, on the last weekday of the month'],
    ['0 10 3W * ? *', 'At 10:00, on the weekday nearest day 3 of the month'],
    ['0 0 ? * L *', 'At 00:00, only on Saturday'],
    ['0 0 ? * 1 *', 'At 00:00, only on Sunday'],
    ['0 0 ? jul friL *', 'At 00:00, on the last Friday of the month, only in July'],
    ['0 9 * * ? 2027/2', 'At 09:00, every day, every 2 years, 2027 through 2199'],
  ])('%s', (aws, words) => {
    expect(describeCron(aws)).toBe(`${words}, in UTC`);
  });

  test.each([
    ['0 2 * * *', 'At 02:00, every day'],
    ['*/15 * * * *', 'Every 15 minutes, every hour, every day'],
    ['*/7 9 * * *', 'At 0, 7, 14, 21, 28, 35, 42, 49, and 56 minutes past the hour, at 09:00, every day'],
    ['0 */2 * * *', 'On the hour, every 2 hours, every day'],
    ['0 9,21 * * *', 'At 09:00 and 21:00, every day'],
    ['0 9 * * 1-5', 'At 09:00, Monday through Friday'],
    ['0 9 * * 0,6', 'At 09:00, only on Sunday and Saturday'],
    ['30 4 1,15 */6 *', 'At 04:30, on day 1 and 15 of the month, only in January and July'],
  ])('%s, of Unix', (unix, words) => {
    expect(describeCron(unix)).toBe(`${words}, in UTC`);
  });

  test('says the same of the same times, however they are written', () => {
    const same = ['0 9 ? * MON-FRI *', '0 9 ? * 2-6 *', '0 9 ? * 2,3,4,5,6 *', '0 9 ? * mon,tue,wed,thu,fri *', '0 9 * * 1-5'];

    expect(new Set(same.map(describeCron)).size).toBe(1);
  });

  test('there is for whatever can be read', () => {
    const field = fc.stringMatching(/^(\*|[0-9]{1,2}(-[0-9]{1,2})?)(\/[1-9])?(,[0-9]{1,2})?$/);
    const day = fc.oneof(field, fc.stringMatching(/^(L|LW|[1-9]W)$/));
    const weekday = fc.oneof(field, fc.stringMatching(/^([1-7]#[1-5]|[1-7]?L|MON|sun-TUE)$/));
    const days = fc.oneof(
      day.map((text) => [text, '?']),
      weekday.map((text) => ['?', text]),
    );
    const year = fc.constantFrom('*', '2027', '2027-2031', '2030/3');
    fc.assert(
      fc.property(field, field, days, field, year, (minute, hour, [dayOfMonth, dayOfWeek], month, year) => {
        const text = [minute, hour, dayOfMonth, month, dayOfWeek, year].join(' ');
        try {
          parseCron(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ScheduleError);
          return;
        }
        expect(describeCron(text)).toMatch(/^(At|Every|On|Minutes|Between) .*, in UTC$/);
        expect(describeCron(text)).not.toMatch(/undefined|NaN|null/);
      }),
      { numRuns: 2_000 },
    );
  });
});

test('a rate is in words without its zone, which has no say in it', () => {
  expect(describeSchedule({ expression: 'rate(1 day)', timezone: 'Europe/Berlin' })).toBe('Every day');
  expect(describeSchedule({ expression: 'rate(5 minutes)', timezone: 'UTC' })).toBe('Every 5 minutes');
});

test('a time fires once', () => {
  const schedule = { expression: 'at(2027-01-31T18:00:00)', timezone: 'Asia/Kolkata' };

  expect(describeSchedule(schedule)).toBe('Once, at 2027-01-31T18:00:00, in Asia/Kolkata');
});

test('start, end and window are told on the clocks of the zone', () => {
  const schedule = {
    expression: 'cron(0 2 ? * MON-FRI *)',
    timezone: 'Europe/Berlin',
    startsAt: '2026-12-31T23:00:00.000Z',
    endsAt: '2027-07-01T00:00:00.000Z',
    windowMinutes: 15,
  };

  expect(describeSchedule(schedule)).toBe(
    'At 02:00, Monday through Friday, in Europe/Berlin, from 2027-01-01T00:00:00+01:00, until 2027-07-01T02:00:00+02:00, within 15 minutes of its time',
  );
});
