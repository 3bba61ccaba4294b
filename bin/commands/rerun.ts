import { type Command, Option } from 'commander';
import * as v from 'valibot';
import { connectionOf, examples, type GlobalOptions, parseId, parseLimit, show } from './arguments.ts';
import { CommandFailed } from './connection.ts';
import { type ListedRun, runSchema } from './describe-run.ts';
import { callApi, listFromApi } from './management-api.ts';
import { waitFor } from './run.ts';
import { parseTime } from './runs.ts';
import { formatTable, formatTime, printable } from './table.ts';

const rerunSchema = v.looseObject({ activityId: v.string(), rerunOf: v.string() });

/** What can be begun again. */
const ENDED = ['FAILED', 'TIMED_OUT', 'ABORTED', 'SUCCEEDED'];

interface RerunOptions {
  readonly workflow?: string;
  readonly trigger?: string;
  readonly status: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: number;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
}

/** The commands by which runs begin again, or go on. */
export function addRerun(runs: Command): void {
  runs
    .command('rerun')
    .description('start the workflow of a run again from the beginning; or of all that failed since a time')
    .argument('[activityId]', "the run's id; without it, all that the options name", parseId)
    .option('--workflow <id>', 'of this workflow only', parseId)
    .option('--trigger <id>', 'started by this trigger only', parseId)
    .addOption(new Option('--status <status>', 'that ended so').choices(ENDED).default('FAILED'))
    .option('--since <time>', 'created since a time, or so long ago: 2026-03-01T12:00:00Z, 2h', parseTime)
    .option('--until <time>', 'created before a time, or longer ago than this', parseTime)
    .option('--limit <number>', 'at most this many', parseLimit, 1_000)
    .option('--dry-run', 'show which runs would be started again, and start none')
    .option('--wait', 'of one run: show its steps as they go, and end as it ends')
    .addHelpText(
      'after',
      examples('runs rerun kq3v5q2m7abcdefghijklmnop2-hello --wait', 'runs rerun --workflow hello --since 2h --dry-run'),
    )
    .action(rerunRuns);

  runs
    .command('redrive')
    .description('go on with a run from the step that failed: the same run')
    .argument('<activityId>', "the run's id", parseId)
    .option('--wait', 'show its steps as they go, and end as it ends')
    .addHelpText('after', examples('runs redrive kq3v5q2m7abcdefghijklmnop2-hello'))
    .action(redriveRun);
}

async function rerunRuns(activityId: string | undefined, options: RerunOptions, command: Command): Promise<void> {
  if (activityId === undefined) return rerunMany(options, command);
  const again = await rerunOne(activityId, command);
  if (options.wait) return waitFor(connectionOf(command), again.activityId, command);
  show(command, again, ({ activityId: id }) => printable(`Started ${id}, a rerun of ${activityId}.`));
}

const rerunOne = (activityId: string, command: Command) =>
  callApi(connectionOf(command), { method: 'POST', path: `/v1/runs/${activityId}/rerun` }, rerunSchema);

async function rerunMany(options: RerunOptions, command: Command): Promise<void> {
  const { since, until, status, workflow: workflowId, trigger: triggerId, limit, dryRun } = options;
  if (since === undefined) throw new CommandFailed('Name a run, or --since for all that failed since a time.', 2);
  const query = { workflowId, triggerId, status, since, until };
  const { items } = await listFromApi(connectionOf(command), '/v1/runs', query, limit, runSchema);
  if (dryRun) {
    show(command, { items }, () => (items.length === 0 ? 'Nothing would be started again.' : table(items)));
    return;
  }
  const started: v.InferOutput<typeof rerunSchema>[] = [];
  const failed: string[] = [];
  // The oldest first, as they came.
  for (const [index, { activityId }] of items.toReversed().entries()) {
    try {
      started.push(await rerunOne(activityId, command));
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      failed.push(`${activityId}: ${error.message}`);
    }
    showProgress(index + 1, items.length, command);
  }
  show(command, { items: started }, () => `Started ${started.length} of ${items.length} again.`);
  if (failed.length > 0) throw new CommandFailed(failed.join('\n'));
}

const BAR = 30;

/** A bar for people who look on. */
function showProgress(done: number, total: number, command: Command): void {
  if (!process.stderr.isTTY || command.optsWithGlobals<GlobalOptions>().json) return;
  const filled = Math.round((done / total) * BAR);
  process.stderr.write(`\r[${'#'.repeat(filled)}${' '.repeat(BAR - filled)}] ${done}/${total}${done === total ? '\n' : ''}`);
}

const table = (items: readonly ListedRun[]): string =>
  formatTable(
    ['ACTIVITY ID', 'WORKFLOW', 'TRIGGER', 'STATUS', 'CREATED'],
    items.map(({ activityId, workflowId, triggerId, status, createdAt }) => [
      activityId,
      workflowId,
      triggerId,
      status,
      createdAt === undefined ? '-' : formatTime(createdAt),
    ]),
  );

async function redriveRun(activityId: string, options: { readonly wait?: boolean }, command: Command): Promise<void> {
  const redriven = await callApi(
    connectionOf(command),
    { method: 'POST', path: `/v1/runs/${activityId}/redrive` },
    v.looseObject({ activityId: v.string() }),
  );
  if (options.wait) return waitFor(connectionOf(command), activityId, command);
  show(command, redriven, () => printable(`The run ${activityId} goes on.`));
}
