import { unprocessable } from '../errors.ts';
import type { Verification } from '../integrations/generic/verification-schema.ts';
import { generateSecret, withNewVersion } from '../secrets/sealed-secrets.ts';
import type { Vault } from '../secrets/vault.ts';
import { secretFault } from '../subscriptions/read-fields.ts';
import type { SealedSecret } from '../subscriptions/subscription.ts';
import type { TriggerOf } from './trigger.ts';

export interface TriggerVault {
  readonly vault: Vault;
  readonly find: (triggerId: string) => Promise<readonly SealedSecret[] | undefined>;
  readonly save: (triggerId: string, sealed: readonly SealedSecret[]) => Promise<void>;
}

/**
 * Gives a webhook trigger's secret a new value, the one given or one that is made; earlier ones count for `overlapSeconds` more. Gives the value
 * that was made. Raises 422 for one that is empty or too large, and for Ed25519 without one, whose private key is the sender's.
 */
export async function rotateTriggerSecret(
  { vault, find, save }: TriggerVault,
  { triggerId, workspace }: TriggerOf<'webhook'>,
  { scheme }: Verification,
  { value, overlapSeconds }: { readonly value?: string | undefined; readonly overlapSeconds: number },
  now: Date,
): Promise<string | undefined> {
  const generated = value === undefined ? generateSecret(scheme) : undefined;
  const secret = value ?? generated;
  const fault = secret === undefined ? "must be given: it is the sender's public key" : faultOf(secret, scheme);
  if (secret === undefined || fault !== undefined) {
    throw unprocessable(`The secret is not valid: /value ${fault}.`, [{ pointer: '/value', detail: fault ?? 'is missing' }]);
  }
  const sealed = await vault.seal({ workspace, kind: 'trigger', id: triggerId }, secret);
  await save(triggerId, withNewVersion([...((await find(triggerId)) ?? [])], sealed, now, overlapSeconds));
  return generated;
}

function faultOf(secret: string, scheme: Verification['scheme']): string | undefined {
  const fault = secretFault(secret);
  if (fault !== undefined) return fault;
  if (scheme === 'basic' && !secret.includes(':')) return 'must be a user and a password with a colon between them';
  return undefined;
}
