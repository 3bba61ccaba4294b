import { accept, type EventDelivery, hashBody } from '../deliveries/accept.ts';
import { keepContent } from '../deliveries/content.ts';
import { subjectOf } from '../deliveries/delivery.ts';
import { repeatedDelivery } from '../deliveries/rejected.ts';
import { badRequest, conflict, methodNotAllowed, notFound } from '../errors.ts';
import { type AddressedTrigger, CLOUDEVENTS_SOURCE } from '../events/envelope.ts';
import { activityIdOf, deriveEventId } from '../events/event-id.ts';
import { authenticate } from '../tokens/authenticate.ts';
import { takeCredential } from '../tokens/credential.ts';
import { allows, requireScope, type Token } from '../tokens/token.ts';
import { type IncomingRequest, type Receiver, requireSize } from '../triggers/start.ts';
import { CLOUDEVENTS_TRIGGER_ID } from '../triggers/trigger.ts';
import { WORKFLOW_ID } from '../workflows/workflow.ts';
import type { Workspace } from '../workspaces/workspace.ts';
import type { CloudEvent } from './cloud-event.ts';
import { cloudEventEnvelope, JSON_FORMAT, toJsonFormat } from './cloud-event-envelope.ts';
import { readCloudEvents } from './read-cloud-events.ts';
import { answerHandshake } from './web-hook-handshake.ts';

/** In one request: each is a write and an event on the bus. */
const LARGEST_BATCH = 100;

export interface CloudEventsReceiver extends Receiver {
  readonly findWorkspace: (workspace: string) => Promise<Workspace>;
}

interface AcceptedEvent {
  readonly eventId: string;
  /** The run of an event that names its workflow. */
  readonly activityId?: string;
  readonly duplicate?: true;
}

/** The headers that answer a handshake, or what was accepted, in the order of the batch. */
export type CloudEventsAnswer =
  | { readonly terms: Readonly<Record<string, string>> }
  | { readonly isBatch: boolean; readonly accepted: readonly AcceptedEvent[] };

/**
 * Takes in one request to `/events/{workspace}`: a CloudEvent, a batch of them, or the handshake of a web hook, which needs no token. Resolves once the bus
 * has every event.
 *
 * Raises 401, 403 for a token without the scope `trigger`, 404 for another's workspace or a workflow that the token is not for, 405, 409 for an inactive
 * workflow, 413, and what `readCloudEvents` raises; then nothing of a batch is accepted.
 */
export async function receiveCloudEvents(
  receiver: CloudEventsReceiver,
  workspace: string,
  incoming: IncomingRequest,
): Promise<CloudEventsAnswer> {
  if (incoming.method === 'OPTIONS') {
    const { 'webhook-request-origin': origin, 'webhook-request-rate': rate } = incoming.headers;
    return { terms: answerHandshake({ origin, rate }, await receiver.findWorkspace(workspace)) };
  }
  if (incoming.method !== 'POST') throw methodNotAllowed(incoming.method, ['POST', 'OPTIONS']);
  const { presented, request } = takeCredential(incoming);
  const token = await authenticate(presented, receiver.findToken, incoming.receivedAt);
  requireScope(token, 'trigger');
  if (token.workspace !== workspace) throw notFound('There is no such workspace, or the token is not for it.');
  requireSize(incoming.body);
  const { mode, events } = await readCloudEvents(request, LARGEST_BATCH);
  // All of them before the first is published.
  const triggers = await Promise.all(events.map((event) => triggerOf(receiver, token, event, request.query.ref)));
  const [accepted] = await Promise.all([
    Promise.all(events.map((event, index) => acceptOne(receiver, token, event, triggers[index], request))),
    receiver.noteTokenUse(token, incoming.receivedAt).catch(() => undefined),
  ]);
  return { isBatch: mode === 'batch', accepted };
}

/** The workflow that an event names, by `ref` or by a subject `/<workflowId>/<topic>`; undefined for one that is for whoever listens. */
async function triggerOf(
  { findWorkflow }: Receiver,
  token: Token,
  { subject }: CloudEvent,
  ref: string | string[] | undefined,
): Promise<AddressedTrigger | undefined> {
  if (Array.isArray(ref)) throw badRequest('ref must be given once.', [{ parameter: 'ref', detail: 'must be given once' }]);
  const [, inSubject] = /^\/([^/]+)\/[^/]+$/.exec(subject ?? '') ?? [];
  const workflowId = ref ?? inSubject;
  if (workflowId === undefined) {
    if (!allows(token, { scope: 'trigger', workspace: token.workspace })) {
      throw notFound('The token is bound to workflows: name one of them, by ?ref= or a subject /<workflowId>/<topic>.');
    }
    return undefined;
  }
  const workflow = WORKFLOW_ID.test(workflowId) ? await findWorkflow(token.workspace, workflowId) : undefined;
  if (!workflow || !allows(token, { scope: 'trigger', workspace: token.workspace, workflowId })) {
    throw notFound('There is no such workflow, or the token is not for it.');
  }
  if (!workflow.active) throw conflict('The workflow is not active; activate it and send the event again.');
  return { id: CLOUDEVENTS_TRIGGER_ID, kind: 'event', workflowId };
}

async function acceptOne(
  receiver: Receiver,
  { workspace, tokenId }: Token,
  event: CloudEvent,
  trigger: AddressedTrigger | undefined,
  incoming: IncomingRequest,
): Promise<AcceptedEvent> {
  const { id, source, type } = event;
  const key = { kind: 'cloudevent', value: JSON.stringify([source, id]) } as const;
  const eventId = deriveEventId({ workspace, kind: 'cloudevents', channelId: workspace, deliveryKey: `${key.kind}:${key.value}` });
  const receivedAt = incoming.receivedAt.toISOString();
  const body = Buffer.from(toJsonFormat(event));
  // Each of a batch is kept by itself, as one that came alone.
  const request = { ...incoming, headers: { ...withoutAttributes(incoming.headers), 'content-type': JSON_FORMAT } };
  const delivery: EventDelivery = {
    deliveryId: eventId,
    eventId,
    workspace,
    triggerId: CLOUDEVENTS_TRIGGER_ID,
    triggerKind: 'event',
    ...(trigger && { workflowId: trigger.workflowId, activityId: activityIdOf(eventId, trigger.id) }),
    type,
    ...subjectOf(event),
    method: incoming.method,
    outcome: 'accepted',
    answered: 202,
    receivedAt,
    ...(incoming.sourceIp && { sourceIp: incoming.sourceIp }),
    bodyHash: hashBody(body),
    tokenId,
    ...(await keepContent(request, body, { workspace, deliveryId: eventId }, receiver.storeBody)),
  };
  const envelope = cloudEventEnvelope(event, { workspace, eventId, receivedAt, trigger });
  const { duplicate } = await accept(receiver, CLOUDEVENTS_SOURCE, envelope, delivery, key);
  if (duplicate) await receiver.logDelivery(repeatedDelivery(delivery, { request, body }));
  return { eventId, ...(trigger && { activityId: activityIdOf(eventId, trigger.id) }), ...(duplicate && { duplicate }) };
}

/** In binary mode the attributes are headers; the body that is kept has them. */
const withoutAttributes = (headers: IncomingRequest['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('ce-') && name !== 'content-length'));
