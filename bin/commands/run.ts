import type { Command } from 'commander';
import * as v from 'valibot';
import { connectionOf, examples, type GlobalOptions, parseId, show } from './arguments.ts';
import { CommandFailed, type Connection } from './connection.ts';
import { describeRun, type RunWithSteps, runWithStepsSchema } from './describe-run.ts';
import { readObject } from './json-file.ts';
import { callApi, jsonBody } from './management-api.ts';
import { pause, stopOnInterrupt } from './pause.ts';
import { isOver } from './runs.ts';
import { formatDuration, printable } from './table.ts';

const startedSchema = v.looseObject({ activityId: v.string(), duplicate: v.optional(v.boolean()) });

interface RunOptions {
  readonly params?: string;
  readonly idempotencyKey?: string;
  readonly wait?: boolean;
}

const POLL_MILLISECONDS = 1_000;

export function addRun(program: Command): void {
  program
    .command('run')
    .description('start a workflow by hand')
    .argument('<workflow>', "the workflow's id", parseId)
    .option('--params <json>', 'what it receives as params, as JSON or as a file of JSON or YAML')
    .option('--idempotency-key <key>', 'with the same one again, nothing more is started')
    .option('--wait', 'show its steps as they go, and end as the run ends: 0 when it succeeded, else 1')
    .addHelpText('after', examples(`run nightly-report --params '{"sections":["orders"],"days":1}' --wait`))
    .action(run);
}

async function run(workflow: string, options: RunOptions, command: Command): Promise<void> {
  const connection = connectionOf(command);
  const sent = jsonBody({ ...(options.params !== undefined && { params: readObject(options.params, 'params') }) });
  const headers = new Headers(sent.headers);
  if (options.idempotencyKey !== undefined) headers.set('idempotency-key', options.idempotencyKey);
  const started = await callApi(
    connection,
    { ...sent, method: 'POST', path: `/v1/workflows/${workflow}/runs`, headers },
    startedSchema,
  );
  if (options.wait) return waitFor(connection, started.activityId, command);
  show(command, started, ({ activityId, duplicate }) =>
    [`${duplicate ? 'It was started before:' : 'Started'} ${activityId}`, `See it with: npx millrace runs show ${activityId}`]
      .map(printable)
      .join('\n'),
  );
}

/** Shows a run's steps as they go, then the run. Raises `CommandFailed` when it ended otherwise than in success. */
export async function waitFor(connection: Connection, activityId: string, command: Command): Promise<void> {
  const { json } = command.optsWithGlobals<GlobalOptions>();
  const stop = stopOnInterrupt();
  const told = new Set<string>();
  if (!json) process.stderr.write(`${printable(activityId)}\n`);
  for (;;) {
    const current = await callApi(connection, { method: 'GET', path: `/v1/runs/${activityId}` }, runWithStepsSchema);
    if (!json) tellSteps(current, told);
    if (isOver(current)) {
      show(command, current, (it) => describeRun(it, new Date()));
      if (current.status !== 'SUCCEEDED') throw new CommandFailed(`The run ended as ${current.status}.`);
      return;
    }
    await pause(POLL_MILLISECONDS, stop);
    if (stop.aborted) throw new CommandFailed(`The run goes on: npx millrace runs show ${activityId}`);
  }
}

/** Each change of a step once. */
function tellSteps({ steps }: RunWithSteps, told: Set<string>): void {
  for (const { order, taskName, flowTaskStatus, duration } of steps) {
    const change = `${order} ${flowTaskStatus}`;
    if (told.has(change)) continue;
    told.add(change);
    const took = flowTaskStatus === 'inProgress' || duration === undefined ? '' : ` after ${formatDuration(duration)}`;
    process.stderr.write(`${printable(`${order} ${taskName} ${flowTaskStatus}${took}`)}\n`);
  }
}
