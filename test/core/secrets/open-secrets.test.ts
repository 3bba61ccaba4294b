import { describe, expect, jest, test } from '@jest/globals';
import { secretOpener } from '../../../core/secrets/open-secrets.ts';
import type { SecretOwner, Vault } from '../../../core/secrets/vault.ts';
import { aSecret, NOW } from '../builders.ts';

const owner = { workspace: 'default', kind: 'subscription', id: 's' } as const;

/** What is sealed is in clear here, for whoever asks. */
function aVault() {
  const openOne = jest.fn<Vault['open']>(async (_owner: SecretOwner, sealed) => Buffer.from(sealed).toString());
  const vault = jest.fn(
    async (): Promise<Vault> => ({ open: openOne, seal: async (_owner, value) => new Uint8Array(Buffer.from(value)) }),
  );
  return { openOne, vault, open: secretOpener(vault) };
}

describe('secrets', () => {
  test('are opened once, and only what counts is', async () => {
    const { open, openOne } = aVault();
    const versions = [aSecret('new'), aSecret('old', '2026-03-01T12:00:00.001Z'), aSecret('over', NOW.toISOString())];
    expect(await open(owner, versions, NOW)).toEqual(['new', 'old']);
    expect(await open(owner, versions, NOW)).toEqual(['new', 'old']);
    expect(openOne).toHaveBeenCalledTimes(2);
  });

  test('that were opened are not given when their time is over', async () => {
    const { open } = aVault();
    const versions = [aSecret('new'), aSecret('old', '2026-03-01T12:00:01.000Z')];
    await open(owner, versions, NOW);
    expect(await open(owner, versions, new Date('2026-03-01T12:00:01.000Z'))).toEqual(['new']);
  });

  test("of one owner are not another's, though they are sealed the same", async () => {
    const { open, openOne } = aVault();
    await open(owner, [aSecret('a')], NOW);
    await open({ ...owner, id: 'other' }, [aSecret('a')], NOW);
    expect(openOne).toHaveBeenCalledTimes(2);
  });

  test('need no vault where there are none: its client is not loaded', async () => {
    const { open, vault } = aVault();
    expect(await open(owner, [], NOW)).toEqual([]);
    expect(vault).not.toHaveBeenCalled();
  });

  test('are asked for again after a failure', async () => {
    const { open, openOne } = aVault();
    openOne.mockRejectedValueOnce(new Error('throttled'));
    await expect(open(owner, [aSecret('a')], NOW)).rejects.toThrow('throttled');
    expect(await open(owner, [aSecret('a')], NOW)).toEqual(['a']);
  });
});
