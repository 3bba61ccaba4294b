import { Cron as Croner } from 'croner';
import { parseCron } from './cron.ts';
import { ScheduleError } from './cron-field.ts';
import type { Schedule } from './schedule.ts';
import { clockTimeAt, instantOf } from './zone.ts';

const RATE_UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * The milliseconds between two fires of `rate(5 minutes)`, undefined for an expression of another kind. A day is 24 hours, whatever the clocks do
 * (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time).
 */
export function periodOf(expression: string): number | undefined {
  const [, value, unit = ''] = /^rate\(([1-9][0-9]{0,8}) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  return value === undefined ? undefined : Number(value) * (RATE_UNITS[unit] ?? 0);
}

/**
 * When a schedule fires next, strictly after `after`; undefined for never again. Milliseconds since the epoch. `anchor` is what a rate
 * without a start counts from: the schedule's creation, at which it fires first.
 *
 * A time that the zone's clocks skip is skipped, and one that they show twice counts once
 * (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time).
 * Throws `ScheduleError` for an expression that is none.
 */
export function nextFire(schedule: Schedule, after: number, anchor: number): number | undefined {
  const { expression, timezone, startsAt, endsAt } = schedule;
  const start = startsAt === undefined ? undefined : Date.parse(startsAt);
  const next = nextOf(expression, timezone, Math.max(after, (start ?? Number.NEGATIVE_INFINITY) - 1), start ?? anchor);
  return next === undefined || (endsAt !== undefined && next > Date.parse(endsAt)) ? undefined : next;
}

/**
 * The start to give the scheduler at `now` (milliseconds since the epoch): it takes none of more than five minutes ago, neither in a template
 * nor back from GetSchedule (https://github.com/getmoto/moto/pull/8172). A cron expression needs no past start; a rate is given the next of its
 * own times, so that it goes on from where it began. ISO 8601 in UTC.
 */
export function startToSet(schedule: Schedule, now: number): string | undefined {
  const { expression, startsAt } = schedule;
  if (startsAt === undefined || Date.parse(startsAt) > now) return startsAt;
  const next = periodOf(expression) === undefined ? undefined : nextFire(schedule, now, now);
  return next === undefined ? undefined : new Date(next).toISOString();
}

/** A time that no fire comes after: of a schedule that fires once its own, else its end. Milliseconds since the epoch; undefined for a schedule without an end. */
export function lastFireBefore({ expression, timezone, endsAt }: Schedule): number | undefined {
  const [, at] = /^at\(([^)]*)\)$/.exec(expression) ?? [];
  const once = at === undefined ? undefined : instantOf(Date.parse(`${at}Z`), timezone);
  return once ?? (endsAt === undefined ? undefined : Date.parse(endsAt));
}

function nextOf(expression: string, timezone: string, after: number, anchor: number): number | undefined {
  const period = periodOf(expression);
  if (period !== undefined) return anchor + Math.max(0, Math.floor((after - anchor) / period) + 1) * period;
  const [, at] = /^at\(([^)]*)\)$/.exec(expression) ?? [];
  if (at !== undefined) {
    const once = instantOf(Date.parse(`${at}Z`), timezone);
    return once !== undefined && once > after ? once : undefined;
  }
  if (!expression.startsWith('cron(')) throw new ScheduleError(`${expression} is not a schedule expression.`);
  return nextOfCron(parseCron(expression).croner, timezone, after);
}

/** croner counts on the zone's clocks as if they were UTC's, so that the changes of the clocks are AWS's here, not croner's. */
function nextOfCron(pattern: string, timezone: string, after: number): number | undefined {
  const cron = new Croner(pattern, { timezone: 'UTC', mode: '7-part' });
  for (let clockTime = cron.nextRun(new Date(clockTimeAt(after, timezone))); clockTime; clockTime = cron.nextRun(clockTime)) {
    const instant = instantOf(clockTime.getTime(), timezone);
    if (instant !== undefined && instant > after) return instant;
  }
  return undefined;
}
