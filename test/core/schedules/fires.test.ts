import { describe, expect, test } from '@jest/globals';
import { firesBetween, nextFires } from '../../../core/schedules/fires.ts';

const at = (text: string) => Date.parse(text);
const localFires = (expression: string, timezone: string, after: string, count = 3) =>
  nextFires({ expression, timezone }, count, at(after)).map(({ local }) => local);

describe('when the clocks change', () => {
  // A time that the clocks skip in spring is skipped; one that they show twice in autumn runs once:
  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
  test.each([
    [
      'Europe/Berlin',
      'cron(30 2 * * ? *)',
      '2027-03-27T00:00:00Z',
      ['2027-03-27T02:30:00+01:00', '2027-03-29T02:30:00+02:00', '2027-03-30T02:30:00+02:00'],
    ],
    [
      'Europe/Berlin',
      'cron(0 * * * ? *)',
      '2027-03-27T23:30:00Z',
      ['2027-03-28T01:00:00+01:00', '2027-03-28T03:00:00+02:00', '2027-03-28T04:00:00+02:00'],
    ],
    [
      'Europe/Berlin',
      'cron(0 * * * ? *)',
      '2027-10-30T23:30:00Z',
      ['2027-10-31T02:00:00+02:00', '2027-10-31T03:00:00+01:00', '2027-10-31T04:00:00+01:00'],
    ],
    [
      'America/New_York',
      'cron(30 2 ? * SUN *)',
      '2027-03-07T12:00:00Z',
      ['2027-03-21T02:30:00-04:00', '2027-03-28T02:30:00-04:00', '2027-04-04T02:30:00-04:00'],
    ],
    [
      'America/New_York',
      'cron(30 1 * * ? *)',
      '2027-11-06T12:00:00Z',
      ['2027-11-07T01:30:00-04:00', '2027-11-08T01:30:00-05:00', '2027-11-09T01:30:00-05:00'],
    ],
    // The clocks of Lord Howe change by half an hour.
    [
      'Australia/Lord_Howe',
      'cron(15 2 * * ? *)',
      '2027-10-01T00:00:00Z',
      ['2027-10-02T02:15:00+10:30', '2027-10-04T02:15:00+11:00', '2027-10-05T02:15:00+11:00'],
    ],
    [
      'Australia/Lord_Howe',
      'cron(45 1 * * ? *)',
      '2027-04-03T00:00:00Z',
      ['2027-04-04T01:45:00+11:00', '2027-04-05T01:45:00+10:30', '2027-04-06T01:45:00+10:30'],
    ],
  ])('in %s %s fires after %s at %j', (timezone, expression, after, expected) => {
    expect(localFires(expression, timezone, after)).toEqual(expected);
  });

  test('asked in the hour that comes twice, a time that has fired in it does not fire again', () => {
    // 02:20 on the clocks, for the second time.
    expect(localFires('cron(0/30 2 * * ? *)', 'Europe/Berlin', '2027-10-31T01:20:00Z', 1)).toEqual(['2027-11-01T02:00:00+01:00']);
  });

  test('a rate in days goes on by 24 hours, so its clock time moves', () => {
    expect(localFires('rate(1 day)', 'Europe/Berlin', '2027-03-26T11:00:00Z', 2)).toEqual([
      '2027-03-27T12:00:00+01:00',
      '2027-03-28T13:00:00+02:00',
    ]);
  });
});

describe('the next fires', () => {
  test('are in UTC too', () => {
    const schedule = { expression: 'cron(0 2 ? * MON-FRI *)', timezone: 'Asia/Kolkata' };

    expect(nextFires(schedule, 1, at('2027-01-02T00:00:00Z'))).toEqual([
      { at: '2027-01-03T20:30:00.000Z', local: '2027-01-04T02:00:00+05:30' },
    ]);
  });

  test('are fewer where the schedule ends, and none of what is over', () => {
    const hourly = { expression: 'cron(0 * * * ? *)', timezone: 'UTC', endsAt: '2027-01-01T02:00:00.000Z' };

    expect(nextFires(hourly, 10, at('2027-01-01T00:00:00Z'))).toHaveLength(2);
    expect(nextFires({ expression: 'at(2026-01-01T00:00:00)', timezone: 'UTC' }, 10, at('2027-01-01T00:00:00Z'))).toEqual([]);
  });
});

describe('the fires between two times', () => {
  const span = { from: at('2027-01-01T00:00:00Z'), to: at('2027-01-01T04:00:00Z') };
  const hourly = { expression: 'cron(0 * * * ? *)', timezone: 'UTC' };

  test('have the first and not the last', () => {
    const { fires, more } = firesBetween(hourly, span, 10);

    expect(fires.map((fire) => fire.at.slice(11, 16))).toEqual(['00:00', '01:00', '02:00', '03:00']);
    expect(more).toBe(false);
  });

  test('are as many as asked for, and tell that there are more', () => {
    expect(firesBetween(hourly, span, 4)).toMatchObject({ more: false });
    expect(firesBetween(hourly, span, 3)).toMatchObject({ more: true, fires: { length: 3 } });
  });

  test('of a rate count from when the schedule was made', () => {
    const { fires } = firesBetween({ expression: 'rate(90 minutes)', timezone: 'UTC' }, span, 10, at('2026-12-31T23:00:00Z'));

    expect(fires.map((fire) => fire.at.slice(11, 16))).toEqual(['00:30', '02:00', '03:30']);
  });
});
