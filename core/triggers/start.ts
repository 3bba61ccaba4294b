import { accept, type Gate } from '../deliveries/accept.ts';
import { keepContent } from '../deliveries/content.ts';
import type { DeliveryKey } from '../deliveries/delivery-key.ts';
import { repeatedDelivery } from '../deliveries/rejected.ts';
import { payloadTooLarge } from '../errors.ts';
import type { AddressedTrigger, ReceivedRequest } from '../events/envelope.ts';
import { activityIdOf, deriveEventId } from '../events/event-id.ts';
import type { Run } from '../runs/run.ts';
import type { OpenSecrets } from '../secrets/open-secrets.ts';
import type { SealedSecret } from '../subscriptions/subscription.ts';
import type { Token } from '../tokens/token.ts';
import type { InputSchemas } from '../workflows/input.ts';
import type { Workflow } from '../workflows/workflow.ts';
import type { Trigger } from './trigger.ts';

/** 4 MB decoded: base64 and the event around it must fit Lambda's 6 MB request. */
const LARGEST_BODY = 4 * 1024 * 1024;

export interface IncomingRequest extends ReceivedRequest {
  readonly body: Buffer;
  readonly receivedAt: Date;
  /** The address it came from. */
  readonly sourceIp?: string;
}

export interface Receiver extends Gate {
  readonly findTrigger: (triggerId: string) => Promise<Trigger | undefined>;
  readonly findWorkflow: (workspace: string, workflowId: string) => Promise<Workflow | undefined>;
  readonly findInput: (workspace: string, workflowId: string) => Promise<InputSchemas | undefined>;
  /** Counts a request in the period that begins then, in seconds since the epoch; false, and not counted, when it has `limit` already. */
  readonly takeRate: (triggerId: string, beginning: number, seconds: number, limit: number) => Promise<boolean>;
  /** Where somebody waits for it. */
  readonly findRun: (activityId: string) => Promise<Run | undefined>;
  readonly findToken: (tokenId: string) => Promise<Token | undefined>;
  /** The values of a trigger's or a subscription's secret that count now, newest first; none where it is not set. */
  readonly openSecrets: OpenSecrets;
  /** The secret of a webhook trigger with a declared verification. */
  readonly findTriggerSecret: (triggerId: string) => Promise<readonly SealedSecret[] | undefined>;
  /** Off the path of the answer's making: runs beside the publishing and never fails a request. */
  readonly noteTokenUse: (token: Token, at: Date) => Promise<void>;
}

/** What starting a run needs. */
export type Starter = Gate & Pick<Receiver, 'noteTokenUse'>;

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
  readonly sourceIp: string | undefined;
  readonly token: Token | undefined;
  /** The status of our answer. */
  readonly answered: number;
}

/** Makes the event and its delivery and has them accepted. */
export async function start(receiver: Starter, from: Start): Promise<Accepted> {
  const { trigger, workspace, channelId, request, receivedAt, token } = from;
  const eventId = deriveEventId({
    workspace,
    kind: trigger.kind,
    channelId,
    deliveryKey: `${from.key.kind}:${from.key.value}`,
  });
  const activityId = activityIdOf(eventId, trigger.id);
  const time = receivedAt.toISOString();
  const delivery = {
    deliveryId: eventId,
    eventId,
    activityId,
    workspace,
    workflowId: trigger.workflowId,
    triggerId: trigger.id,
    triggerKind: trigger.kind,
    type: from.type,
    method: request.method,
    outcome: 'accepted',
    answered: from.answered,
    receivedAt: time,
    ...(from.sourceIp && { sourceIp: from.sourceIp }),
    bodyHash: from.bodyHash,
    ...(token && { tokenId: token.tokenId }),
    ...(await keepContent(request, from.body, { workspace, deliveryId: eventId }, receiver.storeBody)),
  } as const;
  const accepted = accept(
    receiver,
    `millrace.${trigger.kind}`,
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
    delivery,
    from.key,
  );
  const [{ duplicate }] = await Promise.all([accepted, token && receiver.noteTokenUse(token, receivedAt).catch(() => undefined)]);
  if (duplicate) await receiver.logDelivery(repeatedDelivery(delivery, from));
  return { activityId, duplicate };
}
