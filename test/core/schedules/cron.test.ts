import { describe, expect, test } from '@jest/globals';
import { parseCron } from '../../../core/schedules/cron.ts';

describe('the five fields of Unix become the six of AWS', () => {
  // One of the two days is always ?, and AWS counts days of the week from Sunday, 1:
  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
  test.each([
    ['0 2 * * *', 'cron(0 2 * * ? *)'],
    ['*/15 * * * *', 'cron(0,15,30,45 * * * ? *)'],
    ['30 9-11 1 * *', 'cron(30 9,10,11 1 * ? *)'],
    ['0 0 * * 0', 'cron(0 0 ? * SUN *)'],
    ['0 0 * * 7', 'cron(0 0 ? * SUN *)'],
    ['0 9 * * 1-5', 'cron(0 9 ? * MON,TUE,WED,THU,FRI *)'],
    ['0 9 * * mon,fri', 'cron(0 9 ? * MON,FRI *)'],
    ['0 9 * * 5-7', 'cron(0 9 ? * SUN,FRI,SAT *)'],
    ['0 9 * * */2', 'cron(0 9 ? * SUN,TUE,THU,SAT *)'],
    ['0 0 1 jan,7-9 *', 'cron(0 0 1 1,7,8,9 ? *)'],
    ['10-30/10 5/6 * * *', 'cron(10,20,30 5,11,17,23 * * ? *)'],
  ])('%s is %s', (unix, aws) => {
    expect(parseCron(unix).aws).toBe(aws);
  });
});

describe('the six fields of AWS stay as they are', () => {
  test.each([
    '0/15 9-17 ? * MON-FRI 2027-2028',
    '0 10 L * ? *',
    '0 10 LW * ? *',
    '0 10 15W * ? *',
    '15 10 ? * 6L 2027',
    '0 8 ? * 2#1 *',
  ])('%s', (aws) => {
    expect(parseCron(aws).aws).toBe(`cron(${aws})`);
    expect(parseCron(`cron(${aws})`).aws).toBe(`cron(${aws})`);
  });
});

describe('what is no cron expression is refused with what is wrong', () => {
  test.each([
    ['0 2 * *', /has 4 fields/],
    ['', /has 0 fields/],
    ['cron(0 2 * * *)', /has 5 fields/],
    ['60 2 * * *', /"60" is not a minute .* from 0 to 59/],
    ['0 24 * * *', /"24" is not a hour/],
    ['0 0 0 * *', /"0" is not a day of month .* from 1 to 31/],
    ['0 0 * foo *', /"foo" is not a month .* or JAN to DEC/],
    ['0 0 * * 8', /"8" is not a day of week/],
    ['*/0 * * * *', /step .* at least 1/],
    ['0 17-9 * * *', /runs backwards/],
    ['0 2 1 * 1', /days of the month and of the week/],
    ['0 2 * * * *', /one of the day of month and the day of week is \?/],
    ['0 2 ? * ? *', /one of the day of month and the day of week is \?/],
    ['0 2 * * ? 1969', /"1969" is not a year/],
    ['0 2 L-3 * ? *', /"L" is not a day of month/],
    ['0 2 ? * 0 *', /"0" is not a day of week .* from 1 to 7/],
    ['1,,2 * * * *', /not a minute/],
  ])('%s', (text, reason) => {
    expect(() => parseCron(text)).toThrow(reason);
  });
});
