import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

interface KmsKey {
  /** A UUID. */
  readonly id: string;
  /** 32 bytes. */
  readonly material: Uint8Array;
}

export type EncryptionContext = Readonly<Record<string, string>>;

/** A ciphertext: the key's id (16 bytes), the nonce (12), the tag (16), then what was encrypted. */
const ID_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = ID_BYTES + NONCE_BYTES + TAG_BYTES;
const ALGORITHM = 'aes-256-gcm';

/** AES-256-GCM with the context as additional data, as KMS does: https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html */
export function encrypt(key: KmsKey, plaintext: Uint8Array, context: EncryptionContext): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key.material, nonce).setAAD(canonical(context));
  const encrypted = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Buffer.from(key.id.replaceAll('-', ''), 'hex'), nonce, cipher.getAuthTag(), encrypted]);
}

/** Undefined for what was not encrypted under this key and context. */
export function decrypt(key: KmsKey, ciphertext: Uint8Array, context: EncryptionContext): Buffer | undefined {
  const nonce = ciphertext.subarray(ID_BYTES, ID_BYTES + NONCE_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key.material, nonce, { authTagLength: TAG_BYTES })
    .setAAD(canonical(context))
    .setAuthTag(ciphertext.subarray(ID_BYTES + NONCE_BYTES, HEAD_BYTES));
  try {
    return Buffer.concat([decipher.update(ciphertext.subarray(HEAD_BYTES)), decipher.final()]);
  } catch {
    // The tag does not fit: another key, another context, or changed bytes.
    return undefined;
  }
}

/** The id of the key that a ciphertext names; undefined for what is too short to be one. */
export function keyIdOf(ciphertext: Uint8Array): string | undefined {
  if (ciphertext.length <= HEAD_BYTES) return undefined;
  const hex = Buffer.from(ciphertext.subarray(0, ID_BYTES)).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The order of a context's pairs does not matter. */
const canonical = (context: EncryptionContext): Buffer =>
  Buffer.from(JSON.stringify(Object.entries(context).sort(([one], [other]) => (one < other ? -1 : 1))));
