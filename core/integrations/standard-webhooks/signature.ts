import { createPublicKey, verify as verifyEd25519 } from 'node:crypto';
import { hmac, hmacMatches } from '../hmac.ts';
import type { ProviderRequest, Rejected, Verified } from '../integration.ts';
import { timestampFault } from '../timestamp.ts';

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#verifying-webhook-authenticity */
const TOLERANCE = { unit: 's', toleranceSeconds: 300 } as const;

/** The specification's own headers; Svix sends the same under names of its own. */
const PREFIXES = ['webhook', 'svix'] as const;

interface SignedHeaders {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

export function signedHeaders(headers: ProviderRequest['headers']): SignedHeaders {
  const prefix = PREFIXES.find((each) => headers[`${each}-signature`] !== undefined) ?? 'webhook';
  return { id: headers[`${prefix}-id`], timestamp: headers[`${prefix}-timestamp`], signature: headers[`${prefix}-signature`] };
}

/**
 * Checks a request that follows Standard Webhooks. Of `secrets`, those that begin with `whpk_` are Ed25519 public keys (`v1a`), all others
 * symmetric (`v1`): base64, with or without `whsec_` in front.
 */
export function verifyStandard({ headers, body, receivedAt }: ProviderRequest, secrets: readonly string[]): Verified | Rejected {
  const { id, timestamp, signature } = signedHeaders(headers);
  if (!id) return { rejected: 'The request has no id in webhook-id.' };
  if (!signature) return { rejected: 'The request has no signature in webhook-signature.' };
  const stale = timestampFault(timestamp, receivedAt, TOLERANCE);
  if (stale) return { rejected: stale };
  const signed = [`${id}.${timestamp}.`, body] as const;
  const signatures = signature.split(' ');
  const ofScheme = (scheme: string) =>
    signatures.filter((each) => each.startsWith(`${scheme},`)).map((each) => each.slice(scheme.length + 1));
  const keys = secrets.filter((secret) => !secret.startsWith(PUBLIC)).map(symmetricKey);
  const isSymmetric = hmacMatches({ encoding: 'base64' }, keys, ofScheme('v1'), ...signed);
  const publicKeys = secrets.filter((secret) => secret.startsWith(PUBLIC));
  const isAsymmetric = ofScheme('v1a').some((each) =>
    publicKeys.some((key) => isEd25519(key, each, Buffer.concat([Buffer.from(signed[0]), body]))),
  );
  return isSymmetric || isAsymmetric ? {} : { rejected: 'No signature in webhook-signature is that of the secret.' };
}

/** The headers that prove a body sent at `now`, by a symmetric secret. */
export function signStandard(id: string, now: Date, body: string, secret: string): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  const signature = hmac('sha256', symmetricKey(secret), `${id}.${timestamp}.`, body).toString('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

const PUBLIC = 'whpk_';

const symmetricKey = (secret: string): Buffer => Buffer.from(secret.replace(/^whsec_/, ''), 'base64');

/** SPKI's head for an Ed25519 key of 32 bytes (https://www.rfc-editor.org/rfc/rfc8410#section-4). */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/** Is `signature`, in base64, that of the key over these bytes? False for a key that is none. */
function isEd25519(publicKey: string, signature: string, signed: Buffer): boolean {
  try {
    const key = createPublicKey({
      key: Buffer.concat([SPKI_HEAD, Buffer.from(publicKey.slice(PUBLIC.length), 'base64')]),
      format: 'der',
      type: 'spki',
    });
    return verifyEd25519(null, signed, key, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}
