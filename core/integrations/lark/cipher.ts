import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/**
 * Lark's encryption of bodies: AES-256-CBC under SHA-256 of the Encrypt Key, the first 16 bytes being the IV, in base64
 * (https://open.larksuite.com/document/server-docs/event-subscription-guide/event-subscription-configure-/encrypt-key-encryption-configuration-case).
 */
const keyOf = (encryptKey: string): Buffer => createHash('sha256').update(encryptKey).digest();

/** The plain body; undefined for what was not encrypted under this key. */
export function decrypt(encryptKey: string, encrypted: string): Buffer | undefined {
  const bytes = Buffer.from(encrypted, 'base64');
  if (bytes.length < 32 || bytes.length % 16 !== 0) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-cbc', keyOf(encryptKey), bytes.subarray(0, 16));
    return Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]);
  } catch {
    return undefined;
  }
}

export function encrypt(encryptKey: string, body: string): string {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', keyOf(encryptKey), iv);
  return Buffer.concat([iv, cipher.update(body), cipher.final()]).toString('base64');
}
