import type { Command } from 'commander';
import { type Fire, nextFires } from '../../core/schedules/fires.ts';
import { declaredBy, readSchedule } from '../../core/schedules/read-schedule.ts';
import type { Schedule } from '../../core/schedules/schedule.ts';
import { connectionOf, examples, type GlobalOptions, show } from './arguments.ts';
import { addScheduleChanges } from './change-schedules.ts';
import { CommandFailed } from './connection.ts';
import { callApi } from './management-api.ts';
import { addCalendar } from './schedule-calendar.ts';
import { anchorOf, isScheduled, parseCount, parseMoment, RATE_OF_UNKNOWN_TIMES, whyItDoesNotFire } from './schedule-times.ts';
import { formatRecord, formatTable } from './table.ts';
import { triggerSchema } from './triggers.ts';

const DEFAULT_COUNT = 5;
const EXPRESSION = 'cron of 5 fields (Unix) or 6 (AWS), a rate such as "5 minutes", or a time such as 2027-01-31T18:00';

/** What `validate --json` writes. */
type Validated =
  | { readonly valid: true; readonly schedule: Schedule; readonly description: string; readonly next: readonly Fire[] }
  | { readonly valid: false; readonly problems: readonly string[] };

/** What `next --json` writes. */
interface Found {
  readonly schedule: Schedule;
  readonly next: readonly Fire[];
  /** Why a trigger fires at none of these times; absent where it does. */
  readonly doesNotFire?: string;
}

interface NextOptions {
  readonly count: number;
  readonly timezone?: string;
  readonly from?: string;
}

export function addSchedules(program: Command): void {
  const schedules = program.command('schedules').description('make schedules, and see when they fire');

  schedules
    .command('validate')
    .description('say in words when an expression fires, or what is wrong with it')
    .argument('<expression>', EXPRESSION)
    .option('--timezone <zone>', 'its IANA time zone', 'UTC')
    .addHelpText('after', examples('schedules validate "0 2 * * 1-5" --timezone Europe/Berlin', 'schedules validate "5 minutes"'))
    .action(validateExpression);

  schedules
    .command('next')
    .description('the next times at which an expression or a trigger fires, on the clocks of its zone')
    .argument('<expression|trigger>', `${EXPRESSION}; or a trigger's id`)
    .option('--count <number>', 'this many', parseCount, DEFAULT_COUNT)
    .option('--timezone <zone>', "an expression's IANA time zone (default: UTC)")
    .option('--from <time>', 'after this day or time (default: now)')
    .addHelpText('after', examples('schedules next "0 2 * * *" --timezone Europe/Berlin --count 10', 'schedules next nightly'))
    .action(showNext);

  addCalendar(schedules);
  addScheduleChanges(schedules);
}

async function validateExpression(expression: string, { timezone }: { timezone: string }, command: Command): Promise<void> {
  const validated = await validate(expression, timezone, new Date());
  if (validated.valid) return show(command, validated, describe);
  if (command.optsWithGlobals<GlobalOptions>().json) show(command, validated, describe);
  throw new CommandFailed(validated.problems.join('\n'));
}

async function validate(expression: string, timezone: string, now: Date): Promise<Validated> {
  const read = readSchedule({ ...declaredBy(expression), timezone }, now);
  if ('faults' in read) return { valid: false, problems: read.faults.map(({ message }) => message) };
  // No other command needs the words.
  const { describeSchedule } = await import('../../core/schedules/describe-schedule.ts');
  const { schedule } = read;
  return { valid: true, schedule, description: describeSchedule(schedule), next: nextFires(schedule, 3, now.getTime()) };
}

function describe(validated: Validated): string {
  if (!validated.valid) return validated.problems.join('\n');
  const { schedule, description, next } = validated;
  const times = next.map(({ local }) => local).join(', ');
  return formatRecord({ expression: schedule.expression, timezone: schedule.timezone, 'in words': description, next: times });
}

async function showNext(subject: string, options: NextOptions, command: Command): Promise<void> {
  const now = new Date();
  // An expression has spaces, parentheses or colons; an id has none of them.
  const isId = /^[A-Za-z0-9_-]{1,128}$/.test(subject);
  const found = isId ? await nextOfTrigger(subject, options, command, now) : nextOfExpression(subject, options, now);
  show(command, found, ({ next }) =>
    next.length === 0
      ? 'It does not fire any more.'
      : formatTable(
          ['TIME', 'IN UTC'],
          next.map(({ local, at }) => [local, at]),
        ),
  );
  if (found.doesNotFire !== undefined && !command.optsWithGlobals<GlobalOptions>().json) {
    process.stderr.write(`It fires at none of these times: ${found.doesNotFire}.\n`);
  }
}

function nextOfExpression(expression: string, { timezone = 'UTC', from, count }: NextOptions, now: Date): Found {
  const read = readSchedule({ ...declaredBy(expression), timezone }, now);
  if ('faults' in read) throw new CommandFailed(read.faults.map(({ message }) => message).join('\n'));
  const { schedule } = read;
  const after = from === undefined ? now.getTime() : parseMoment(from, schedule.timezone, '--from');
  return { schedule, next: nextFires(schedule, count, after) };
}

async function nextOfTrigger(id: string, { timezone, from, count }: NextOptions, command: Command, now: Date): Promise<Found> {
  if (timezone !== undefined) throw new CommandFailed('A trigger has a time zone of its own; leave --timezone out.', 2);
  const trigger = await callApi(connectionOf(command), { method: 'GET', path: `/v1/triggers/${id}` }, triggerSchema);
  if (!isScheduled(trigger)) throw new CommandFailed(`The trigger ${id} is no schedule, but of the kind ${trigger.kind}.`);
  const { schedule } = trigger;
  const doesNotFire = whyItDoesNotFire(trigger, now.getTime());
  if (doesNotFire === RATE_OF_UNKNOWN_TIMES) {
    throw new CommandFailed(`The times of ${id} are not known: ${doesNotFire}; give it a start.`);
  }
  const after = from === undefined ? now.getTime() : parseMoment(from, schedule.timezone, '--from');
  const next = nextFires(schedule, count, after, anchorOf(trigger));
  return { schedule, next, ...(doesNotFire !== undefined && { doesNotFire }) };
}
