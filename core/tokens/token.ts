import * as v from 'valibot';
import { forbidden } from '../errors.ts';

export const TOKEN_SCOPES = ['trigger', 'runs:read', 'runs:cancel', 'admin'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** A bearer token as stored: never its secret, only the secret's SHA-256. `admin` includes every other scope. */
export const tokenSchema = v.object({
  tokenId: v.string(),
  workspace: v.string(),
  name: v.string(),
  scopes: v.array(v.picklist(TOKEN_SCOPES)),
  /** The workflows it is for; absent: all of the workspace. */
  workflowIds: v.optional(v.array(v.string())),
  createdAt: v.string(),
  expiresAt: v.optional(v.string()),
  revokedAt: v.optional(v.string()),
  /** To the hour. */
  lastUsedAt: v.optional(v.string()),
  /** SHA-256 of the secret, hexadecimal. */
  secretHash: v.string(),
});
export type Token = v.InferOutput<typeof tokenSchema>;

/** Raises 403 unless the token has the scope. Asked before any id is looked at, so that it tells nothing about ids. */
export function requireScope(token: Token, scope: TokenScope): void {
  if (!hasScope(token, scope)) throw forbidden(`The token lacks the scope "${scope}"; use one that has it.`);
}

const hasScope = (token: Token, scope: TokenScope) => token.scopes.includes(scope) || token.scopes.includes('admin');

/** May the token do this? A token bound to workflows may do nothing outside them; management needs the workspace's whole. */
export function allows(token: Token, need: { scope: TokenScope; workspace?: string; workflowId?: string }): boolean {
  const inWorkspace = need.workspace === undefined || need.workspace === token.workspace;
  const forWorkflow = !token.workflowIds || (need.workflowId !== undefined && token.workflowIds.includes(need.workflowId));
  return hasScope(token, need.scope) && inWorkspace && forWorkflow;
}
