import { randomBytes } from 'node:crypto';
import type { SealedSecret } from '../subscriptions/subscription.ts';

/** How long the value before a new one counts, unless said otherwise: 24 hours. */
export const DEFAULT_OVERLAP_SECONDS = 86_400;
export const MAX_OVERLAP_SECONDS = 7 * 86_400;

/** What KMS encrypts at once (https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html). */
export const MAX_SECRET_BYTES = 4_096;

/**
 * A value of 256 random bits, in hexadecimal, which every provider takes; for basic authentication with a user before it. Undefined where only
 * the sender can make it: of Ed25519 we hold the public key.
 */
export function generateSecret(scheme?: unknown): string | undefined {
  if (scheme === 'ed25519') return undefined;
  const value = randomBytes(32).toString('hex');
  return scheme === 'basic' ? `millrace:${value}` : value;
}

/** The values that count now, newest first. */
export const liveVersions = (versions: readonly SealedSecret[] = [], now: Date): SealedSecret[] =>
  versions.filter(({ expiresAt }) => expiresAt === undefined || new Date(expiresAt) > now);

/** The versions with a new value before them; the earlier ones count for `overlapSeconds` more at most. */
export function withNewVersion(
  versions: readonly SealedSecret[] | undefined,
  sealed: Uint8Array<ArrayBuffer>,
  now: Date,
  overlapSeconds: number,
): SealedSecret[] {
  const end = new Date(now.getTime() + overlapSeconds * 1_000).toISOString();
  const earlier = liveVersions(versions, now).map((version) => ({
    ...version,
    expiresAt: version.expiresAt !== undefined && version.expiresAt < end ? version.expiresAt : end,
  }));
  return [{ sealed, createdAt: now.toISOString() }, ...liveVersions(earlier, now)];
}
