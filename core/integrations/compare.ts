import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Are these the same, told in a time that depends on neither? Both are hashed first, so that lengths may differ
 * (https://nodejs.org/api/crypto.html#cryptotimingsafeequala-b takes equal ones alone).
 */
const isSame = (given: string | Uint8Array, expected: string | Uint8Array): boolean =>
  timingSafeEqual(digest(given), digest(expected));

/** Is it one of these? Every one is looked at. */
export const isOneOf = (given: string | Uint8Array, expected: readonly (string | Uint8Array)[]): boolean =>
  expected.reduce((found, each) => isSame(given, each) || found, false);

const digest = (value: string | Uint8Array): Buffer => createHash('sha256').update(value).digest();
