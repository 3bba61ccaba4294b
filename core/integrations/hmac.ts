import { createHmac } from 'node:crypto';
import { isOneOf } from './compare.ts';

export type HmacAlgorithm = 'sha1' | 'sha256' | 'sha384' | 'sha512';
export type SignatureEncoding = 'hex' | 'base64' | 'base64url';

/** The HMAC over these parts, one after another. A `key` that is text counts as UTF-8. */
export function hmac(algorithm: HmacAlgorithm, key: string | Uint8Array, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const mac = createHmac(algorithm, key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

/** Is one of `signatures` the HMAC over these parts under one of `keys`? Every pair is compared. Hexadecimal counts in either case. */
export function hmacMatches(
  { algorithm = 'sha256', encoding = 'hex' }: { algorithm?: HmacAlgorithm; encoding?: SignatureEncoding },
  keys: readonly (string | Uint8Array)[],
  signatures: readonly string[],
  ...parts: readonly (string | Uint8Array)[]
): boolean {
  const expected = keys.map((key) => hmac(algorithm, key, ...parts).toString(encoding));
  const given = encoding === 'hex' ? signatures.map((signature) => signature.toLowerCase()) : signatures;
  return given.reduce((found, signature) => isOneOf(signature, expected) || found, false);
}
