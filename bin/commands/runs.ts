import { type Command, InvalidArgumentError, Option } from 'commander';
import * as v from 'valibot';
import { RUN_STATUSES } from '../../core/runs/run.ts';
import { connectionOf, DEFAULT_LIMIT, examples, parseId, parseLifetime, parseLimit, sayThereIsMore, show } from './arguments.ts';
import { formatLabels, parseOneLabel } from './labels.ts';
import { callApi, listFromApi } from './management-api.ts';
import { formatDuration, formatRecord, formatTable, formatTime, printable } from './table.ts';

export const runSchema = v.looseObject({
  activityId: v.string(),
  workflowId: v.string(),
  triggerId: v.string(),
  status: v.string(),
  revision: v.optional(v.string()),
  replay: v.optional(v.string()),
  labels: v.optional(v.record(v.string(), v.string())),
  /** Milliseconds. */
  lag: v.optional(v.number()),
  waitingFor: v.optional(v.string()),
  waitsUntil: v.optional(v.string()),
  createdAt: v.optional(v.string()),
  startedAt: v.optional(v.string()),
  endedAt: v.optional(v.string()),
  error: v.optional(v.string()),
  cause: v.optional(v.string()),
});
export type ListedRun = v.InferOutput<typeof runSchema>;

const stepSchema = v.looseObject({
  order: v.number(),
  taskName: v.string(),
  startTime: v.optional(v.string()),
  /** Milliseconds. */
  duration: v.optional(v.number()),
  flowTaskStatus: v.string(),
});

export const runWithStepsSchema = v.looseObject({
  ...runSchema.entries,
  /** Absent when they could not be read now. */
  steps: v.optional(v.array(stepSchema)),
  /** Any JSON. */
  output: v.optional(v.unknown()),
});
export type RunWithSteps = v.InferOutput<typeof runWithStepsSchema>;

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
    .description('show a run with its steps')
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

/** How long a run took, or has taken until `now`. */
function durationOf({ startedAt, endedAt }: ListedRun, now: Date): string | undefined {
  if (startedAt === undefined) return undefined;
  return formatDuration((endedAt === undefined ? now.getTime() : Date.parse(endedAt)) - Date.parse(startedAt));
}

async function showRun(activityId: string, _options: object, command: Command): Promise<void> {
  const run = await callApi(connectionOf(command), { method: 'GET', path: `/v1/runs/${activityId}` }, runWithStepsSchema);
  show(command, run, (it) => describeRun(it, new Date()));
}

/** A run for people: its fields, its steps with their durations, its output. */
export function describeRun(run: RunWithSteps, now: Date): string {
  const header = formatRecord({
    'activity id': run.activityId,
    workflow: run.revision === undefined ? run.workflowId : `${run.workflowId} (revision ${run.revision})`,
    trigger: run.triggerId,
    replay: run.replay,
    labels: formatLabels(run.labels),
    status: run.status,
    'waits for': run.waitingFor,
    until: run.waitsUntil && formatTime(run.waitsUntil, now),
    created: run.createdAt && formatTime(run.createdAt, now),
    started: run.startedAt && formatTime(run.startedAt, now),
    late: run.lag === undefined ? undefined : formatDuration(run.lag),
    ended: run.endedAt && formatTime(run.endedAt, now),
    duration: durationOf(run, now),
    error: run.error,
    cause: run.cause,
  });
  const output = run.output === undefined ? [] : ['', 'Output', printable(JSON.stringify(run.output, undefined, 2))];
  return [header, '', stepTable(run, now), ...output].join('\n');
}

function stepTable({ steps }: RunWithSteps, now: Date): string {
  if (steps === undefined) return 'The steps cannot be read at the moment; ask again.';
  if (steps.length === 0) return 'No steps yet.';
  const rows = steps
    .toSorted((a, b) => a.order - b.order)
    .map(({ order, taskName, flowTaskStatus, startTime, duration }) => [
      String(order),
      taskName,
      flowTaskStatus,
      startTime === undefined ? '-' : formatTime(startTime, now),
      duration === undefined ? '-' : formatDuration(duration),
    ]);
  return formatTable(['STEP', 'TASK', 'STATUS', 'STARTED', 'DURATION'], rows);
}

async function cancelRun(activityId: string, _options: object, command: Command): Promise<void> {
  const run = await callApi(connectionOf(command), { method: 'DELETE', path: `/v1/runs/${activityId}` }, runWithStepsSchema);
  show(command, run, ({ status }) =>
    printable(status === 'ABORTED' ? `Cancelled the run ${activityId}.` : `The run ${activityId} is ${status}.`),
  );
}
