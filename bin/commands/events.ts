import type { Command } from 'commander';
import * as v from 'valibot';
import { connectionOf, examples, parseId, show } from './arguments.ts';
import { runSchema } from './describe-run.ts';
import { readValue } from './json-file.ts';
import { callApi, jsonBody } from './management-api.ts';
import { formatTable, printable } from './table.ts';

export function addEvents(program: Command): void {
  const events = program.command('events').description("publish the workspace's own events, and see what an event started");

  events
    .command('publish')
    .description('put an event of the source millrace.custom on the bus')
    .argument('<type>', "the event's type, such as stock.low")
    .argument('[file]', 'its data, in JSON or YAML (default: null)')
    .option('--subject <subject>', 'what it is about')
    .option('--idempotency-key <key>', 'with the same one again, it is the same event')
    .addHelpText('after', examples('events publish stock.low stock.json --subject rye'))
    .action(publish);

  events
    .command('runs')
    .description('list the runs that an event has started')
    .argument('<id>', "the event's id", parseId)
    .addHelpText('after', examples('events runs q5xdvu5i5zigumsmgwyeq5ckys'))
    .action(listRuns);
}

async function publish(
  type: string,
  file: string | undefined,
  options: { readonly subject?: string; readonly idempotencyKey?: string },
  command: Command,
): Promise<void> {
  const { subject, idempotencyKey } = options;
  const sent = jsonBody({ type, ...(subject && { subject }), ...(file !== undefined && { data: readValue(file) }) });
  const headers = new Headers(sent.headers);
  if (idempotencyKey !== undefined) headers.set('idempotency-key', idempotencyKey);
  const schema = v.looseObject({ eventId: v.string(), duplicate: v.optional(v.boolean()) });
  const published = await callApi(connectionOf(command), { ...sent, method: 'POST', path: '/v1/events', headers }, schema);
  show(command, published, ({ eventId, duplicate }) =>
    printable(
      `${duplicate ? 'It was published before:' : 'Published'} ${eventId}\nSee what it started with: npx millrace events runs ${eventId}`,
    ),
  );
}

async function listRuns(id: string, _options: object, command: Command): Promise<void> {
  const schema = v.looseObject({ items: v.array(runSchema) });
  const list = await callApi(connectionOf(command), { method: 'GET', path: `/v1/events/${id}/runs` }, schema);
  show(command, list, ({ items }) =>
    items.length === 0
      ? 'The event has started no run.'
      : formatTable(
          ['ACTIVITY ID', 'WORKFLOW', 'TRIGGER', 'STATUS'],
          items.map(({ activityId, workflowId, triggerId, status }) => [activityId, workflowId, triggerId, status]),
        ),
  );
}
