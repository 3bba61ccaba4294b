import * as v from 'valibot';

/** Workflows and commands refer to a subscription by its name, so it is unique in its workspace. */
export const SUBSCRIPTION_NAME = /^[a-z0-9-]{1,40}$/;

/** 26 characters of base32, random. */
export const SUBSCRIPTION_ID = /^[a-z2-7]{26}$/;

/** A value that is encrypted, and until when it counts. */
export const sealedSecretSchema = v.object({
  /** What KMS made of the value under the subscription's or trigger's own encryption context. */
  sealed: v.instance(Uint8Array),
  createdAt: v.string(),
  /** ISO 8601; absent for the newest. */
  expiresAt: v.optional(v.string()),
});
export type SealedSecret = v.InferOutput<typeof sealedSecretSchema>;

/** Newest first, by the secret's name. */
const sealedSecretsSchema = v.record(v.string(), v.array(sealedSecretSchema));
export type SealedSecrets = v.InferOutput<typeof sealedSecretsSchema>;

/** A subscription as stored. */
export const subscriptionSchema = v.object({
  subscriptionId: v.string(),
  workspace: v.string(),
  integration: v.string(),
  name: v.string(),
  /** The types that it takes, each with a `*` at its end for anything; `*` alone takes all that the integration is known to send. */
  events: v.array(v.string()),
  paused: v.boolean(),
  secrets: sealedSecretsSchema,
  settings: v.optional(v.record(v.string(), v.unknown()), {}),
  /** CIDR ranges, v4 and v6, that may call; absent for everybody. */
  allowedIps: v.optional(v.array(v.string())),
  createdAt: v.string(),
  updatedAt: v.string(),
});
export type Subscription = v.InferOutput<typeof subscriptionSchema>;
