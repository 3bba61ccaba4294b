import { type Command, Option } from 'commander';
import * as v from 'valibot';
import { DELIVERY_OUTCOMES } from '../../core/deliveries/delivery.ts';
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
import { type DeliverySource, deliverySchema, type ListedDelivery, newDeliveries } from './delivery-feed.ts';
import { callApi, jsonBody, listFromApi } from './management-api.ts';
import { stopOnInterrupt } from './pause.ts';
import { formatRecord, formatTable, formatTime, printable } from './table.ts';

const shownSchema = v.looseObject({
  ...deliverySchema.entries,
  headers: v.optional(v.record(v.string(), v.string())),
  query: v.optional(v.record(v.string(), v.unknown())),
  body: v.optional(v.string()),
  bodyIsBase64: v.optional(v.boolean()),
  bodyTruncated: v.optional(v.boolean()),
  bodySize: v.optional(v.number()),
  runs: v.array(
    v.looseObject({ activityId: v.string(), workflowId: v.string(), status: v.string(), replay: v.optional(v.string()) }),
  ),
});

export const replayedSchema = v.looseObject({
  items: v.array(v.looseObject({ activityId: v.string(), triggerId: v.string(), workflowId: v.string() })),
});

interface ListOptions extends DeliverySource {
  readonly outcome?: string;
  readonly limit: number;
  readonly follow?: boolean;
}

export function addDeliveries(program: Command): void {
  const deliveries = program.command('deliveries').description('see the requests that came in, and run them again');

  deliveries
    .command('list')
    .description('list requests to callback URLs and webhook triggers, newest first')
    .option('--subscription <name>', 'to this subscription only', parseId)
    .option('--trigger <id>', 'to this webhook trigger only', parseId)
    .option('--workflow <id>', 'to the webhook triggers of this workflow, and of its runs by hand', parseId)
    .addOption(new Option('--outcome <outcome>', 'with this outcome only').choices(DELIVERY_OUTCOMES))
    .option('--limit <number>', 'at most this many', parseLimit, DEFAULT_LIMIT)
    .option('--follow', 'go on with those that come in, until Ctrl-C')
    .addHelpText('after', examples('deliveries list --subscription acme', 'deliveries list --outcome rejected --follow'))
    .action(listDeliveries);

  deliveries
    .command('show')
    .description('show a request: headers, the first 4 KB of its body, its outcome and its runs')
    .argument('<id>', "the delivery's id", parseId)
    .addHelpText('after', examples('deliveries show 7gqabcdefghijklmnopqrstuv2'))
    .action(showDelivery);

  deliveries
    .command('replay')
    .description('run the event of a request again, as new runs; of an inactive workflow too')
    .argument('<id>', "the delivery's id", parseId)
    .option('--trigger <id>', 'by this event trigger alone, whatever its filter says', parseId)
    .option('--name <name>', 'a name for the replay: the same one again starts nothing more')
    .addHelpText('after', examples('deliveries replay 7gqabcdefghijklmnopqrstuv2 --trigger on-pull-request'))
    .action(replay);
}

const HEADINGS = ['RECEIVED', 'OUTCOME', 'TYPE', 'TO', 'ANSWER', 'ID', 'REASON'];

async function listDeliveries(options: ListOptions, command: Command): Promise<void> {
  const connection = connectionOf(command);
  const { subscription, trigger: triggerId, workflow: workflowId, outcome } = options;
  const query = { subscription, triggerId, workflowId, outcome };
  const page = await listFromApi(connection, '/v1/deliveries', query, options.limit, deliverySchema);
  if (!options.follow) {
    show(command, page, ({ items }) => (items.length === 0 ? 'No deliveries.' : formatTable(HEADINGS, items.map(row))));
    sayThereIsMore(command, page);
    return;
  }
  const { json } = command.optsWithGlobals<GlobalOptions>();
  const line = (delivery: ListedDelivery) => (json ? JSON.stringify(delivery) : deliveryLine(delivery));
  for (const delivery of page.items.toReversed()) process.stdout.write(`${line(delivery)}\n`);
  const stop = stopOnInterrupt();
  const known = page.items.map(({ id }) => id);
  for await (const delivery of newDeliveries(connection, options, { known, stop })) process.stdout.write(`${line(delivery)}\n`);
}

const row = ({ receivedAt, outcome, type, subscription, triggerId, answered, id, reason }: ListedDelivery): string[] => [
  formatTime(receivedAt),
  outcome,
  type ?? '-',
  subscription?.name ?? subscription?.id ?? triggerId ?? '-',
  String(answered),
  id,
  reason ?? '',
];

/** A delivery in a line. */
export const deliveryLine = (delivery: ListedDelivery): string => printable(row(delivery).join('  ').trimEnd());

async function showDelivery(id: string, _options: object, command: Command): Promise<void> {
  const delivery = await callApi(connectionOf(command), { method: 'GET', path: `/v1/deliveries/${id}` }, shownSchema);
  show(command, delivery, describeDelivery);
}

function describeDelivery(delivery: v.InferOutput<typeof shownSchema>): string {
  const { headers = {}, query = {}, body, bodyIsBase64, bodyTruncated, bodySize, runs } = delivery;
  const { id, receivedAt, method, outcome, reason, answered, type, eventId, sourceIp, subscription, triggerId } = delivery;
  const record = formatRecord({
    id,
    received: formatTime(receivedAt),
    from: sourceIp,
    to: subscription ? `${subscription.integration} subscription ${subscription.name ?? subscription.id}` : triggerId,
    method,
    outcome,
    reason,
    answer: String(answered),
    type,
    event: eventId,
  });
  const sections = [
    record,
    ...(Object.keys(headers).length > 0 ? ['', formatRecord(headers)] : []),
    ...(Object.keys(query).length > 0 ? ['', `Query: ${JSON.stringify(query)}`] : []),
    ...(body ? ['', bodyIsBase64 ? `Body, in base64: ${body}` : body] : []),
    ...(bodyTruncated ? [`... of ${bodySize} bytes`] : []),
    ...(runs.length > 0
      ? [
          '',
          formatTable(
            ['RUN', 'WORKFLOW', 'STATUS', 'REPLAY'],
            runs.map((run) => [run.activityId, run.workflowId, run.status, run.replay ?? '']),
          ),
        ]
      : []),
  ];
  return sections.map(printable).join('\n');
}

async function replay(id: string, options: { readonly trigger?: string; readonly name?: string }, command: Command): Promise<void> {
  const body = { ...(options.trigger && { triggerId: options.trigger }), ...(options.name && { name: options.name }) };
  const replayed = await callApi(
    connectionOf(command),
    { method: 'POST', path: `/v1/deliveries/${id}/replay`, ...jsonBody(body) },
    replayedSchema,
  );
  show(command, replayed, ({ items }) =>
    items.length === 0
      ? 'No trigger matches the event, so nothing was started.'
      : formatTable(
          ['RUN', 'WORKFLOW', 'TRIGGER'],
          items.map(({ activityId, workflowId, triggerId }) => [activityId, workflowId, triggerId]),
        ),
  );
}
