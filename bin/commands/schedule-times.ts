import { InvalidArgumentError } from 'commander';
import { ScheduleError } from '../../core/schedules/cron-field.ts';
import { nextFire, periodOf } from '../../core/schedules/fire-times.ts';
import { readTime } from '../../core/schedules/read-schedule.ts';
import type { Schedule } from '../../core/schedules/schedule.ts';
import { isZone } from '../../core/schedules/zone.ts';
import { CommandFailed } from './connection.ts';
import type { ListedTrigger } from './triggers.ts';

const MOST_FIRES = 1_000;

export const RATE_OF_UNKNOWN_TIMES = 'its rate counts from when it was made, which only the scheduler knows';

/** A trigger that is a schedule. */
export interface ScheduledTrigger extends ListedTrigger {
  readonly schedule: Schedule & NonNullable<ListedTrigger['schedule']>;
}

export const isScheduled = (trigger: ListedTrigger): trigger is ScheduledTrigger => trigger.schedule !== undefined;

/** What a rate without a start counts from: any of its own times will do. */
export const anchorOf = ({ nextFireAt }: ListedTrigger): number | undefined =>
  nextFireAt === undefined ? undefined : Date.parse(nextFireAt);

/** Why a schedule's times are not those at which it fires, as far as the stack tells; undefined where they are. */
export function whyItDoesNotFire({ enabled, paused, schedule, nextFireAt }: ScheduledTrigger, now: number): string | undefined {
  if (!enabled) return 'it is disabled';
  if (paused) return 'it is paused';
  if (nextFireAt !== undefined) return undefined;
  if (periodOf(schedule.expression) !== undefined && schedule.startsAt === undefined) return RATE_OF_UNKNOWN_TIMES;
  return nextFire(schedule, now, now) === undefined ? undefined : 'its workflow is not active';
}

/** A day or a time, on the clocks of `zone` or with an offset: milliseconds since the epoch. Raises `CommandFailed`, naming the option. */
export function parseMoment(text: string, zone: string, option: string): number {
  try {
    return Date.parse(readTime(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) ? `${text}T00:00` : text, zone));
  } catch (error) {
    if (error instanceof ScheduleError) throw new CommandFailed(`${option}: ${error.message}`, 2);
    throw error;
  }
}

export function parseZone(text: string): string {
  if (isZone(text)) return text;
  throw new InvalidArgumentError('Give the name of a time zone, such as Europe/Berlin or UTC.');
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d{1,4}$/.test(text) && count > 0 && count <= MOST_FIRES) return count;
  throw new InvalidArgumentError(`Give a whole number from 1 to ${MOST_FIRES}.`);
}
