import type { Token } from './token.ts';

/**
 * Notes when tokens are used, to the hour: a token known to have been noted this hour costs nothing. `write` stores an ISO 8601 hour
 * unless a later one is stored.
 */
export function lastUseNotes(write: (tokenId: string, hour: string) => Promise<void>): (token: Token, at: Date) => Promise<void> {
  const noted = new Map<string, string>();
  return async (token, at) => {
    const hour = `${at.toISOString().slice(0, 13)}:00:00.000Z`;
    const last = noted.get(token.tokenId) ?? token.lastUsedAt;
    if (last !== undefined && last >= hour) return;
    noted.set(token.tokenId, hour);
    await write(token.tokenId, hour);
  };
}
