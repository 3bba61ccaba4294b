import {
  AWS_WEEKDAY,
  DAY_OF_MONTH,
  type FieldRange,
  HOUR,
  MINUTE,
  MONTH,
  ScheduleError,
  UNIX_WEEKDAY,
  valuesOf,
  WEEKDAYS,
  YEAR,
} from './cron-field.ts';

/** A cron expression in the two notations that it is needed in. */
export interface Cron {
  /** As EventBridge Scheduler takes it: `cron(0 2 * * ? *)`. */
  readonly aws: string;
  /** As croner takes it, with seconds and years: `0 0 2 * * * *`. */
  readonly croner: string;
}

/**
 * Reads a cron expression: the five fields of Unix (minute, hour, day of month, month, day of week from Sunday 0), or the six of AWS
 * (day of week from Sunday 1, a year, and `?` in one of the two days), with or without `cron(...)` around them. AWS's are those of
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based. Throws `ScheduleError`.
 */
export function parseCron(text: string): Cron {
  const [, wrapped] = /^\s*cron\((.*)\)\s*$/s.exec(text) ?? [];
  const fields = (wrapped ?? text).trim().split(/\s+/);
  if (fields.length === 5 && wrapped === undefined) return readUnix(fields);
  if (fields.length === 6) return readAws(fields);
  throw new ScheduleError(
    `"${text}" has ${fields[0] === '' ? 0 : fields.length} fields; a cron expression has 5 (minute, hour, day of month, month, day of week) or AWS's 6 with a year.`,
  );
}

function readUnix([minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = '']: readonly string[]): Cron {
  const days = valuesOf(dayOfMonth, DAY_OF_MONTH);
  const weekdays = valuesOf(dayOfWeek, UNIX_WEEKDAY)?.map((day) => day % 7);
  if (days && weekdays) {
    throw new ScheduleError(
      'This cron expression names days of the month and of the week; Unix runs it on either and AWS knows no such schedule: declare two.',
    );
  }
  const times = plain([minute, MINUTE], [hour, HOUR]);
  const months = plain([month, MONTH]);
  const named = [...new Set(weekdays)].sort().map((day) => WEEKDAYS[day] ?? '');
  const day = weekdays ? '?' : (days?.join(',') ?? '*');
  return {
    aws: `cron(${times} ${day} ${months} ${weekdays ? named.join(',') : '?'} *)`,
    croner: `0 ${times} ${days?.join(',') ?? '*'} ${months} ${weekdays ? named.join(',') : '*'} *`,
  };
}

function readAws(fields: readonly string[]): Cron {
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = '', year = ''] = fields;
  const unknownDays = [dayOfMonth, dayOfWeek].filter((field) => field === '?').length;
  if (unknownDays !== 1) {
    throw new ScheduleError('In the 6 fields of AWS, one of the day of month and the day of week is ?, and the other is not.');
  }
  const times = plain([minute, MINUTE], [hour, HOUR]);
  const months = plain([month, MONTH]);
  const years = plain([year, YEAR]);
  return {
    aws: `cron(${fields.join(' ')})`,
    croner: `0 ${times} ${cronerDay(dayOfMonth)} ${months} ${cronerWeekday(dayOfWeek)} ${years}`,
  };
}

/** Fields of values only, in the form that both sides read alike: numbers with commas between them. */
function plain(...fields: readonly (readonly [string, FieldRange])[]): string {
  return fields.map(([text, range]) => valuesOf(text, range)?.join(',') ?? '*').join(' ');
}

/** `L` is the last day of the month, `LW` its last weekday, `15W` the weekday nearest to the 15th. */
function cronerDay(text: string): string {
  if (text === '?' || text === 'L' || text === 'LW') return text === '?' ? '*' : text;
  const [, nearest] = /^([0-9]{1,2})W$/.exec(text) ?? [];
  return nearest === undefined ? plain([text, DAY_OF_MONTH]) : `${plain([nearest, DAY_OF_MONTH])}W`;
}

/** `L` is the week's last day, Saturday; `6L` the month's last Friday and `6#3` its third. */
function cronerWeekday(text: string): string {
  if (text === '?') return '*';
  if (text === 'L') return '6';
  const [, day, occurrence] = /^([0-9A-Za-z]+)(?:#([1-5])|L)$/.exec(text) ?? [];
  const weekdays = valuesOf(day ?? text, AWS_WEEKDAY)?.map((value) => value - 1);
  if (day === undefined) return weekdays?.join(',') ?? '*';
  return `${weekdays?.join(',')}#${occurrence ?? 'L'}`;
}
