import type { Command } from 'commander';
import * as v from 'valibot';
import { connectionOf, examples, parseId, show } from './arguments.ts';
import { CommandFailed } from './connection.ts';
import { callApi } from './management-api.ts';
import { formatRecord, formatTable, printable } from './table.ts';

const summarySchema = v.looseObject({
  id: v.string(),
  title: v.string(),
  docs: v.string(),
  verification: v.string(),
  secrets: v.array(
    v.looseObject({ name: v.string(), title: v.string(), generated: v.boolean(), optional: v.optional(v.boolean()) }),
  ),
  setup: v.array(v.string()),
  types: v.array(v.string()),
  events: v.array(v.looseObject({ type: v.string(), title: v.string() })),
});
const detailSchema = v.looseObject({
  ...summarySchema.entries,
  events: v.array(
    v.looseObject({
      type: v.string(),
      title: v.string(),
      schema: v.unknown(),
      sample: v.looseObject({ headers: v.record(v.string(), v.string()), body: v.unknown() }),
    }),
  ),
});

export function addIntegrations(program: Command): void {
  const integrations = program.command('integrations').description('see which providers are known, and what they send');

  integrations
    .command('list')
    .description('list the providers')
    .addHelpText('after', examples('integrations list'))
    .action(listIntegrations);

  integrations
    .command('show')
    .description('show a provider: how it signs, its secrets, its steps, its events')
    .argument('<id>', "the integration's id", parseId)
    .addHelpText('after', examples('integrations show github'))
    .action(showIntegration);

  integrations
    .command('sample')
    .description("print an event's sample")
    .argument('<id>', "the integration's id", parseId)
    .argument('<event>', "the event's type")
    .addHelpText(
      'after',
      examples('integrations sample github pull_request.opened', 'integrations sample stripe invoice.paid > event.json'),
    )
    .action(printSample);
}

async function listIntegrations(_options: object, command: Command): Promise<void> {
  const list = await callApi(
    connectionOf(command),
    { method: 'GET', path: '/v1/integrations' },
    v.looseObject({ items: v.array(summarySchema) }),
  );
  show(command, list, ({ items }) =>
    formatTable(
      ['ID', 'PROVIDER', 'SECRETS', 'VERIFIED BY'],
      items.map(({ id, title, secrets, verification }) => [id, title, secrets.map(({ name }) => name).join(', '), verification]),
    ),
  );
}

const find = (id: string, command: Command) =>
  callApi(connectionOf(command), { method: 'GET', path: `/v1/integrations/${id}` }, detailSchema);

async function showIntegration(id: string, _options: object, command: Command): Promise<void> {
  show(command, await find(id, command), ({ title, docs, verification, secrets, setup, types, events }) =>
    [
      formatRecord({ provider: title, docs, 'verified by': verification }),
      '',
      ...secrets.map(
        ({ name, title: meaning, generated, optional }) =>
          `Secret ${name}: ${meaning} (${generated ? 'made for you' : 'given by the provider'}${optional ? ', optional' : ''})`,
      ),
      '',
      ...setup.map((step, at) => `${at + 1}. ${step}`),
      '',
      formatTable(
        ['EVENT', ''],
        events.map(({ type, title: meaning }) => [type, meaning]),
      ),
      '',
      `Known types: ${types.join(', ')}`,
    ]
      .map(printable)
      .join('\n'),
  );
}

async function printSample(id: string, type: string, _options: object, command: Command): Promise<void> {
  const { events } = await find(id, command);
  const event = events.find((each) => each.type === type);
  if (!event) throw new CommandFailed(`${id} has no sample of ${type}; it has ${events.map((each) => each.type).join(', ')}.`);
  show(command, event.sample, ({ body }) => printable(JSON.stringify(body, undefined, 2)));
}
