import { accept, contentOf, type Gate } from '../deliveries/accept.ts';
import type { DeliveryKey } from '../deliveries/delivery-key.ts';
import { payloadTooLarge } from '../errors.ts';
import type { AddressedTrigger, ReceivedRequest } from '../events/envelope.ts';
import { activityIdOf, deriveEventId } from '../events/event-id.ts';
import type { Token } from '../tokens/token.ts';
import type { InputSchemas } from '../workflows/input.ts';
import type { Workflow } from '../workflows/workflow.ts';
import type { Trigger } from './trigger.ts';

/** 4 MB decoded: base64 and the event around it must fit Lambda's 6 MB request. */
const LARGEST_BODY = 4 * 1024 * 1024;

export interface IncomingRequest extends ReceivedRequest {
  readonly body: Buffer;
  readonly receivedAt: Date;
}

export interface Receiver extends Gate {
  readonly findTrigger: (triggerId: string) => Promise<Trigger | undefined>;
  readonly findWorkflow: (workspace: string, workflowId: string) => Promise<Workflow | undefined>;
  readonly findInput: (workspace: string, workflowId: string) => Promise<InputSchemas | undefined>;
  readonly findToken: (tokenId: string) => Promise<Token | undefined>;
  /** Off the path of the answer's making: runs beside the publishing and never fails a request. */
  readonly noteTokenUse: (token: Token, at: Date) => Promise<void>;
}

export interface Accepted {
  readonly activityId: string;
  readonly duplicate: boolean;
}

export function requireSize(body: Buffer): void {
  if (body.length > LARGEST_BODY) {
    throw payloadTooLarge(`The body has ${body.length} bytes; at most ${LARGEST_BODY} are taken.`);
  }
}

export interface Start {
  readonly trigger: AddressedTrigger & { readonly kind: 'webhook' | 'manual' };
  readonly workspace: string;
  /** What the event's id is derived from besides the key: the trigger, or for a manual run the workflow. */
  readonly channelId: string;
  readonly type: string;
  readonly data: unknown;
  readonly contentType: string;
  readonly request: ReceivedRequest;
  /** Does the workflow see the request's method, query and headers? */
  readonly carriesRequest: boolean;
  readonly key: DeliveryKey;
  readonly bodyHash: string;
  /** The body to keep with the delivery, without credentials. */
  readonly body: Buffer;
  readonly receivedAt: Date;
  readonly token: Token | undefined;
}

/** Makes the event and its delivery and has them accepted. */
export async function start(receiver: Receiver, from: Start): Promise<Accepted> {
  const { trigger, workspace, channelId, request, receivedAt, token } = from;
  const eventId = deriveEventId({
    workspace,
    kind: trigger.kind,
    channelId,
    deliveryKey: `${from.key.kind}:${from.key.value}`,
  });
  const activityId = activityIdOf(eventId, trigger.id);
  const time = receivedAt.toISOString();
  const accepted = accept(
    receiver,
    {
      specversion: '1.0',
      id: eventId,
      source: `/workspaces/${workspace}/${trigger.kind}/${channelId}`,
      type: from.type,
      time,
      datacontenttype: from.contentType,
      data: from.data,
      workspace,
      depth: 0,
      trigger,
      ...(from.carriesRequest && { request }),
    },
    {
      eventId,
      activityId,
      workspace,
      workflowId: trigger.workflowId,
      triggerId: trigger.id,
      triggerKind: trigger.kind,
      method: request.method,
      outcome: 'accepted',
      receivedAt: time,
      bodyHash: from.bodyHash,
      ...(token && { tokenId: token.tokenId }),
      content: contentOf(request, from.body),
    },
    from.key,
  );
  const [{ duplicate }] = await Promise.all([accepted, token && receiver.noteTokenUse(token, receivedAt).catch(() => undefined)]);
  return { activityId, duplicate };
}
