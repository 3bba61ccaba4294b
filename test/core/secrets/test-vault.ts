import type { SecretOwner, Vault } from '../../../core/secrets/vault.ts';

/** A vault in memory: like KMS, it gives a value back for its own owner only. */
export function aVault(): Vault {
  const values: { owner: string; value: string }[] = [];
  const nameOf = ({ workspace, kind, id }: SecretOwner) => JSON.stringify([workspace, kind, id]);
  return {
    async seal(owner, value) {
      return Uint8Array.of(values.push({ owner: nameOf(owner), value }) - 1);
    },
    async open(owner, sealed) {
      const found = values[sealed[0] ?? -1];
      if (found?.owner !== nameOf(owner)) throw new Error('It was sealed for another owner.');
      return found.value;
    },
  };
}
