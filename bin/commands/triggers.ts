import type { Command } from 'commander';
import * as v from 'valibot';
import { connectionOf, DEFAULT_LIMIT, examples, parseId, parseLimit, sayThereIsMore, show } from './arguments.ts';
import { callApi, listFromApi } from './management-api.ts';
import { formatRecord, formatTable, printable } from './table.ts';

const triggerSchema = v.looseObject({
  id: v.string(),
  kind: v.string(),
  workflowId: v.string(),
  enabled: v.boolean(),
  url: v.optional(v.string()),
  methods: v.optional(v.array(v.string())),
  auth: v.optional(v.string()),
});
export type ListedTrigger = v.InferOutput<typeof triggerSchema>;

export function addTriggers(program: Command): void {
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
}

async function listTriggers(options: { workflow?: string; limit: number }, command: Command): Promise<void> {
  const query = { workflowId: options.workflow };
  const page = await listFromApi(connectionOf(command), '/v1/triggers', query, options.limit, triggerSchema);
  show(command, page, ({ items }) =>
    items.length === 0
      ? 'No triggers.'
      : formatTable(
          ['ID', 'KIND', 'WORKFLOW', 'ENABLED', 'METHODS', 'AUTH', 'URL'],
          items.map(({ id, kind, workflowId, enabled, methods, auth, url }) => [
            id,
            kind,
            workflowId,
            enabled ? 'yes' : 'no',
            methods?.join(', ') ?? '-',
            auth ?? '-',
            url ?? '-',
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
  const { id, kind, workflowId, enabled, methods, auth, url } = trigger;
  const fields = { id, kind, workflow: workflowId, enabled: enabled ? 'yes' : 'no', methods: methods?.join(', '), auth, url };
  return [formatRecord(fields), ...(url === undefined ? [] : ['', ...howToCall(url, trigger)])].join('\n');
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
