import type { Command } from 'commander';
import * as v from 'valibot';
import { connectionOf, DEFAULT_LIMIT, examples, parseId, parseLimit, sayThereIsMore, show } from './arguments.ts';
import { formatLabels } from './labels.ts';
import { callApi, listFromApi } from './management-api.ts';
import { formatRecord, formatTable, printable } from './table.ts';

export const triggerSchema = v.looseObject({
  id: v.string(),
  kind: v.string(),
  workflowId: v.string(),
  enabled: v.boolean(),
  url: v.optional(v.string()),
  methods: v.optional(v.array(v.string())),
  auth: v.optional(v.string()),
  source: v.optional(v.string()),
  types: v.optional(v.array(v.string())),
  subscription: v.optional(v.looseObject({ id: v.optional(v.string()), name: v.string() })),
  filter: v.optional(v.unknown()),
  pattern: v.optional(v.unknown()),
  labels: v.optional(v.record(v.string(), v.string())),
  description: v.optional(v.string()),
  paused: v.optional(v.boolean()),
  deleteWhenOver: v.optional(v.boolean()),
  over: v.optional(v.boolean()),
  atRunTime: v.optional(v.boolean()),
  verification: v.optional(v.unknown()),
  secret: v.optional(v.looseObject({ set: v.boolean() })),
  deliveryKey: v.optional(v.unknown()),
  allowedIps: v.optional(v.array(v.string())),
  response: v.optional(v.unknown()),
  schedule: v.optional(
    v.looseObject({
      expression: v.string(),
      timezone: v.string(),
      startsAt: v.optional(v.string()),
      endsAt: v.optional(v.string()),
      windowMinutes: v.optional(v.number()),
    }),
  ),
  params: v.optional(v.unknown()),
  nextFireAt: v.optional(v.string()),
});
export type ListedTrigger = v.InferOutput<typeof triggerSchema>;

/** Adds the group of commands, and gives it to be added to. */
export function addTriggers(program: Command): Command {
  const triggers = program.command('triggers').description('see what starts workflows');

  triggers
    .command('list')
    .description('list triggers')
    .option('--workflow <id>', 'of this workflow only', parseId)
    .option('--limit <number>', 'at most this many', parseLimit, DEFAULT_LIMIT)
    .addHelpText('after', examples('triggers list --workflow hello'))
    .action(listTriggers);

  triggers
    .command('show')
    .description('show a trigger and how to call it')
    .argument('<id>', "the trigger's id", parseId)
    .addHelpText('after', examples('triggers show hello'))
    .action(showTrigger);
  return triggers;
}

async function listTriggers(options: { workflow?: string; limit: number }, command: Command): Promise<void> {
  const query = { workflowId: options.workflow };
  const page = await listFromApi(connectionOf(command), '/v1/triggers', query, options.limit, triggerSchema);
  show(command, page, ({ items }) =>
    items.length === 0
      ? 'No triggers.'
      : formatTable(
          ['ID', 'KIND', 'WORKFLOW', 'ENABLED', 'STARTS ON', 'NEXT'],
          items.map((trigger) => [
            trigger.id,
            trigger.kind,
            trigger.workflowId,
            trigger.paused ? 'paused' : trigger.enabled ? 'yes' : 'no',
            whatStarts(trigger),
            trigger.nextFireAt ?? '-',
          ]),
        ),
  );
  sayThereIsMore(command, page);
}

async function showTrigger(id: string, _options: object, command: Command): Promise<void> {
  const trigger = await callApi(connectionOf(command), { method: 'GET', path: `/v1/triggers/${id}` }, triggerSchema);
  show(command, trigger, describeTrigger);
}

/** A trigger for people: its fields and, where it has a URL, a command that calls it. */
export function describeTrigger(trigger: ListedTrigger): string {
  const { id, kind, workflowId, enabled, methods, auth, url, source, subscription, types, filter } = trigger;
  const { schedule, params, nextFireAt } = trigger;
  const fields = {
    id,
    kind,
    workflow: workflowId,
    enabled: enabled ? 'yes' : 'no',
    paused: trigger.paused ? 'yes' : undefined,
    description: trigger.description,
    labels: formatLabels(trigger.labels),
    methods: methods?.join(', '),
    auth,
    url,
    source,
    subscription: subscription?.name,
    types: types?.join(', '),
    filter: asJson(filter),
    pattern: asJson(trigger.pattern),
    schedule: schedule?.expression,
    timezone: schedule?.timezone,
    starts: schedule?.startsAt,
    ends: schedule?.endsAt,
    window: schedule?.windowMinutes === undefined ? undefined : `${schedule.windowMinutes} min`,
    params: asJson(params),
    over: trigger.over ? 'yes' : undefined,
    'when over': trigger.deleteWhenOver ? 'deleted' : undefined,
    verification: asJson(trigger.verification),
    secret: trigger.secret && (trigger.secret.set ? 'set' : `not set; npx millrace triggers secret ${id}`),
    'delivery key': asJson(trigger.deliveryKey),
    'allowed addresses': trigger.allowedIps?.join(', '),
    response: asJson(trigger.response),
    'made by': trigger.atRunTime ? 'the API' : undefined,
    next: nextFireAt,
  };
  return [formatRecord(fields), ...(url === undefined ? [] : ['', ...howToCall(url, trigger)])].join('\n');
}

const asJson = (value: unknown): string | undefined => (value === undefined ? undefined : JSON.stringify(value));

/** In a few words, what a trigger waits for. */
function whatStarts({ methods, auth, url, source, subscription, types, pattern, schedule }: ListedTrigger): string {
  if (schedule) return `${schedule.expression} ${schedule.timezone}`;
  if (source !== undefined) return `${subscription?.name ?? source}: ${types?.join(', ') ?? JSON.stringify(pattern)}`;
  return url === undefined ? '-' : `${methods?.join(', ')} ${url} (auth ${auth})`;
}

function howToCall(url: string, { methods = ['POST'], auth }: ListedTrigger): string[] {
  const method = methods.includes('POST') ? 'POST' : (methods[0] ?? 'POST');
  const withBody = method !== 'GET' && method !== 'HEAD';
  const curl = [
    `curl ${method === 'HEAD' ? '--head' : `-X ${method}`} ${shellQuote(url)}`,
    ...(auth === 'token' ? ['-H "Authorization: Bearer $MILLRACE_TOKEN"'] : []),
    ...(withBody ? ["-H 'Content-Type: application/json'", "-d '{}'"] : []),
  ].join(' ');
  const token = 'Put a token into MILLRACE_TOKEN first: npx millrace tokens create --name <name> --scope trigger';
  return ['Call it with', `  ${printable(curl)}`, ...(auth === 'token' ? [token] : [])];
}

const shellQuote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
