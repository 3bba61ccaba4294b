import { nextFire } from './fire-times.ts';
import type { Schedule } from './schedule.ts';
import { clockTextAt } from './zone.ts';

/** One time at which a schedule fires. */
export interface Fire {
  /** ISO 8601 in UTC with milliseconds. */
  readonly at: string;
  /** The same on the clocks of the schedule's zone, with their offset: `2027-03-28T03:00:00+02:00`. */
  readonly local: string;
}

/**
 * The next `count` fires strictly after `after` (milliseconds since the epoch), fewer where the schedule ends. `anchor` is what a rate without
 * a start counts from, as in `nextFire`. Throws `ScheduleError` for an expression that is none.
 */
export function nextFires(schedule: Schedule, count: number, after: number, anchor: number = after): readonly Fire[] {
  return firesUntil(schedule, count, after, Number.POSITIVE_INFINITY, anchor);
}

/**
 * The fires from `from`, included, to `to`, not included (milliseconds since the epoch): the first `limit` of them, and whether there are more.
 * `anchor` and what it throws are as in `nextFires`.
 */
export function firesBetween(
  schedule: Schedule,
  span: { readonly from: number; readonly to: number },
  limit: number,
  anchor: number = span.from,
): { readonly fires: readonly Fire[]; readonly more: boolean } {
  const fires = firesUntil(schedule, limit + 1, span.from - 1, span.to, anchor);
  return { fires: fires.slice(0, limit), more: fires.length > limit };
}

function firesUntil(schedule: Schedule, count: number, after: number, to: number, anchor: number): Fire[] {
  const fires: Fire[] = [];
  let next = nextFire(schedule, after, anchor);
  while (next !== undefined && next < to && fires.length < count) {
    fires.push({ at: new Date(next).toISOString(), local: clockTextAt(next, schedule.timezone) });
    next = nextFire(schedule, next, anchor);
  }
  return fires;
}
