import type { Command } from 'commander';
import { firesBetween } from '../../core/schedules/fires.ts';
import { connectionOf, DEFAULT_LIMIT, examples, type GlobalOptions, parseId, show } from './arguments.ts';
import { CommandFailed } from './connection.ts';
import { listFromApi } from './management-api.ts';
import {
  anchorOf,
  isScheduled,
  parseCount,
  parseMoment,
  parseZone,
  type ScheduledTrigger,
  whyItDoesNotFire,
} from './schedule-times.ts';
import { formatTable, printable } from './table.ts';
import { triggerSchema } from './triggers.ts';

const WEEK = 7 * 86_400_000;
const MOST_TRIGGERS = 100_000;

interface CalendarOptions {
  readonly from?: string;
  readonly to?: string;
  readonly timezone: string;
  readonly workflow?: string;
  readonly limit: number;
}

/** What `calendar --json` writes. */
export interface Calendar {
  /** In the order of their times. */
  readonly fires: readonly {
    /** ISO 8601 in UTC. */
    readonly at: string;
    /** On the clocks of the trigger's own zone. */
    readonly local: string;
    readonly triggerId: string;
    readonly workflowId: string;
  }[];
  /** Are there more fires before the end? */
  readonly more: boolean;
  /** The schedules that are left out, and why. */
  readonly omitted: readonly { readonly triggerId: string; readonly reason: string }[];
}

/** Adds `calendar` to the group of schedules. */
export function addCalendar(schedules: Command): void {
  schedules
    .command('calendar')
    .description('all times between two dates at which schedules fire')
    .option('--from <time>', 'from this day or time on (default: now)')
    .option('--to <time>', 'before this day or time (default: a week later)')
    .option('--timezone <zone>', 'the IANA time zone of --from and --to', parseZone, 'UTC')
    .option('--workflow <id>', 'of this workflow only', parseId)
    .option('--limit <number>', 'at most this many', parseCount, DEFAULT_LIMIT)
    .addHelpText('after', examples('schedules calendar --from 2027-03-01 --to 2027-04-01', 'schedules calendar --workflow nightly'))
    .action(showCalendar);
}

async function showCalendar(options: CalendarOptions, command: Command): Promise<void> {
  const now = Date.now();
  const { timezone, limit } = options;
  const from = options.from === undefined ? now : parseMoment(options.from, timezone, '--from');
  const to = options.to === undefined ? from + WEEK : parseMoment(options.to, timezone, '--to');
  if (to <= from) throw new CommandFailed('--to must be later than --from.', 2);
  const query = { workflowId: options.workflow };
  const { items } = await listFromApi(connectionOf(command), '/v1/triggers', query, MOST_TRIGGERS, triggerSchema);
  const calendar = calendarOf(items.filter(isScheduled), { from, to }, limit, now);

  show(command, calendar, ({ fires }) =>
    fires.length === 0
      ? 'No schedule fires.'
      : formatTable(
          ['TIME', 'IN UTC', 'TRIGGER', 'WORKFLOW'],
          fires.map(({ at, local, triggerId, workflowId }) => [local, at, triggerId, workflowId]),
        ),
  );
  if (command.optsWithGlobals<GlobalOptions>().json) return;
  for (const { triggerId, reason } of calendar.omitted) process.stderr.write(`${printable(`Without ${triggerId}: ${reason}`)}.\n`);
  if (calendar.more) process.stderr.write('There are more; see them with a higher --limit or an earlier --to.\n');
}

/** The first `limit` fires of the triggers from `from`, included, to `to`, not included; times are milliseconds since the epoch. */
export function calendarOf(
  triggers: readonly ScheduledTrigger[],
  span: { readonly from: number; readonly to: number },
  limit: number,
  now: number,
): Calendar {
  const omitted: Calendar['omitted'][number][] = [];
  const fires: Calendar['fires'][number][] = [];
  let more = false;
  for (const trigger of triggers) {
    const { id: triggerId, workflowId, schedule } = trigger;
    const reason = whyItDoesNotFire(trigger, now);
    if (reason !== undefined) {
      omitted.push({ triggerId, reason });
      continue;
    }
    const found = firesBetween(schedule, span, limit, anchorOf(trigger));
    more ||= found.more;
    fires.push(...found.fires.map((fire) => ({ ...fire, triggerId, workflowId })));
  }
  const inOrder = fires.sort((one, other) =>
    one.at === other.at ? compare(one.triggerId, other.triggerId) : compare(one.at, other.at),
  );
  return { fires: inOrder.slice(0, limit), more: more || inOrder.length > limit, omitted };
}

const compare = (one: string, other: string): number => Number(one > other) - Number(one < other);
