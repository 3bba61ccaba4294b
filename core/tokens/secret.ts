import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { toBase32 } from '../events/event-id.ts';

const FORM = /^mr_([a-z2-7]{16})_([A-Za-z0-9_-]{43})$/;

export interface TokenSecret {
  readonly tokenId: string;
  readonly secret: string;
}

/** Mints a token: an id of 80 random bits and a secret of 256. `text` is shown once and not kept. */
export function mintToken(): { tokenId: string; text: string; secretHash: string } {
  const tokenId = toBase32(randomBytes(10));
  const secret = randomBytes(32).toString('base64url');
  return { tokenId, text: `mr_${tokenId}_${secret}`, secretHash: hashSecret(secret) };
}

/** The id and the secret in a token's text, or undefined where it is none. */
export function parseToken(text: string): TokenSecret | undefined {
  const [, tokenId, secret] = FORM.exec(text) ?? [];
  return tokenId && secret ? { tokenId, secret } : undefined;
}

export const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** Compares in constant time; hashes are of one length, so the length tells nothing. */
export function matchesHash(secret: string, secretHash: string): boolean {
  const expected = Buffer.from(secretHash, 'hex');
  const actual = createHash('sha256').update(secret).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}
