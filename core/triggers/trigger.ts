import type { TriggerKind } from '../events/envelope.ts';

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** A trigger id's form; `RESERVED_TRIGGER_IDS` are routes or implicit triggers of their own. */
export const TRIGGER_ID = /^[A-Za-z0-9_-]{1,40}$/;
export const RESERVED_TRIGGER_IDS: readonly string[] = ['payload', 'status', 'manual'];
/** A webhook without authentication is a secret by its id alone: 128 random bits, as 32 hexadecimal or 26 base32 characters. */
export const UNGUESSABLE_TRIGGER_ID = /^(?:[0-9a-f]{32}|[a-z2-7]{26})$/;

export interface WebhookTrigger {
  readonly triggerId: string;
  readonly workspace: string;
  readonly workflowId: string;
  readonly kind: Extract<TriggerKind, 'webhook'>;
  readonly enabled: boolean;
  readonly methods: readonly HttpMethod[];
  readonly auth: 'token' | 'none';
  /** `body`: a request without a delivery key of its own is known by the hash of its body. */
  readonly deduplicate: 'key' | 'body';
}

export type Trigger = WebhookTrigger;
