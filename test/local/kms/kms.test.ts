import { DatabaseSync } from 'node:sqlite';
import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RequiredPermission } from '../../../local/aws/service.ts';
import { parseCondition } from '../../../local/iam/condition.ts';
import { createKms } from '../../../local/kms/kms.ts';
import { createMeter, type Meter } from '../../../local/meter.ts';
import { resource, serveToSdk } from '../data/sdk.ts';

let db: DatabaseSync;
let meter: Meter;
let closing: (() => unknown)[];

beforeEach(() => {
  db = new DatabaseSync(':memory:');
  meter = createMeter();
  closing = [() => db.close()];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
});

async function prepare(allows: (permission: RequiredPermission) => boolean = () => true) {
  const kms = createKms({ db, meter });
  const { config, close } = await serveToSdk({ services: [kms.service], meter, allows });
  const client = new KMSClient(config);
  closing.push(close, () => client.destroy());
  const provision = async (name: string, properties = {}) =>
    String((await kms.provisioners['AWS::KMS::Key']?.(resource('AWS::KMS::Key', properties, name)))?.attributes.Arn);
  const key = await provision('Key');
  const encrypt = async (EncryptionContext: Record<string, string>, KeyId = key) =>
    (await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('a secret'), EncryptionContext }))).CiphertextBlob;
  const decrypt = async (CiphertextBlob: Uint8Array | undefined, EncryptionContext: Record<string, string>, KeyId?: string) => {
    const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext, KeyId }));
    return Buffer.from(Plaintext ?? []).toString();
  };
  return { client, provision, key, encrypt, decrypt };
}

const context = { workspace: 'default', id: 'a' };

describe('a key', () => {
  test('has the values that templates refer to, and the same after a restart', async () => {
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kms-key.html#aws-resource-kms-key-return-values
    const { key, encrypt } = await prepare();
    const sealed = await encrypt(context);
    const later = await prepare();

    expect(key).toMatch(/^arn:aws:kms:us-east-1:123456789012:key\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(later.key).toBe(key);
    expect(await later.decrypt(sealed, context)).toBe('a secret');
  });

  test('that signs is refused at the start', async () => {
    const { provision } = await prepare();

    await expect(provision('Signer', { KeyUsage: 'SIGN_VERIFY', KeySpec: 'RSA_2048' })).rejects.toThrow('Signer');
  });
});

// https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
describe('what is encrypted', () => {
  test('is decrypted with the same context in any order, with and without the key named; every request is counted', async () => {
    const { key, encrypt, decrypt } = await prepare();
    const sealed = await encrypt(context);

    expect(Buffer.from(sealed ?? []).includes('a secret')).toBe(false);
    expect(await decrypt(sealed, { id: 'a', workspace: 'default' })).toBe('a secret');
    expect(await decrypt(sealed, context, key)).toBe('a secret');
    expect(meter.read()['kms.requests']).toBe(3);
  });

  test.each([
    ['another context', { workspace: 'default', id: 'b' }],
    ['the context in other case', { workspace: 'Default', id: 'a' }],
    ['more context', { ...context, more: '' }],
    ['no context', {}],
  ])('is not decrypted under %s', async (_, other) => {
    const { encrypt, decrypt } = await prepare();

    await expect(decrypt(await encrypt(context), other)).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
  });

  test('is not decrypted when any of its bytes is changed, or some are missing', async () => {
    const { encrypt, decrypt } = await prepare();
    const sealed = Buffer.from((await encrypt(context)) ?? []);
    const changed = [...sealed.keys()].map((at) => Buffer.from(sealed.map((byte, index) => (index === at ? byte ^ 1 : byte))));

    for (const bytes of [...changed, sealed.subarray(0, -1), sealed.subarray(0, 20)]) {
      await expect(decrypt(bytes, context)).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
    }
  });

  test('under one key is not decrypted under another', async () => {
    const { provision, encrypt, decrypt } = await prepare();
    const other = await provision('Other');
    const sealed = await encrypt(context);

    await expect(decrypt(sealed, context, other)).rejects.toMatchObject({ name: 'IncorrectKeyException' });
  });
});

describe('bad calls', () => {
  test.each([0, 4097])(
    '%i bytes of plaintext are refused: https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html',
    async (length) => {
      const { client, key } = await prepare();

      await expect(client.send(new EncryptCommand({ KeyId: key, Plaintext: Buffer.alloc(length) }))).rejects.toMatchObject({
        name: 'ValidationException',
      });
    },
  );

  test('a key that is not there is NotFoundException', async () => {
    const { encrypt, key } = await prepare();

    await expect(encrypt(context, `${key.slice(0, -1)}x`)).rejects.toMatchObject({ name: 'NotFoundException' });
  });

  // https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context-keys
  test('a permission for a context is no permission for another', async () => {
    const holds = parseCondition({
      'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['workspace', 'id'] },
      Null: { 'kms:EncryptionContext:id': 'false' },
    });
    const { key, encrypt } = await prepare(
      ({ action, resource: arn, context: keys = {} }) =>
        action === 'kms:Encrypt' &&
        arn.endsWith(key.slice(-12)) &&
        holds(new Map(Object.entries(keys).map(([name, value]) => [name.toLowerCase(), [value].flat()]))),
    );
    const denied = { name: 'AccessDeniedException' };

    await expect(encrypt(context)).resolves.toBeDefined();
    await expect(encrypt({ ...context, more: 'x' })).rejects.toMatchObject(denied);
    await expect(encrypt({ workspace: 'default' })).rejects.toMatchObject(denied);
    await expect(encrypt({})).rejects.toMatchObject(denied);
  });
});
