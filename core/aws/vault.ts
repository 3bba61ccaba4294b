import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import type { SecretOwner, Vault } from '../secrets/vault.ts';
import { clientSettings } from './client-settings.ts';

/**
 * Secrets under a KMS key. What a secret belongs to is its encryption context: KMS binds it to the value, and the policies of the functions ask
 * for exactly these keys (https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html). A value has 4,096 bytes at most
 * (https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html).
 */
export function openVault(keyArn: string): Vault {
  const client = new KMSClient(clientSettings);
  return {
    async seal(owner, value) {
      const { CiphertextBlob: sealed } = await client.send(
        new EncryptCommand({ KeyId: keyArn, Plaintext: Buffer.from(value), EncryptionContext: contextOf(owner) }),
      );
      if (!sealed) throw new Error('KMS answered without what it encrypted.');
      return new Uint8Array(sealed);
    },
    async open(owner, sealed) {
      const { Plaintext: value } = await client.send(
        new DecryptCommand({ KeyId: keyArn, CiphertextBlob: sealed, EncryptionContext: contextOf(owner) }),
      );
      if (!value) throw new Error('KMS answered without what it decrypted.');
      return Buffer.from(value).toString('utf8');
    },
  };
}

const contextOf = ({ workspace, kind, id }: SecretOwner): Record<string, string> => ({ workspace, kind, id });
