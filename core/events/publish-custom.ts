import { accept, hashBody } from '../deliveries/accept.ts';
import { keepContent } from '../deliveries/content.ts';
import { subjectOf } from '../deliveries/delivery.ts';
import { deliveryKeyOf } from '../deliveries/delivery-key.ts';
import { repeatedDelivery } from '../deliveries/rejected.ts';
import type { Token } from '../tokens/token.ts';
import type { Starter } from '../triggers/start.ts';
import { CUSTOM_TRIGGER_ID } from '../triggers/trigger.ts';
import type { ReceivedRequest } from './envelope.ts';
import { deriveEventId } from './event-id.ts';

/** `Source` of a workspace's own events: workflows may publish under it, too. */
const CUSTOM_SOURCE = 'millrace.custom';

export interface CustomEvent {
  readonly type: string;
  readonly subject?: string | undefined;
  readonly data: unknown;
}

/** Puts an event of a workspace's own on the bus, once for each `Idempotency-Key`. Raises what `accept` raises. */
export async function publishCustom(
  starter: Starter,
  { workspace, tokenId }: Token,
  { type, subject, data }: CustomEvent,
  { method, query, headers }: ReceivedRequest,
  receivedAt: Date,
): Promise<{ eventId: string; duplicate: boolean }> {
  const body = Buffer.from(JSON.stringify({ type, subject, data }));
  const bodyHash = hashBody(body);
  const key = deliveryKeyOf(headers, bodyHash, 'key');
  const eventId = deriveEventId({ workspace, kind: 'custom', channelId: workspace, deliveryKey: `${key.kind}:${key.value}` });
  const time = receivedAt.toISOString();
  const request = { method, query, headers };
  const delivery = {
    deliveryId: eventId,
    eventId,
    workspace,
    triggerId: CUSTOM_TRIGGER_ID,
    type,
    ...subjectOf({ subject }),
    method,
    outcome: 'accepted',
    answered: 202,
    receivedAt: time,
    bodyHash,
    tokenId,
    ...(await keepContent(request, body, { workspace, deliveryId: eventId }, starter.storeBody)),
  } as const;
  const envelope = {
    specversion: '1.0',
    id: eventId,
    source: `/workspaces/${workspace}/custom`,
    type,
    ...(subject !== undefined && { subject }),
    time,
    datacontenttype: 'application/json',
    data,
    workspace,
    depth: 0,
  } as const;
  const { duplicate } = await accept(starter, CUSTOM_SOURCE, envelope, delivery, key);
  if (duplicate) await starter.logDelivery(repeatedDelivery(delivery, { request, body }));
  return { eventId, duplicate };
}
