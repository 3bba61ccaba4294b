import { type Command, Option } from 'commander';
import * as v from 'valibot';
import { TOKEN_SCOPES } from '../../core/tokens/token.ts';
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
import { callApi, callApiForNothing, jsonBody, listFromApi } from './management-api.ts';
import { formatTable, formatTime, printable } from './table.ts';

const tokenSchema = v.looseObject({
  id: v.string(),
  name: v.string(),
  scopes: v.array(v.string()),
  workflowIds: v.optional(v.array(v.string())),
  expiresAt: v.optional(v.string()),
  revokedAt: v.optional(v.string()),
  lastUsedAt: v.optional(v.string()),
});
type ListedToken = v.InferOutput<typeof tokenSchema>;

const createdTokenSchema = v.looseObject({ ...tokenSchema.entries, token: v.string() });

interface CreateOptions {
  readonly name: string;
  readonly scope: readonly string[];
  readonly workflow?: readonly string[];
  readonly expires?: number;
}

export function addTokens(program: Command): void {
  const tokens = program.command('tokens').description('create, list and revoke the tokens that senders and scripts use');

  tokens
    .command('create')
    .description('create a token and show it, this once, on stdout')
    .requiredOption('--name <name>', 'what it is for')
    .addOption(new Option('--scope <scope...>', 'what it may do; repeat for more').choices(TOKEN_SCOPES).makeOptionMandatory())
    .option('--workflow <id...>', 'bind it to this workflow; repeat for more (default: all)')
    .option('--expires <time>', 'end of its life from now: 90s, 15m, 12h, 30d, 2w (default: none)', parseLifetime)
    .addHelpText('after', examples('tokens create --name ci --scope trigger --scope runs:read --workflow hello --expires 30d'))
    .action(createToken);

  tokens
    .command('list')
    .description('list tokens, without their secrets')
    .option('--limit <number>', 'at most this many', parseLimit, DEFAULT_LIMIT)
    .addHelpText('after', examples('tokens list'))
    .action(listTokens);

  tokens
    .command('revoke')
    .description('revoke a token for good')
    .argument('<id>', "the token's id, as `tokens list` shows it", parseId)
    .addHelpText('after', examples('tokens revoke k3v5q2m7abcdefgh'))
    .action(revokeToken);
}

async function createToken(options: CreateOptions, command: Command): Promise<void> {
  const body = {
    name: options.name,
    scopes: options.scope,
    ...(options.workflow && { workflowIds: options.workflow }),
    ...(options.expires !== undefined && { expiresIn: options.expires }),
  };
  const created = await callApi(
    connectionOf(command),
    { method: 'POST', path: '/v1/tokens', ...jsonBody(body) },
    createdTokenSchema,
  );
  show(command, created, ({ token }) => {
    process.stderr.write(`${printable(describe(created))}\nIt is shown this once; keep it now:\n`);
    return printable(token);
  });
}

function describe({ id, name, scopes, workflowIds, expiresAt }: ListedToken): string {
  const workflows = workflowIds ? ` for ${workflowIds.join(', ')}` : '';
  const end = expiresAt === undefined ? 'does not expire' : `expires ${formatTime(expiresAt)}`;
  return `Created the token ${name} (id ${id}) with ${scopes.join(', ')}${workflows}; it ${end}.`;
}

async function listTokens(options: { limit: number }, command: Command): Promise<void> {
  const page = await listFromApi(connectionOf(command), '/v1/tokens', {}, options.limit, tokenSchema);
  show(command, page, ({ items }) =>
    items.length === 0
      ? 'No tokens.'
      : formatTable(['ID', 'NAME', 'SCOPES', 'WORKFLOWS', 'EXPIRES', 'LAST USED', 'STATE'], items.map(tokenRow)),
  );
  sayThereIsMore(command, page);
}

function tokenRow(token: ListedToken): string[] {
  return [
    token.id,
    token.name,
    token.scopes.join(', '),
    token.workflowIds?.join(', ') ?? 'all',
    token.expiresAt === undefined ? 'never' : formatTime(token.expiresAt),
    token.lastUsedAt === undefined ? '-' : formatTime(token.lastUsedAt),
    stateOf(token),
  ];
}

function stateOf({ revokedAt, expiresAt }: ListedToken): string {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && Date.parse(expiresAt) <= Date.now() ? 'expired' : 'live';
}

async function revokeToken(id: string, _options: object, command: Command): Promise<void> {
  await callApiForNothing(connectionOf(command), { method: 'DELETE', path: `/v1/tokens/${id}` });
  if (!command.optsWithGlobals<GlobalOptions>().json) process.stdout.write(`Revoked the token ${id}.\n`);
}
