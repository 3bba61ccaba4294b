import type { Command } from 'commander';
import * as v from 'valibot';
import {
  connectionOf,
  DEFAULT_LIMIT,
  examples,
  type GlobalOptions,
  parseId,
  parseLifetime,
  parseLimit,
  sayThereIsMore,
  show,
} from './arguments.ts';
import { CommandFailed } from './connection.ts';
import { readObject, readSecret } from './json-file.ts';
import { callApi, callApiForNothing, jsonBody, listFromApi } from './management-api.ts';
import { formatRecord, formatTable, formatTime, printable } from './table.ts';

const subscriptionSchema = v.looseObject({
  id: v.string(),
  name: v.string(),
  integration: v.string(),
  url: v.string(),
  events: v.array(v.string()),
  status: v.string(),
  secrets: v.array(
    v.looseObject({
      name: v.string(),
      title: v.string(),
      set: v.boolean(),
      versions: v.array(v.looseObject({ createdAt: v.string(), expiresAt: v.optional(v.string()) })),
    }),
  ),
  settings: v.optional(v.unknown()),
  allowedIps: v.optional(v.array(v.string())),
  triggers: v.number(),
  createdAt: v.string(),
  setup: v.array(v.string()),
});
type ListedSubscription = v.InferOutput<typeof subscriptionSchema>;

const changedSchema = v.looseObject({
  ...subscriptionSchema.entries,
  generated: v.optional(v.record(v.string(), v.string())),
});

interface Fields {
  readonly event?: readonly string[];
  readonly settings?: string;
  readonly allowIp?: readonly string[];
}

export function addSubscriptions(program: Command): void {
  const subscriptions = program.command('subscriptions').description("make, change and see providers' callback URLs");
  const fields = (command: Command) =>
    command
      .option('--event <type...>', 'the types to take, such as pull_request.*; repeat for more (default: all)')
      .option('--settings <json>', "the integration's settings, as JSON or as a file of JSON or YAML")
      .option('--allow-ip <range...>', 'addresses or CIDR ranges that may call; repeat for more (default: all)');

  fields(
    subscriptions
      .command('create')
      .description('make a callback URL; secrets that are made for it are shown this once')
      .argument('<integration>', "the integration's id, as `integrations list` shows it", parseId)
      .argument('<name>', 'its name: lower-case letters, digits and hyphens', parseId),
  )
    .option('--secret <name>', 'read this secret from stdin')
    .addHelpText(
      'after',
      examples(
        'subscriptions create github acme',
        "subscriptions create stripe shop --event 'invoice.*' --secret signingSecret < secret.txt",
      ),
    )
    .action(createSubscription);

  subscriptions
    .command('list')
    .description('list callback URLs')
    .option('--integration <id>', 'of this provider only', parseId)
    .option('--limit <number>', 'at most this many', parseLimit, DEFAULT_LIMIT)
    .addHelpText('after', examples('subscriptions list --integration github'))
    .action(listSubscriptions);

  named(subscriptions, 'show', 'show one, its secrets without their values, and what is left to do').action(showSubscription);

  fields(named(subscriptions, 'edit', 'change what is given of one'))
    .option('--name <name>', 'a new name', parseId)
    .option('--force', 'rename it although workflows name it')
    .action(editSubscription);

  named(subscriptions, 'rotate-secret', 'give a secret a new value; the earlier one counts for a while')
    .option('--secret <name>', 'which, where there are several')
    .option('--stdin', 'read the value from stdin (default for secrets that the provider gives)')
    .option('--overlap <time>', 'how long the earlier one counts: 90s, 15m, 12h, 7d (default: 24h)', parseLifetime)
    .addHelpText(
      'after',
      examples(
        'subscriptions rotate-secret acme --overlap 1h',
        'subscriptions rotate-secret shop --secret signingSecret < secret.txt',
      ),
    )
    .action(rotateSecret);

  named(subscriptions, 'pause', 'ignore what comes in, until it is resumed').action(setPaused(true));
  named(subscriptions, 'resume', 'take events again').action(setPaused(false));

  named(subscriptions, 'delete', 'delete one for good')
    .option('--force', 'although triggers listen to it; those made at run time go with it')
    .action(deleteSubscription);
}

const named = (parent: Command, name: string, description: string): Command =>
  parent
    .command(name)
    .description(description)
    .argument('<name>', 'its name or id', parseId)
    .addHelpText('after', examples(`subscriptions ${name} acme`));

function bodyOf({ event, settings, allowIp }: Fields): Record<string, unknown> {
  return {
    ...(event && { events: event.flatMap((types) => types.split(',')) }),
    ...(settings !== undefined && { settings: readObject(settings, 'settings') }),
    ...(allowIp && { allowedIps: allowIp }),
  };
}

