import { parseCron } from './cron.ts';
import { ScheduleError } from './cron-field.ts';
import { nextFire } from './fire-times.ts';
import type { Schedule } from './schedule.ts';
import { instantOf, isZone } from './zone.ts';

/** A schedule as its author writes it; exactly one of `cron`, `rate` and `at`. */
export interface DeclaredSchedule {
  readonly cron?: string | undefined;
  readonly rate?: string | undefined;
  readonly at?: string | undefined;
  readonly timezone?: string | undefined;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly window?: string | undefined;
}

export interface ScheduleFault {
  /** Where it is; undefined where something is missing. */
  readonly key: keyof DeclaredSchedule | undefined;
  /** One sentence. */
  readonly message: string;
}

/** Reads a declared schedule. Gives every fault at once; `now` is what "in the past" is measured by. */
export function readSchedule(declared: DeclaredSchedule, now: Date): { schedule: Schedule } | { faults: readonly ScheduleFault[] } {
  const faults: ScheduleFault[] = [];
  const attempt = <T>(key: keyof DeclaredSchedule | undefined, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
      faults.push({ key, message: error.message });
      return undefined;
    }
  };
  const { timezone = 'UTC', start, end, window } = declared;
  const zone = attempt('timezone', () => readZone(timezone)) ?? 'UTC';
  const [kind, ...others] = (['cron', 'rate', 'at'] as const).filter((key) => declared[key] !== undefined);
  const expression = attempt(others[0] ?? kind, () => {
    if (kind === undefined || others.length > 0) throw new ScheduleError('A schedule has exactly one of cron, rate and at.');
    return READERS[kind](declared[kind] ?? '', zone);
  });
  const startsAt = start === undefined ? undefined : attempt('start', () => readTime(start, zone));
  const endsAt = end === undefined ? undefined : attempt('end', () => readTime(end, zone));
  const windowMinutes = window === undefined ? undefined : attempt('window', () => readWindow(window));
  if (startsAt !== undefined && endsAt !== undefined && startsAt >= endsAt) {
    faults.push({ key: 'end', message: 'The end of the schedule must be after its start.' });
  }
  // The window alone has no say in when it fires.
  if (expression === undefined || faults.some(({ key }) => key !== 'window')) return { faults };

  const schedule: Schedule = {
    expression,
    timezone: zone,
    ...(startsAt !== undefined && { startsAt }),
    ...(endsAt !== undefined && { endsAt }),
    ...(windowMinutes !== undefined && { windowMinutes }),
  };
  const neverFires = whyItNeverFires(schedule, now);
  if (neverFires) faults.push({ key: kind, message: neverFires });
  return faults.length > 0 ? { faults } : { schedule };
}

/**
 * Which of `cron`, `rate` and `at` an expression is that is written alone, with or without the word and its parentheses: `5 minutes` is a rate,
 * `2027-01-31T18:00:00` a time, anything unknown a cron expression.
 */
export function declaredBy(expression: string): DeclaredSchedule {
  if (/^\s*(?:at\(|[0-9]{4}-[0-9]{2}-)/.test(expression)) return { at: expression.trim() };
  if (/^\s*(?:rate\(|[0-9]+\s+(?:second|minute|hour|day|week)s?\s*$)/.test(expression)) return { rate: expression };
  return { cron: expression };
}

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html: 256 characters. */
const LONGEST_EXPRESSION = 256;

function readCron(text: string): string {
  const { aws } = parseCron(text);
  if (aws.length <= LONGEST_EXPRESSION) return aws;
  throw new ScheduleError(
    `As AWS takes it the expression has ${aws.length} characters, and may have ${LONGEST_EXPRESSION}; write it with * and steps.`,
  );
}

const READERS = { cron: readCron, rate: readRate, at: readOnce };

function readZone(text: string): string {
  // Zones are known here whatever their case, and by AWS as they are written in the database.
  if (isZone(text)) return Intl.supportedValuesOf('timeZone').find((zone) => zone.toLowerCase() === text.toLowerCase()) ?? text;
  throw new ScheduleError(`"${text}" is not a time zone; use a name such as Europe/Berlin, America/New_York or UTC.`);
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#rate-based */
function readRate(text: string): string {
  const [, value = '', unit = ''] = /^\s*(?:rate\(\s*)?([0-9]{1,9})\s+(second|minute|hour|day|week)s?\s*\)?\s*$/.exec(text) ?? [];
  if (value === '') throw new ScheduleError(`"${text}" is not a rate; write a number and minutes, hours or days: 5 minutes.`);
  if (unit === 'second' || Number(value) < 1)
    throw new ScheduleError('A schedule fires at most once a minute: the rate is too fast.');
  if (unit === 'week') throw new ScheduleError(`A rate is in minutes, hours or days; write ${7 * Number(value)} days.`);
  return `rate(${Number(value)} ${unit}${Number(value) === 1 ? '' : 's'})`;
}

function readOnce(text: string, zone: string): string {
  const [, inner] = /^\s*at\((.*)\)\s*$/.exec(text) ?? [];
  const local = inner ?? text;
  if (/(?:Z|[+-][0-9]{2}:?[0-9]{2})$/.test(local)) {
    throw new ScheduleError(
      'at is a time on the clocks of timezone and has no offset; write it without, such as 2027-01-31T18:00:00.',
    );
  }
  readTime(local, zone);
  return `at(${local.length === 16 ? `${local}:00` : local})`;
}

/** A time with an offset or `Z`, or one on the zone's clocks: ISO 8601 in UTC. Throws `ScheduleError`. */
export function readTime(text: string, zone: string): string {
  const [, clock, offset] =
    /^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(Z|[+-][0-9]{2}:[0-9]{2})?$/.exec(text) ?? [];
  const clockTime = clock === undefined ? Number.NaN : Date.parse(`${clock}Z`);
  // Date.parse takes February 30th for March 2nd.
  if (clock === undefined || Number.isNaN(clockTime) || !new Date(clockTime).toISOString().startsWith(clock)) {
    throw new ScheduleError(`"${text}" is not a time; write one such as 2027-01-31T18:00:00.`);
  }
  const instant = offset === undefined ? instantOf(clockTime, zone) : Date.parse(`${clock}${offset}`);
  if (instant === undefined) throw new ScheduleError(`The clocks of ${zone} skip ${text}; choose another time.`);
  return new Date(instant).toISOString();
}

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_FlexibleTimeWindow.html: 1 to 1440 minutes. */
function readWindow(text: string): number {
  const [, value = '', unit = ''] = /^([0-9]{1,4})(m|h|d)$/.exec(text) ?? [];
  const minutes = Number(value) * ({ m: 1, h: 60, d: 1440 }[unit] ?? Number.NaN);
  if (value !== '' && minutes >= 1 && minutes <= 1440) return minutes;
  throw new ScheduleError(`"${text}" is not a window; write 1m to 24h, such as 15m.`);
}

function whyItNeverFires(schedule: Schedule, now: Date): string | undefined {
  if (nextFire(schedule, now.getTime(), now.getTime()) !== undefined) return undefined;
  if (schedule.expression.startsWith('at('))
    return 'This time is in the past, so the schedule never fires; remove it or set a time to come.';
  if (schedule.endsAt !== undefined && schedule.endsAt <= now.toISOString())
    return 'The schedule has ended, so it never fires; remove it or move its end.';
  return schedule.endsAt === undefined
    ? 'There is no such day in any year to come, so the schedule never fires.'
    : 'The schedule ends before it would fire for the first time.';
}
