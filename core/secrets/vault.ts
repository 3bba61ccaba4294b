/** Whose secrets there are; a function's role may open those of some kinds alone. */
export type SecretKind = 'subscription' | 'trigger' | 'notification';

/** What a sealed value belongs to: KMS gives it back only under the same. */
export interface SecretOwner {
  readonly workspace: string;
  readonly kind: SecretKind;
  readonly id: string;
}

/** Encrypts and decrypts secrets. */
export interface Vault {
  readonly seal: (owner: SecretOwner, value: string) => Promise<Uint8Array<ArrayBuffer>>;
  /** Rejects for what was sealed for another owner. */
  readonly open: (owner: SecretOwner, sealed: Uint8Array) => Promise<string>;
}
