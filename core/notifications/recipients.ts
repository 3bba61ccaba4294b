import * as v from 'valibot';
import type { SecretOwner } from '../secrets/vault.ts';

/** Who is told of failed runs: of one workflow, or of all of a workspace's. As stored. */
export const recipientsSchema = v.object({
  email: v.optional(v.string()),
  topicArn: v.optional(v.string()),
  /** The URL of an incoming webhook, sealed: whoever has it can write to the channel. */
  slack: v.optional(v.instance(Uint8Array<ArrayBuffer>)),
});
export type Recipients = v.InferOutput<typeof recipientsSchema>;

/** Null takes away. */
export type RecipientChanges = { readonly [Kind in keyof Recipients]?: Recipients[Kind] | null };

/** Whose runs somebody is told of; without a workflow, all of the workspace's. */
export interface Scope {
  readonly workspace: string;
  readonly workflowId?: string | undefined;
}

export const slackOwner = ({ workspace, workflowId = '*' }: Scope): SecretOwner => ({
  workspace,
  kind: 'notification',
  id: workflowId,
});

/** An address as SNS takes it, more or less: what is not right is never confirmed. */
export const EMAIL = /^[^\s@<>"]{1,64}@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+$/;

/** A webhook's URL: encrypted on its way, but from a local stack to one on the same machine. */
export function isWebhookUrl(text: string, isLocalStack: boolean): boolean {
  const url = URL.parse(text);
  if (url?.protocol === 'https:') return true;
  return isLocalStack && url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
}
