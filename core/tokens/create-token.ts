import { mintToken } from './secret.ts';
import type { Token } from './token.ts';

export type TokenRequest = Pick<Token, 'workspace' | 'name' | 'scopes' | 'workflowIds' | 'expiresAt'>;

/** Makes and stores a token. `text` is what its holder presents: it is shown once and kept nowhere. */
export async function createToken(
  saveToken: (token: Token) => Promise<void>,
  request: TokenRequest,
  now: Date,
): Promise<{ token: Token; text: string }> {
  const { tokenId, text, secretHash } = mintToken();
  const token: Token = { ...request, tokenId, createdAt: now.toISOString(), secretHash };
  await saveToken(token);
  return { token, text };
}
