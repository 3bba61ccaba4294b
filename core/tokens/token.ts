export const TOKEN_SCOPES = ['trigger', 'runs:read', 'runs:cancel', 'admin'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** A bearer token as stored: never its secret, only the secret's SHA-256. `admin` includes every other scope. */
export interface Token {
  readonly tokenId: string;
  readonly workspace: string;
  readonly name: string;
  readonly scopes: readonly TokenScope[];
  /** The workflows it is for; absent: all of the workspace. */
  readonly workflowIds?: readonly string[];
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly revokedAt?: string;
  /** To the hour. */
  readonly lastUsedAt?: string;
  /** SHA-256 of the secret, hexadecimal. */
  readonly secretHash: string;
}
