import * as v from 'valibot';

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

/** May the token do this? A token bound to workflows may do nothing outside them; management needs the workspace's whole. */
export function allows(token: Token, need: { scope: TokenScope; workspace?: string; workflowId?: string }): boolean {
  const hasScope = token.scopes.includes(need.scope) || token.scopes.includes('admin');
  const inWorkspace = need.workspace === undefined || need.workspace === token.workspace;
  const forWorkflow = !token.workflowIds || (need.workflowId !== undefined && token.workflowIds.includes(need.workflowId));
  return hasScope && inWorkspace && forWorkflow;
}
