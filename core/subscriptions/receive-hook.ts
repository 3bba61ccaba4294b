import { accept, type EventDelivery, hashBody } from '../deliveries/accept.ts';
import { keepContent } from '../deliveries/content.ts';
import { subjectOf } from '../deliveries/delivery.ts';
import { type DeliveryKey, deliveryKeyOf } from '../deliveries/delivery-key.ts';
import { loggingRefusals, repeatedDelivery, type Unaccepted, unacceptedDelivery } from '../deliveries/rejected.ts';
import { forbidden, methodNotAllowed, notFound, unverified } from '../errors.ts';
import { integrationSource } from '../events/envelope.ts';
import { deriveEventId } from '../events/event-id.ts';
import { findIntegration } from '../integrations/catalogue.ts';
import {
  type Answer,
  type Integration,
  isRejected,
  type ProviderRequest,
  type ReadEvent,
  type Secrets,
} from '../integrations/integration.ts';
import { isWithin } from '../net/addresses.ts';
import { openAll } from '../secrets/open-secrets.ts';
import { type IncomingRequest, type Receiver, requireSize } from '../triggers/start.ts';
import { bodyWithoutCredentials, requestWithoutCredentials } from './credentials.ts';
import { eventEnvelope } from './event-data.ts';
import { SUBSCRIPTION_ID, type Subscription } from './subscription.ts';
import { whyIgnored } from './takes.ts';

export interface HookReceiver extends Receiver {
  readonly findSubscription: (subscriptionId: string) => Promise<Subscription | undefined>;
  /** Tells the bus of a sender that was not believed. Never rejects. */
  readonly announceUnauthorized: (subscription: Subscription, at: Date) => Promise<void>;
  /** The callback URL as the provider was given it. */
  readonly callbackUrl: (subscription: Subscription) => string;
}

/** What the provider is answered; `eventId` where the request became an event or repeated one. */
export interface HookAnswer extends Answer {
  readonly eventId?: string;
  readonly duplicate?: boolean;
}

/** A request, whose subscription and provider are known. */
interface Hook {
  readonly receiver: HookReceiver;
  readonly subscription: Subscription;
  readonly integration: Integration;
  readonly incoming: ProviderRequest & IncomingRequest;
}

/**
 * Takes in one request to `/hooks/{integration}/{subscriptionId}`. Resolves once the bus has its event, or once it is known that there is none.
 *
 * Raises 404 for an unknown subscription; and, told in its request log, 403 for an address that is not allowed, the same 401 for whatever can't be
 * verified, 405, 413, and what `accept` raises.
 */
export async function receiveHook(
  receiver: HookReceiver,
  integrationId: string,
  subscriptionId: string,
  incoming: IncomingRequest,
): Promise<HookAnswer> {
  // Side by side: the one is a file, the other an item. What can be no id is not asked for: DynamoDB takes keys of 2,048 bytes.
  const [integration, subscription] = await Promise.all([
    findIntegration(integrationId),
    SUBSCRIPTION_ID.test(subscriptionId) ? receiver.findSubscription(subscriptionId) : undefined,
  ]);
  if (!integration || subscription?.integration !== integrationId) throw notFound('There is no such subscription.');
  const url = receiver.callbackUrl(subscription);
  const hook: Hook = { receiver, subscription, integration, incoming: { ...incoming, url } };
  return loggingRefusals(
    receiver,
    channelOf(subscription),
    () => unacceptedOf(hook, incoming.body),
    () => receive(hook),
  );
}

const channelOf = ({ workspace, subscriptionId, integration }: Subscription) => ({ workspace, subscriptionId, integration });

