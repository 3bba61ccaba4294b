import { type Command, InvalidArgumentError, Option } from 'commander';
import { RUN_STATUSES } from '../../core/runs/run.ts';
import { connectionOf, DEFAULT_LIMIT, examples, parseId, parseLifetime, parseLimit, sayThereIsMore, show } from './arguments.ts';
import { describeRun, durationOf, type ListedRun, runSchema, runWithStepsSchema } from './describe-run.ts';
import { parseOneLabel } from './labels.ts';
import { callApi, listFromApi } from './management-api.ts';
import { formatTable, formatTime, printable } from './table.ts';

interface ListOptions {
  readonly workflow?: string;
  readonly trigger?: string;
  readonly label?: string;
  readonly status?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
}

/** Adds the group of commands, and gives it to be added to. */
export function addRuns(program: Command): Command {
  const runs = program.command('runs').description('watch, cancel and repeat runs');

  runs
    .command('list')
    .description('list runs, newest first')
    .option('--workflow <id>', 'of this workflow only', parseId)
    .option('--trigger <id>', 'started by this trigger only', parseId)
    .option('--label <name=value>', 'with this label only', parseOneLabel)
    .addOption(new Option('--status <status>', 'in this status only').choices(RUN_STATUSES))
    .option('--since <time>', 'created since a time, or so long ago: 2026-03-01T12:00:00Z, 2h', parseTime)
    .option('--until <time>', 'created before a time, or longer ago than this', parseTime)
    .option('--limit <number>', 'at most this many', parseLimit, DEFAULT_LIMIT)
    .addHelpText('after', examples('runs list --workflow hello --status FAILED --since 1d', 'runs list --limit 5 --json'))
    .action(listRuns);

  runs
    .command('show')
    .description('show a run: what caused it, its steps, and the inputs and outputs of both; whole with --json')
    .argument('<activityId>', "the run's id, as the sender got it", parseId)
    .addHelpText('after', examples('runs show kq3v5q2m7abcdefghijklmnop2-hello'))
    .action(showRun);

  runs
    .command('cancel')
    .description('cancel a run, also one that has not begun')
    .argument('<activityId>', "the run's id, as the sender got it", parseId)
    .addHelpText('after', examples('runs cancel kq3v5q2m7abcdefghijklmnop2-hello'))
    .action(cancelRun);

  return runs;
}

/** A time in ISO 8601, or how long ago it was, such as `2h`; ISO 8601 in UTC. Raises commander's `InvalidArgumentError`. */
export function parseTime(text: string): string {
  const time = /^[1-9]\d{0,5}[smhdw]$/.test(text) ? Date.now() - parseLifetime(text) * 1_000 : Date.parse(text);
  if (/^\d{4}-\d\d-\d\d|^[1-9]\d*[smhdw]$/.test(text) && !Number.isNaN(time)) return new Date(time).toISOString();
  throw new InvalidArgumentError('Give a time such as 2026-03-01T12:00:00Z, or how long ago it was, such as 30m, 2h or 7d.');
}

/** Has it ended? */
export const isOver = ({ status }: ListedRun): boolean => status !== 'QUEUED' && status !== 'RUNNING';

async function listRuns(options: ListOptions, command: Command): Promise<void> {
  const { workflow: workflowId, trigger: triggerId, label, status, since, until } = options;
  const query = { workflowId, triggerId, label, status, since, until };
  const page = await listFromApi(connectionOf(command), '/v1/runs', query, options.limit, runSchema);
  show(command, page, ({ items }) =>
    items.length === 0
      ? 'No runs.'
      : formatTable(['ACTIVITY ID', 'WORKFLOW', 'TRIGGER', 'STATUS', 'CREATED', 'DURATION'], items.map(runRow)),
  );
  sayThereIsMore(command, page);
}

function runRow(run: ListedRun): string[] {
  const created = run.createdAt === undefined ? '-' : formatTime(run.createdAt);
  const status = run.waitingFor === undefined ? run.status : `${run.status} (${run.waitingFor})`;
  return [run.activityId, run.workflowId, run.triggerId, status, created, durationOf(run, new Date()) ?? '-'];
}

async function showRun(activityId: string, _options: object, command: Command): Promise<void> {
  const run = await callApi(connectionOf(command), { method: 'GET', path: `/v1/runs/${activityId}` }, runWithStepsSchema);
  show(command, run, (it) => describeRun(it, new Date()));
}

async function cancelRun(activityId: string, _options: object, command: Command): Promise<void> {
  const run = await callApi(connectionOf(command), { method: 'DELETE', path: `/v1/runs/${activityId}` }, runSchema);
  show(command, run, ({ status }) =>
    printable(status === 'ABORTED' ? `Cancelled the run ${activityId}.` : `The run ${activityId} is ${status}.`),
  );
}
