import type { Secrets } from '../integrations/integration.ts';
import type { SealedSecret, SealedSecrets } from '../subscriptions/subscription.ts';
import { liveVersions } from './sealed-secrets.ts';
import type { SecretOwner, Vault } from './vault.ts';

/** Gives the values of a secret that count at `now`, newest first. */
export type OpenSecrets = (owner: SecretOwner, sealed: readonly SealedSecret[], now: Date) => Promise<readonly string[]>;

const MOST_VALUES = 1_000;

/**
 * Opens sealed secrets and keeps what they hold in this process: a value never changes, and every call of KMS takes milliseconds and money.
 * Rejects as the vault does.
 */
export function secretOpener(vault: () => Promise<Vault>): OpenSecrets {
  const opened = new Map<string, Promise<string>>();
  const open = async (owner: SecretOwner, sealed: Uint8Array): Promise<string> => {
    const key = `${owner.workspace}/${owner.kind}/${owner.id}/${Buffer.from(sealed).toString('base64')}`;
    const known = opened.get(key);
    if (known) return known;
    const value = vault().then((each) => each.open(owner, sealed));
    const [oldest] = opened.keys();
    if (opened.size >= MOST_VALUES && oldest !== undefined) opened.delete(oldest);
    opened.set(key, value);
    value.catch(() => opened.delete(key));
    return value;
  };
  return (owner, secrets, now) => Promise.all(liveVersions(secrets, now).map(({ sealed }) => open(owner, sealed)));
}

/** All secrets of an owner, by their names. */
export async function openAll(open: OpenSecrets, owner: SecretOwner, secrets: SealedSecrets, now: Date): Promise<Secrets> {
  const opened = Object.entries(secrets).map(async ([name, sealed]) => [name, await open(owner, sealed, now)] as const);
  return Object.fromEntries(await Promise.all(opened));
}
