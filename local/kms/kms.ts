import type { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import { AwsError, type AwsService, type Json } from '../aws/service.ts';
import { parseInput } from '../data/input.ts';
import type { Meter } from '../meter.ts';
import { localArn, type Provisioners } from '../template/provisioner.ts';
import { stableUuid } from '../template/stable-uuid.ts';
import { decrypt, encrypt, keyIdOf } from './ciphertext.ts';
import { createKeyMaterial } from './key-material.ts';

interface LocalKms {
  readonly service: AwsService;
  readonly provisioners: Provisioners;
}

const contextSchema = v.optional(v.record(v.string(), v.string()), {});
const blob = (longest: number) =>
  v.pipe(
    v.string(),
    v.base64(),
    v.transform((text) => Buffer.from(text, 'base64')),
    v.check((bytes) => bytes.length >= 1 && bytes.length <= longest),
  );
const algorithm = v.optional(v.literal('SYMMETRIC_DEFAULT'), 'SYMMETRIC_DEFAULT');

/** https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html */
const encryptSchema = v.strictObject({
  KeyId: v.string(),
  Plaintext: blob(4_096),
  EncryptionContext: contextSchema,
  EncryptionAlgorithm: algorithm,
});

/** https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html */
const decryptSchema = v.strictObject({
  KeyId: v.optional(v.string()),
  CiphertextBlob: blob(6_144),
  EncryptionContext: contextSchema,
  EncryptionAlgorithm: algorithm,
});

/**
 * KMS's Encrypt and Decrypt with symmetric keys, whose material is in SQLite. Keys are named by id or ARN. Counts `kms.requests`, each of which
 * AWS bills (https://aws.amazon.com/kms/pricing/).
 */
export function createKms({ db, meter }: { db: DatabaseSync; meter: Meter }): LocalKms {
  const materials = createKeyMaterial(db);
  const keys = new Set<string>();
  const arnOf = (id: string) => localArn('kms', `key/${id}`);

  function existing(name: string): string {
    const id = idOf(name);
    if (!keys.has(id) || (name !== id && name !== arnOf(id))) {
      throw new AwsError('NotFoundException', `Key '${arnOf(id)}' does not exist`);
    }
    return id;
  }

  const operations: Readonly<Record<string, (input: Json) => Json>> = {
    Encrypt(input) {
      const { KeyId, Plaintext, EncryptionContext, EncryptionAlgorithm } = parseInput(encryptSchema, input, 'ValidationException');
      const id = existing(KeyId);
      const CiphertextBlob = encrypt({ id, material: materials.of(id) }, Plaintext, EncryptionContext);
      return { CiphertextBlob, KeyId: arnOf(id), EncryptionAlgorithm };
    },
    Decrypt(input) {
      const parsed = parseInput(decryptSchema, input, 'ValidationException');
      const { KeyId, CiphertextBlob, EncryptionContext, EncryptionAlgorithm } = parsed;
      const id = keyIdOf(CiphertextBlob);
      if (KeyId !== undefined && existing(KeyId) !== id && id !== undefined && keys.has(id)) {
        throw new AwsError(
          'IncorrectKeyException',
          'The key ID in the request does not identify a CMK that can perform this operation.',
        );
      }
      if (id === undefined || !keys.has(id)) throw invalidCiphertext();
      const Plaintext = decrypt({ id, material: materials.of(id) }, CiphertextBlob, EncryptionContext);
      if (!Plaintext) throw invalidCiphertext();
      return { Plaintext, KeyId: arnOf(id), EncryptionAlgorithm };
    },
  };

  return {
    service: {
      name: 'kms',
      permissions: (operation, input) => [
        { action: `kms:${operation}`, resource: arnOf(keyNamedIn(input)), context: conditionKeys(input) },
      ],
      async call(operation, input) {
        const act = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
        if (!act) throw new AwsError('UnknownOperationException', `KMS ${operation} is not supported locally.`);
        meter.add('kms.requests', 1);
        return act(input);
      },
    },
    provisioners: {
      /** Who may use a key is left to the roles' policies, as its own policy leaves it to the account's. */
      'AWS::KMS::Key': (resource) => {
        const { KeySpec = 'SYMMETRIC_DEFAULT', KeyUsage = 'ENCRYPT_DECRYPT' } = resource.properties;
        if (KeySpec !== 'SYMMETRIC_DEFAULT' || KeyUsage !== 'ENCRYPT_DECRYPT') {
          throw new Error(`${resource.logicalId} is not supported locally: only symmetric keys that encrypt are.`);
        }
        const id = stableUuid(`key ${resource.stackName}/${resource.logicalId}`);
        materials.make(id);
        keys.add(id);
        return { ref: id, attributes: { KeyId: id, Arn: arnOf(id) } };
      },
    },
  };
}

const idOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/** The key that the caller needs a permission for: the one named, else the one that a ciphertext is of. */
function keyNamedIn({ KeyId, CiphertextBlob }: Json): string {
  if (typeof KeyId === 'string') return idOf(KeyId);
  return keyIdOf(Buffer.from(String(CiphertextBlob ?? ''), 'base64')) ?? 'unknown';
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context */
function conditionKeys({ EncryptionContext }: Json): Record<string, string | string[]> {
  const context = Object.entries(Object(EncryptionContext)).map(([key, value]) => [key, String(value)] as const);
  return {
    ...(context.length > 0 && { 'kms:EncryptionContextKeys': context.map(([key]) => key) }),
    ...Object.fromEntries(context.map(([key, value]) => [`kms:EncryptionContext:${key}`, value])),
  };
}

/** Told without a reason, as KMS does: https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html#API_Decrypt_Errors */
const invalidCiphertext = () =>
  new AwsError('InvalidCiphertextException', 'The ciphertext or its encryption context is not valid.');
