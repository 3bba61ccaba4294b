import * as v from 'valibot';
import { notFound, unprocessable } from '../../core/errors.ts';
import { createToken } from '../../core/tokens/create-token.ts';
import { TOKEN_SCOPES, type Token } from '../../core/tokens/token.ts';
import { WORKFLOW_ID } from '../../core/workflows/workflow.ts';
import type { Api } from './api.ts';
import { listOf, mapPage, pageOf, pageQuery } from './lists.ts';
import { route } from './route.ts';

const tokenView = v.object({
  id: v.string(),
  name: v.string(),
  scopes: v.array(v.picklist(TOKEN_SCOPES)),
  workflowIds: v.optional(v.array(v.string())),
  createdAt: v.string(),
  expiresAt: v.optional(v.string()),
  revokedAt: v.optional(v.string()),
  lastUsedAt: v.optional(v.string()),
});

/** `token` is the secret text, which is shown this once. */
const newTokenView = v.object({ ...tokenView.entries, token: v.string() });

const TEN_YEARS = 10 * 365 * 86_400;

const tokenRequest = v.pipe(
  v.strictObject({
    name: v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(100, 'must not be longer than 100 characters')),
    scopes: v.pipe(
      v.array(v.picklist(TOKEN_SCOPES)),
      v.minLength(1, 'must name at least one scope'),
      v.check((values) => new Set(values).size === values.length, 'names a scope twice'),
    ),
    workflowIds: v.optional(
      v.pipe(
        v.array(v.pipe(v.string(), v.regex(WORKFLOW_ID, 'is not the id of a workflow'))),
        v.minLength(1, 'must name at least one workflow; leave it out for all'),
        v.maxLength(100, 'must not name more than 100 workflows'),
        v.check((values) => new Set(values).size === values.length, 'names a workflow twice'),
      ),
    ),
    expiresAt: v.optional(v.pipe(v.string(), v.isoTimestamp('must be a time such as 2030-01-01T00:00:00Z'))),
    /** Seconds from now. */
    expiresIn: v.optional(
      v.pipe(
        v.number(),
        v.integer('must be a whole number of seconds'),
        v.minValue(1, 'must be at least 1 second'),
        v.maxValue(TEN_YEARS, 'must be at most ten years'),
      ),
    ),
  }),
  v.check(
    ({ expiresAt, expiresIn }) => expiresAt === undefined || expiresIn === undefined,
    'has both expiresAt and expiresIn; use one',
  ),
);

const viewOf = ({ tokenId, name, scopes, workflowIds, createdAt, expiresAt, revokedAt, lastUsedAt }: Token) => ({
  id: tokenId,
  name,
  scopes,
  workflowIds,
  createdAt,
  expiresAt,
  revokedAt,
  lastUsedAt,
});

export const tokenRoutes = [
  route({
    method: 'GET',
    path: '/v1/tokens',
    summary: 'Lists tokens, newest first, the revoked ones too.',
    query: v.strictObject(pageQuery),
    answer: listOf(tokenView),
    handle: async (api, { token, query }) => mapPage(await api.listTokens(token.workspace, pageOf(query)), viewOf),
  }),
  route({
    method: 'POST',
    path: '/v1/tokens',
    summary: 'Creates a token. Its text is in the answer and never shown again.',
    body: tokenRequest,
    status: 201,
    answer: newTokenView,
    headers: ({ id }, api) => ({ location: `${api.publicUrl}/v1/tokens/${id}` }),
    handle: async (api, { token: { workspace }, body, now }) => {
      const { name, scopes, workflowIds } = body;
      const request = { workspace, name, scopes, workflowIds, expiresAt: expiryOf(body, now) };
      const { token, text } = await createToken(api.saveToken, request, now);
      return { ...viewOf(token), token: text };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/tokens/{id}',
    summary: 'Shows a token, without its text.',
    answer: tokenView,
    handle: async (api, { token, id }) => viewOf(await findOwn(api, token, id)),
  }),
  route({
    method: 'DELETE',
    path: '/v1/tokens/{id}',
    summary: 'Revokes a token: it is refused 10 s later at most.',
    handle: async (api, { token, id, now }) => {
      const { tokenId } = await findOwn(api, token, id);
      await api.revokeToken(tokenId, now);
      return undefined;
    },
  }),
];

async function findOwn(api: Api, caller: Token, tokenId: string): Promise<Token> {
  const found = await api.findToken(tokenId);
  if (found?.workspace !== caller.workspace) throw notFound('There is no such token.');
  return found;
}

/** The time a token expires, or undefined for never. Raises 422 for one that is not in the future. */
function expiryOf(body: v.InferOutput<typeof tokenRequest>, now: Date): string | undefined {
  if (body.expiresIn !== undefined) return new Date(now.getTime() + body.expiresIn * 1000).toISOString();
  if (body.expiresAt === undefined) return undefined;
  const expiry = new Date(body.expiresAt);
  if (!(expiry > now)) {
    throw unprocessable('The token would have expired already; give a time in the future.', [
      { pointer: '/expiresAt', detail: 'must be in the future' },
    ]);
  }
  return expiry.toISOString();
}