async function createSubscription(
  integration: string,
  name: string,
  options: Fields & { readonly secret?: string },
  command: Command,
): Promise<void> {
  const { secret } = options;
  const secrets = secret === undefined ? {} : { secrets: { [secret]: await readSecret(secret) } };
  const body = { integration, name, ...bodyOf(options), ...secrets };
  const created = await callApi(
    connectionOf(command),
    { method: 'POST', path: '/v1/subscriptions', ...jsonBody(body) },
    changedSchema,
  );
  show(command, created, (subscription) =>
    [
      `Made the subscription ${subscription.name}; its URL takes requests from now on:`,
      `  ${subscription.url}`,
      ...shownOnce(created),
      '',
      ...subscription.setup.map((step, at) => `${at + 1}. ${step}`),
    ]
      .map(printable)
      .join('\n'),
  );
}

/** Secrets that were made: nobody is shown them again. */
const shownOnce = ({ generated = {} }: v.InferOutput<typeof changedSchema>): string[] =>
  Object.entries(generated).flatMap(([name, value]) => ['', `The ${name}, shown this once:`, `  ${value}`]);

async function listSubscriptions(options: { integration?: string; limit: number }, command: Command): Promise<void> {
  const query = { integration: options.integration };
  const page = await listFromApi(connectionOf(command), '/v1/subscriptions', query, options.limit, subscriptionSchema);
  show(command, page, ({ items }) =>
    items.length === 0
      ? 'No subscriptions.'
      : formatTable(
          ['NAME', 'INTEGRATION', 'STATUS', 'EVENTS', 'TRIGGERS', 'URL'],
          items.map(({ name, integration, status, events, triggers, url }) => [
            name,
            integration,
            status,
            events.join(', '),
            String(triggers),
            url,
          ]),
        ),
  );
  sayThereIsMore(command, page);
}

const pathOf = (name: string, rest = ''): string => `/v1/subscriptions/${name}${rest}`;

async function showSubscription(name: string, _options: object, command: Command): Promise<void> {
  show(command, await callApi(connectionOf(command), { method: 'GET', path: pathOf(name) }, subscriptionSchema), described);
}

function described(subscription: ListedSubscription): string {
  const { id, name, integration, url, events, status, secrets, settings, allowedIps, triggers, setup } = subscription;
  const record = formatRecord({
    name,
    id,
    integration,
    status,
    url,
    events: events.join(', '),
    ...Object.fromEntries(secrets.map((secret) => [secret.name, secretState(secret)])),
    settings: settings === undefined ? undefined : JSON.stringify(settings),
    'allowed addresses': allowedIps?.join(', '),
    triggers: String(triggers),
  });
  return status === 'pending' ? [record, '', ...setup.map((step, at) => printable(`${at + 1}. ${step}`))].join('\n') : record;
}

function secretState({ set, versions }: ListedSubscription['secrets'][number]): string {
  const [newest, ...earlier] = versions;
  if (!set || !newest) return 'not set';
  const ends = earlier.map(({ expiresAt }) => `an earlier one until ${formatTime(expiresAt ?? '')}`);
  return [`set ${formatTime(newest.createdAt)}`, ...ends].join(', ');
}

async function editSubscription(
  name: string,
  options: Fields & { readonly name?: string; readonly force?: boolean },
  command: Command,
): Promise<void> {
  const body = { ...bodyOf(options), ...(options.name && { name: options.name }), ...(options.force && { force: true }) };
  if (Object.keys(body).length === 0) throw new CommandFailed('Name what to change: --name, --event, --settings or --allow-ip.', 2);
  await change(name, body, command);
}

async function change(name: string, body: Record<string, unknown>, command: Command): Promise<void> {
  show(
    command,
    await callApi(connectionOf(command), { method: 'PUT', path: pathOf(name), ...jsonBody(body) }, subscriptionSchema),
    described,
  );
}

const setPaused = (paused: boolean) => (name: string, _options: object, command: Command) => change(name, { paused }, command);

async function rotateSecret(
  name: string,
  options: { readonly secret?: string; readonly stdin?: boolean; readonly overlap?: number },
  command: Command,
): Promise<void> {
  const connection = connectionOf(command);
  const { integration } = await callApi(connection, { method: 'GET', path: pathOf(name) }, subscriptionSchema);
  const { secrets } = await callApi(
    connection,
    { method: 'GET', path: `/v1/integrations/${integration}` },
    v.looseObject({ secrets: v.array(v.looseObject({ name: v.string(), generated: v.boolean() })) }),
  );
  const secret = options.secret ?? secrets[0]?.name ?? '';
  const isGiven = options.stdin || secrets.find((each) => each.name === secret)?.generated === false;
  const body = {
    name: secret,
    ...(isGiven && { value: await readSecret(secret) }),
    ...(options.overlap !== undefined && { overlapSeconds: options.overlap }),
  };
  const changed = await callApi(connection, { method: 'POST', path: pathOf(name, '/secrets'), ...jsonBody(body) }, changedSchema);
  show(command, changed, (subscription) => [described(subscription), ...shownOnce(changed)].join('\n'));
}

async function deleteSubscription(name: string, options: { readonly force?: boolean }, command: Command): Promise<void> {
  const query = options.force ? { force: 'true' } : {};
  await callApiForNothing(connectionOf(command), { method: 'DELETE', path: pathOf(name), query });
  if (!command.optsWithGlobals<GlobalOptions>().json) process.stdout.write(`Deleted the subscription ${name}.\n`);
}
