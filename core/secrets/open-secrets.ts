import type { SealedSecret } from '../subscriptions/subscription.ts';
import { liveVersions } from './sealed-secrets.ts';
import type { SecretOwner, Vault } from './vault.ts';

const MOST_VALUES = 1_000;

/**
 * Opens sealed secrets and keeps what they hold in this process: a value never changes, and every call of KMS takes milliseconds and money.
 * Gives the values that count at `now`, newest first. Rejects as the vault does.
 */
export function secretOpener(vault: () => Promise<Vault>) {
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
  return (owner: SecretOwner, secrets: readonly SealedSecret[], now: Date): Promise<readonly string[]> =>
    Promise.all(liveVersions(secrets, now).map(({ sealed }) => open(owner, sealed)));
}
