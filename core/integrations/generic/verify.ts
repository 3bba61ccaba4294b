import { createPublicKey, type KeyObject, verify as verifySignature } from 'node:crypto';
import type { ReceivedRequest } from '../../events/envelope.ts';
import { isOneOf } from '../compare.ts';
import { hmac, hmacMatches } from '../hmac.ts';
import type { Rejected, Verified } from '../integration.ts';
import { timestampFault } from '../timestamp.ts';
import type { Verification } from './verification-schema.ts';

/** What a declared verification looks at. */
export interface DeclaredRequest {
  readonly headers: ReceivedRequest['headers'];
  readonly body: Buffer;
  readonly receivedAt: Date;
}

/** Checks a sender as its receiver declared it; `secrets` are the values that count now. Raises nothing. */
export function verifyDeclared(
  verification: Verification,
  secrets: readonly string[],
  request: DeclaredRequest,
): Verified | Rejected {
  switch (verification.scheme) {
    case 'header':
      return compared(request.headers[verification.header], secrets, `the header ${verification.header}`);
    case 'bearer':
      return compared(
        /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1],
        secrets,
        'a bearer token in Authorization',
      );
    case 'basic':
      return compared(basicCredentials(request.headers.authorization), secrets, 'a user and a password in Authorization');
    case 'hmac':
    case 'ed25519':
      return verifySigned(verification, secrets, request);
  }
}

/** The headers that prove a body sent at `now`. Throws an `Error` for Ed25519, whose private key is the sender's alone. */
export function signDeclared(verification: Verification, secret: string, body: string, now: Date): Record<string, string> {
  switch (verification.scheme) {
    case 'header':
      return { [verification.header]: secret };
    case 'bearer':
      return { authorization: `Bearer ${secret}` };
    case 'basic':
      return { authorization: `Basic ${Buffer.from(secret).toString('base64')}` };
    case 'ed25519':
      throw new Error('Only the sender has the private key: a sample cannot be signed with Ed25519.');
    case 'hmac': {
      const { algorithm, encoding, header, prefix, timestamp } = verification;
      const time = timestamp && String(Math.floor(now.getTime() / (timestamp.unit === 's' ? 1_000 : 1)));
      const signature = hmac(algorithm, secret, ...partsToSign(verification, time ?? '', Buffer.from(body))).toString(encoding);
      return { [header]: `${prefix}${signature}`, ...(timestamp && time && { [timestamp.header]: time }) };
    }
  }
}

/** The headers that carry the credential, and are kept nowhere. */
export const credentialHeadersOf = (verification: Verification): readonly string[] =>
  'header' in verification ? [verification.header] : ['authorization'];

function compared(given: string | undefined, secrets: readonly string[], what: string): Verified | Rejected {
  if (given === undefined) return { rejected: `The request does not have ${what}.` };
  return isOneOf(given, secrets) ? {} : { rejected: `The request has ${what}, but it is not the secret.` };
}

/** `user:password`, in UTF-8 (https://www.rfc-editor.org/rfc/rfc7617#section-2). */
function basicCredentials(authorization: string | undefined): string | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization ?? '') ?? [];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
}

type Signed = Extract<Verification, { scheme: 'hmac' | 'ed25519' }>;

function verifySigned(
  verification: Signed,
  secrets: readonly string[],
  { headers, body, receivedAt }: DeclaredRequest,
): Verified | Rejected {
  const { header, prefix, timestamp, encoding } = verification;
  const given = headers[header];
  if (!given) return { rejected: `The request has no signature in ${header}.` };
  if (!given.startsWith(prefix)) return { rejected: `The signature in ${header} does not begin with ${prefix}.` };
  const signature = given.slice(prefix.length);
  const time = timestamp && headers[timestamp.header];
  const stale = timestamp && timestampFault(time, receivedAt, timestamp);
  if (stale) return { rejected: stale };
  const parts = partsToSign(verification, time ?? '', body);
  const matches =
    verification.scheme === 'hmac'
      ? hmacMatches({ algorithm: verification.algorithm, encoding }, secrets, [signature], ...parts)
      : secrets.some((key) => isEd25519(key, Buffer.from(signature, encoding), Buffer.concat(parts)));
  return matches ? {} : { rejected: `The signature in ${header} is not that of the secret.` };
}

/** The string to sign, its body as the bytes that came. */
function partsToSign({ signed }: Signed, timestamp: string, body: Buffer): Buffer[] {
  return signed.split(/(\{body\}|\{timestamp\})/).map((part) => {
    if (part === '{body}') return body;
    return Buffer.from(part === '{timestamp}' ? timestamp : part);
  });
}

/** Is it the signature of these bytes under the public key? False for a key or a signature that is none. */
function isEd25519(publicKey: string, signature: Buffer, signed: Buffer): boolean {
  try {
    return verifySignature(null, signed, publicKeyOf(publicKey), signature);
  } catch {
    return false;
  }
}

/** SPKI's head for an Ed25519 key of 32 bytes (https://www.rfc-editor.org/rfc/rfc8410#section-4). */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/** A key in PEM, or its 32 bytes in hexadecimal or base64. */
function publicKeyOf(text: string): KeyObject {
  if (text.includes('BEGIN PUBLIC KEY')) return createPublicKey(text);
  const raw = Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? 'hex' : 'base64');
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD, raw]), format: 'der', type: 'spki' });
}
