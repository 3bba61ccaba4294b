import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import * as v from 'valibot';
import { connectionOf, examples, type GlobalOptions, parseId, parseLifetime, parseLimit } from './arguments.ts';
import type { Connection } from './connection.ts';
import { deliveryLine, replayedSchema } from './deliveries.ts';
import { type ListedDelivery, newDeliveries } from './delivery-feed.ts';
import { callApi, jsonBody, listFromApi } from './management-api.ts';
import { stopOnInterrupt } from './pause.ts';
import { printable } from './table.ts';
import { testedSchema, whyNot } from './test-triggers.ts';

interface ListenOptions {
  readonly trigger?: string;
  /** In seconds. */
  readonly for: number;
  readonly count?: number;
}

const TEN_MINUTES = 600;

export function addListen(program: Command): void {
  program
    .command('listen')
    .description('show what comes in at a subscription and which triggers match, for a while')
    .argument('<subscription>', 'its name or id', parseId)
    .option('--trigger <id>', 'run this event trigger once for each delivery, though its workflow is inactive', parseId)
    .option('--for <time>', 'stop after 90s, 15m, 1h', parseLifetime, TEN_MINUTES)
    .option('--count <number>', 'stop after so many deliveries', parseLimit)
    .addHelpText('after', examples('listen acme', 'listen acme --trigger on-pull-request --count 1'))
    .action(listen);
}

async function listen(name: string, options: ListenOptions, command: Command): Promise<void> {
  const connection = connectionOf(command);
  const { json } = command.optsWithGlobals<GlobalOptions>();
  const { url } = await callApi(
    connection,
    { method: 'GET', path: `/v1/subscriptions/${name}` },
    v.looseObject({ url: v.string() }),
  );
  // What is there already is not what comes in.
  const before = await listFromApi(connection, '/v1/deliveries', { subscription: name }, 100, v.looseObject({ id: v.string() }));
  const interrupted = stopOnInterrupt();
  const stop = AbortSignal.any([interrupted, AbortSignal.timeout(options.for * 1_000)]);
  if (!json) process.stderr.write(`Listening at ${url} for ${options.for} seconds; Ctrl-C stops it.\n`);
  // The replays of one session have one name: a delivery runs the trigger once, however often it is looked at.
  const session = `listen-${randomUUID()}`;
  let count = 0;
  for await (const delivery of newDeliveries(
    connection,
    { subscription: name },
    { known: before.items.map(({ id }) => id), stop },
  )) {
    const told = await tell(connection, delivery, options.trigger, session);
    process.stdout.write(`${json ? JSON.stringify({ delivery, ...told }) : linesOf(delivery, told)}\n`);
    count++;
    if (options.count !== undefined && count >= options.count) break;
  }
  const why = interrupted.aborted
    ? 'You stopped it'
    : count === options.count
      ? 'That is as many as you asked for'
      : 'The time is over';
  if (!json) process.stderr.write(`${why}; ${count} ${count === 1 ? 'delivery' : 'deliveries'} came in.\n`);
}

interface Told {
  readonly triggers?: v.InferOutput<typeof testedSchema>['items'];
  readonly started?: v.InferOutput<typeof replayedSchema>['items'];
}

async function tell(
  connection: Connection,
  { id, outcome }: ListedDelivery,
  trigger: string | undefined,
  session: string,
): Promise<Told> {
  if (outcome !== 'accepted') return {};
  const { items: triggers } = await callApi(
    connection,
    { method: 'POST', path: '/v1/triggers/test', ...jsonBody({ deliveryId: id }) },
    testedSchema,
  );
  const itself = triggers.find(({ triggerId }) => triggerId === trigger);
  // One that starts by itself is not started twice.
  if (trigger === undefined || (itself?.matches && startsNow(itself))) return { triggers };
  const body = jsonBody({ triggerId: trigger, name: session });
  const { items: started } = await callApi(
    connection,
    { method: 'POST', path: `/v1/deliveries/${id}/replay`, ...body },
    replayedSchema,
  );
  return { triggers, started };
}

const startsNow = ({ enabled, active }: { readonly enabled: boolean; readonly active: boolean }): boolean => enabled && active;

function linesOf(delivery: ListedDelivery, { triggers = [], started = [] }: Told): string {
  return [
    deliveryLine(delivery),
    ...triggers.map((trigger) =>
      trigger.matches
        ? `  matches ${trigger.triggerId}, which starts ${trigger.workflowId}${startsNow(trigger) ? '' : ' once both are active'}`
        : `  not ${trigger.triggerId}: ${whyNot(trigger)}`,
    ),
    ...started.map(({ activityId, triggerId }) => `  ran ${triggerId}: ${activityId}`),
  ]
    .map(printable)
    .join('\n');
}
