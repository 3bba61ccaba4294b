import { unauthorized } from '../errors.ts';
import { matchesHash, parseToken } from './secret.ts';
import type { Token } from './token.ts';

/**
 * The token a caller presented. Raises the same 401 whether it is missing, malformed, unknown, wrong, revoked or expired, so that
 * nobody learns which.
 */
export async function authenticate(
  presented: string | undefined,
  findToken: (tokenId: string) => Promise<Token | undefined>,
  now: Date,
): Promise<Token> {
  const parsed = presented === undefined ? undefined : parseToken(presented);
  const token = parsed && (await findToken(parsed.tokenId));
  const valid = parsed && token && matchesHash(parsed.secret, token.secretHash) && isLive(token, now);
  if (!valid) {
    throw unauthorized('Send a valid token as "Authorization: Bearer mr_..." or as the query parameter "token".');
  }
  return token;
}

function isLive(token: Token, now: Date): boolean {
  return token.revokedAt === undefined && (token.expiresAt === undefined || Date.parse(token.expiresAt) > now.getTime());
}
