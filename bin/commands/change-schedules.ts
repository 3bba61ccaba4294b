import type { Command } from 'commander';
import {
  connectionOf,
  DEFAULT_LIMIT,
  examples,
  type GlobalOptions,
  parseId,
  parseLimit,
  sayThereIsMore,
  show,
} from './arguments.ts';
import { CommandFailed } from './connection.ts';
import { readObject } from './json-file.ts';
import { collectLabels, formatLabels, labelsOf, parseOneLabel } from './labels.ts';
import { callApi, callApiForNothing, jsonBody, listFromApi } from './management-api.ts';
import { formatTable } from './table.ts';
import { describeTrigger, type ListedTrigger, triggerSchema } from './triggers.ts';

/** As typed; `none` takes away what was said before. */
interface ScheduleFields {
  readonly cron?: string;
  readonly rate?: string;
  readonly at?: string;
  readonly timezone?: string;
  readonly start?: string;
  readonly end?: string;
  readonly window?: string;
  readonly params?: string;
  readonly label?: readonly string[];
  readonly description?: string;
  readonly deleteWhenOver?: boolean;
}

/** The commands by which schedules are made and changed while the stack runs. */
export function addScheduleChanges(schedules: Command): void {
  schedules
    .command('list')
    .description('list schedules')
    .option('--workflow <id>', 'of this workflow only', parseId)
    .option('--label <name=value>', 'with this label only', parseOneLabel)
    .option('--limit <number>', 'at most this many', parseLimit, DEFAULT_LIMIT)
    .addHelpText('after', examples('schedules list --label team=billing'))
    .action(listSchedules);

  schedules
    .command('show')
    .description('show a schedule')
    .argument('<id>', "the schedule's id", parseId)
    .addHelpText('after', examples('schedules show nightly'))
    .action(async (id: string, _options: object, command: Command) =>
      show(
        command,
        await callApi(connectionOf(command), { method: 'GET', path: `/v1/schedules/${id}` }, triggerSchema),
        describeTrigger,
      ),
    );

  withFields(
    schedules
      .command('create')
      .description('start a workflow by the clock; name one of --cron, --rate and --at')
      .argument('<workflow>', "the workflow's id", parseId),
  )
    .option('--id <id>', "the schedule's id (default: made up)", parseId)
    .option('--paused', 'make it without starting anything yet')
    .addHelpText(
      'after',
      examples(
        'schedules create nightly-report --cron "0 6 * * MON" --timezone Europe/Berlin --label team=billing',
        'schedules create nightly-report --at 2027-01-31T18:00 --delete-when-over',
      ),
    )
    .action(createSchedule);

  withFields(
    schedules
      .command('edit')
      .description('change a schedule that was made here; none takes away a start, an end, a window or a description')
      .argument('<id>', "the schedule's id", parseId),
  )
    .option('--keep-when-over', 'do not delete it when it is over')
    .addHelpText('after', examples('schedules edit month-end --cron "0 18 L * ? *"', 'schedules edit month-end --end none'))
    .action(editSchedule);

  for (const [name, paused, description] of [
    ['pause', true, 'let a schedule start nothing, declared ones too; the others go on'],
    ['resume', false, 'let a paused schedule go on'],
  ] as const) {
    schedules
      .command(name)
      .description(description)
      .argument('<id>', "the schedule's id", parseId)
      .addHelpText('after', examples(`schedules ${name} nightly`))
      .action(async (id: string, _options: object, command: Command) =>
        show(command, await put(command, `/v1/schedules/${id}/paused`, { paused }), describeTrigger),
      );
  }

  schedules
    .command('delete')
    .description('delete a schedule that was made here')
    .argument('<id>', "the schedule's id", parseId)
    .addHelpText('after', examples('schedules delete month-end'))
    .action(async (id: string, _options: object, command: Command) => {
      await callApiForNothing(connectionOf(command), { method: 'DELETE', path: `/v1/schedules/${id}` });
      if (!command.optsWithGlobals<GlobalOptions>().json) process.stdout.write(`Deleted the schedule ${id}.\n`);
    });
}

const withFields = (command: Command): Command =>
  command
    .option('--cron <expression>', 'Unix with 5 fields, or AWS with 6')
    .option('--rate <rate>', 'how often, such as "5 minutes"')
    .option('--at <time>', 'once, on the clocks of its time zone')
    .option('--timezone <zone>', 'its IANA time zone (default: UTC)')
    .option('--start <time>', 'not before this time')
    .option('--end <time>', 'not after this time')
    .option('--window <time>', 'within this time after the one that is due, such as 10m')
    .option('--params <json>', 'what the workflow receives, as JSON or as a file of JSON or YAML')
    .option('--label <name=value>', 'labels of the schedule and its runs; repeat for more', collectLabels)
    .option('--description <text>', 'what it is for')
    .option('--delete-when-over', 'delete it once it will not fire again');

const orNothing = (text: string | undefined): string | null | undefined => (text === 'none' ? null : text);

function bodyOf(fields: ScheduleFields): Record<string, unknown> {
  const { cron, rate, at, timezone, params, label, deleteWhenOver } = fields;
  const body = {
    ...{ cron, rate, at, timezone, deleteWhenOver },
    start: orNothing(fields.start),
    end: orNothing(fields.end),
    window: orNothing(fields.window),
    description: orNothing(fields.description),
    params: params === undefined ? undefined : readObject(params, 'params'),
    labels: label && labelsOf(label),
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

async function createSchedule(
  workflowId: string,
  options: ScheduleFields & { readonly id?: string; readonly paused?: boolean },
  command: Command,
): Promise<void> {
  const { id, paused } = options;
  const body = { workflowId, ...bodyOf(options), ...(id && { id }), ...(paused && { paused }) };
  const request = { method: 'POST', path: '/v1/schedules', ...jsonBody(body) };
  show(command, await callApi(connectionOf(command), request, triggerSchema), describeTrigger);
}

async function editSchedule(
  id: string,
  options: ScheduleFields & { readonly keepWhenOver?: boolean },
  command: Command,
): Promise<void> {
  const body = { ...bodyOf(options), ...(options.keepWhenOver && { deleteWhenOver: false }) };
  if (Object.keys(body).length === 0) throw new CommandFailed('Name what to change, such as --cron or --label.', 2);
  show(command, await put(command, `/v1/schedules/${id}`, body), describeTrigger);
}

const put = (command: Command, path: string, body: object) =>
  callApi(connectionOf(command), { method: 'PUT', path, ...jsonBody(body) }, triggerSchema);

async function listSchedules(
  options: { readonly workflow?: string; readonly label?: string; readonly limit: number },
  command: Command,
): Promise<void> {
  const query = { workflowId: options.workflow, label: options.label };
  const page = await listFromApi(connectionOf(command), '/v1/schedules', query, options.limit, triggerSchema);
  show(command, page, ({ items }) =>
    items.length === 0
      ? 'No schedules.'
      : formatTable(
          ['ID', 'WORKFLOW', 'STATE', 'SCHEDULE', 'TIMEZONE', 'NEXT', 'LABELS'],
          items.map((schedule) => [
            schedule.id,
            schedule.workflowId,
            stateOf(schedule),
            schedule.schedule?.expression ?? '-',
            schedule.schedule?.timezone ?? '-',
            schedule.nextFireAt ?? '-',
            formatLabels(schedule.labels) ?? '-',
          ]),
        ),
  );
  sayThereIsMore(command, page);
}

function stateOf({ enabled, paused, over }: ListedTrigger): string {
  if (over) return 'over';
  if (paused) return 'paused';
  return enabled ? 'on' : 'off';
}
