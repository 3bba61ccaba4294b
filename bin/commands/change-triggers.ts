import type { Command } from 'commander';
import * as v from 'valibot';
import { connectionOf, examples, type GlobalOptions, parseId, parseLifetime, show } from './arguments.ts';
import { CommandFailed } from './connection.ts';
import { readObject, readSecret } from './json-file.ts';
import { collectLabels, labelsOf } from './labels.ts';
import { callApi, callApiForNothing, jsonBody } from './management-api.ts';
import { printable } from './table.ts';
import { testTriggers } from './test-triggers.ts';
import { describeTrigger, triggerSchema } from './triggers.ts';

interface EventFields {
  readonly type?: readonly string[];
  readonly filter?: string;
  readonly label?: readonly string[];
}

/** The commands by which event triggers are made and changed while the stack runs. */
export function addTriggerChanges(triggers: Command): void {
  triggers
    .command('create')
    .description("start a workflow with a subscription's events")
    .argument('<workflow>', "the workflow's id", parseId)
    .requiredOption('--subscription <name>', 'whose events, by its name or id', parseId)
    .requiredOption('--type <type...>', 'the types of event, such as pull_request.*; repeat for more')
    .option('--filter <json>', "an EventBridge pattern over the event's data, as JSON or as a file of JSON or YAML")
    .option('--label <name=value>', 'labels of the trigger and its runs; repeat for more', collectLabels)
    .option('--id <id>', "the trigger's id (default: made up)", parseId)
    .option('--disabled', 'make it without starting anything yet')
    .addHelpText(
      'after',
      examples(
        'triggers create triage --subscription acme --type pull_request.opened',
        `triggers create triage --subscription acme --type 'pull_request.*' --filter '{"pull_request":{"draft":[false]}}'`,
      ),
    )
    .action(createTrigger);

  triggers
    .command('edit')
    .description('change the types or the filter of an event trigger that was made here')
    .argument('<id>', "the trigger's id", parseId)
    .option('--type <type...>', 'the types of event; repeat for more')
    .option('--filter <json>', "an EventBridge pattern over the event's data, as JSON or as a file of JSON or YAML")
    .option('--label <name=value>', 'labels in place of those before; repeat for more', collectLabels)
    .addHelpText('after', examples(`triggers edit on-pr --type 'pull_request.*'`))
    .action(editTrigger);

  for (const [name, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    triggers
      .command(name)
      .description(`${name} an event trigger that was made here`)
      .argument('<id>', "the trigger's id", parseId)
      .addHelpText('after', examples(`triggers ${name} on-pr`))
      .action((id: string, _options: object, command: Command) => change(id, { enabled }, command));
  }

  triggers
    .command('delete')
    .description('delete an event trigger that was made here')
    .argument('<id>', "the trigger's id", parseId)
    .addHelpText('after', examples('triggers delete on-pr'))
    .action(deleteTrigger);

  triggers
    .command('secret')
    .description('set the secret of a webhook trigger with a verification; one that is made is shown this once')
    .argument('<id>', "the trigger's id", parseId)
    .option('--stdin', 'read the value from stdin (default: make one)')
    .option('--overlap <time>', 'how long the earlier one counts: 90s, 15m, 12h, 7d (default: 24h)', parseLifetime)
    .addHelpText('after', examples('triggers secret orders', 'triggers secret orders --stdin < secret.txt'))
    .action(setSecret);

  triggers
    .command('test')
    .description('tell which event triggers an event would start, and what keeps it from the others')
    .option('--delivery <id>', 'the event of this delivery', parseId)
    .option('--subscription <name>', 'an event of this subscription', parseId)
    .option(
      '--source <source>',
      'an event of this source, such as millrace.custom; aws: an event of the default bus, the whole of it in --event',
    )
    .option('--type <type>', "the event's type")
    .option('--event <file>', "the event's data, in JSON or YAML")
    .addHelpText('after', examples('triggers test --subscription acme --type pull_request.opened --event event.json'))
    .action(testTriggers);
}

const bodyOf = ({ type, filter, label }: EventFields): Record<string, unknown> => ({
  ...(type && { types: type.flatMap((types) => types.split(',')) }),
  ...(filter !== undefined && { filter: readObject(filter, 'filter') }),
  ...(label && { labels: labelsOf(label) }),
});

async function createTrigger(
  workflowId: string,
  options: EventFields & { readonly subscription: string; readonly id?: string; readonly disabled?: boolean },
  command: Command,
): Promise<void> {
  const { subscription, id, disabled } = options;
  const body = { workflowId, subscription, ...bodyOf(options), ...(id && { id }), ...(disabled && { enabled: false }) };
  const created = await callApi(connectionOf(command), { method: 'POST', path: '/v1/triggers', ...jsonBody(body) }, triggerSchema);
  show(command, created, describeTrigger);
}

async function editTrigger(id: string, options: EventFields, command: Command): Promise<void> {
  const body = bodyOf(options);
  if (Object.keys(body).length === 0) throw new CommandFailed('Name what to change: --type, --filter or --label.', 2);
  await change(id, body, command);
}

async function change(id: string, body: Record<string, unknown>, command: Command): Promise<void> {
  const changed = await callApi(
    connectionOf(command),
    { method: 'PUT', path: `/v1/triggers/${id}`, ...jsonBody(body) },
    triggerSchema,
  );
  show(command, changed, describeTrigger);
}

async function deleteTrigger(id: string, _options: object, command: Command): Promise<void> {
  await callApiForNothing(connectionOf(command), { method: 'DELETE', path: `/v1/triggers/${id}` });
  if (!command.optsWithGlobals<GlobalOptions>().json) process.stdout.write(`Deleted the trigger ${id}.\n`);
}

async function setSecret(
  id: string,
  options: { readonly stdin?: boolean; readonly overlap?: number },
  command: Command,
): Promise<void> {
  const body = {
    ...(options.stdin && { value: await readSecret('secret') }),
    ...(options.overlap !== undefined && { overlapSeconds: options.overlap }),
  };
  const schema = v.looseObject({ ...triggerSchema.entries, generated: v.optional(v.string()) });
  const changed = await callApi(
    connectionOf(command),
    { method: 'POST', path: `/v1/triggers/${id}/secret`, ...jsonBody(body) },
    schema,
  );
  show(command, changed, ({ generated }) =>
    generated === undefined ? `Set the secret of ${id}.` : printable(`The secret of ${id}, shown this once:\n  ${generated}`),
  );
}