async function receive(hook: Hook): Promise<HookAnswer> {
  const { receiver, subscription, integration, incoming } = hook;
  const { allowedIps, settings } = subscription;
  if (allowedIps !== undefined && !isWithin(incoming.sourceIp ?? '', allowedIps)) {
    throw forbidden('Requests from this address are not taken here.');
  }
  requireSize(incoming.body);
  const owner = { workspace: subscription.workspace, kind: 'subscription', id: subscription.subscriptionId } as const;
  const secrets = await openAll(receiver.openSecrets, owner, subscription.secrets, incoming.receivedAt);
  const early = integration.handshake?.(incoming, secrets, false);
  if (early) return handshake(hook, early);
  if (incoming.method !== 'POST') throw methodNotAllowed(incoming.method, ['POST']);
  const verdict = integration.verify(incoming, secrets, settings);
  if (isRejected(verdict)) {
    await receiver.announceUnauthorized(subscription, incoming.receivedAt);
    throw unverified(isFinished(integration, secrets) ? verdict.rejected : `${verdict.rejected} Not all secrets are set yet.`);
  }
  const late = integration.handshake?.(incoming, secrets, true);
  if (late) return handshake(hook, late);

  const body = bodyWithoutCredentials(integration, verdict.body ?? incoming.body);
  const read = integration.read(incoming, body, settings);
  const reason = whyIgnored(subscription, integration, read.type);
  if (read.type === undefined || reason !== undefined) {
    await log(hook, body, { outcome: 'ignored', reason: reason ?? '', answered: integration.answer.status, type: read.type });
    return integration.answer;
  }
  return publish(hook, body, { ...read, type: read.type.toWellFormed() });
}

const isFinished = (integration: Integration, secrets: Secrets): boolean =>
  integration.secrets.every(({ name, optional }) => optional || (secrets[name] ?? []).length > 0);

async function handshake(hook: Hook, answer: Answer): Promise<HookAnswer> {
  const reason = 'The provider asked whether this is the right address.';
  await log(hook, hook.incoming.body, { outcome: 'handshake', reason, answered: answer.status });
  return answer;
}

async function publish(hook: Hook, body: Buffer, read: ReadEvent & { readonly type: string }): Promise<HookAnswer> {
  const { receiver, subscription, integration, incoming } = hook;
  const { workspace, subscriptionId } = subscription;
  const request = requestWithoutCredentials(integration, subscription.settings, incoming);
  const bodyHash = hashBody(incoming.body);
  const key: DeliveryKey =
    read.deliveryKey === undefined ? deliveryKeyOf({}, bodyHash, 'key') : { kind: 'provider', value: read.deliveryKey };
  const eventId = deriveEventId({
    workspace,
    kind: 'subscription',
    channelId: subscriptionId,
    deliveryKey: `${key.kind}:${key.value}`,
  });
  const time = incoming.receivedAt.toISOString();
  const delivery: EventDelivery = {
    deliveryId: eventId,
    eventId,
    workspace,
    subscriptionId,
    integration: integration.id,
    type: read.type,
    ...subjectOf(read),
    method: incoming.method,
    outcome: 'accepted',
    answered: integration.answer.status,
    receivedAt: time,
    ...(incoming.sourceIp && { sourceIp: incoming.sourceIp }),
    bodyHash,
    ...(await keepContent(request, body, { workspace, deliveryId: eventId }, receiver.storeBody)),
  };
  const { headers } = request;
  const envelope = await eventEnvelope(subscription, { eventId, type: read.type, read, headers, body, receivedAt: time });
  const { duplicate } = await accept(receiver, integrationSource(integration.id), envelope, delivery, key);
  if (duplicate) await receiver.logDelivery(repeatedDelivery(delivery, { request, body }));
  return { ...integration.answer, eventId, ...(duplicate && { duplicate }) };
}

const log = ({ receiver, ...hook }: Hook, body: Buffer, told: Parameters<typeof unacceptedDelivery>[2]): Promise<void> =>
  receiver.logDelivery(unacceptedDelivery(channelOf(hook.subscription), unacceptedOf(hook, body), told));

function unacceptedOf({ integration, subscription, incoming }: Omit<Hook, 'receiver'>, body: Buffer): Unaccepted {
  const { receivedAt, sourceIp } = incoming;
  return {
    request: requestWithoutCredentials(integration, subscription.settings, incoming),
    body: bodyWithoutCredentials(integration, body),
    bodyHash: hashBody(incoming.body),
    receivedAt,
    sourceIp,
  };
}
