import { accept, type EventDelivery, hashBody } from '../deliveries/accept.ts';
import { keepContent } from '../deliveries/content.ts';
import type { DeliveryKey } from '../deliveries/delivery-key.ts';
import { deliveryKeyOf } from '../deliveries/delivery-key.ts';
import { isRefusal, type Unaccepted, unacceptedDelivery } from '../deliveries/rejected.ts';
import { forbidden, methodNotAllowed, notFound, unverified } from '../errors.ts';
import { parseBody } from '../events/body.ts';
import { integrationSource, type ReceivedRequest, subscriptionSource } from '../events/envelope.ts';
import { deriveEventId, randomEventId } from '../events/event-id.ts';
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
import { withoutCredentials } from '../tokens/credential.ts';
import { type IncomingRequest, type Receiver, requireSize } from '../triggers/start.ts';
import type { Subscription } from './subscription.ts';
import { whyIgnored } from './takes.ts';

export interface HookReceiver extends Receiver {
  readonly findSubscription: (subscriptionId: string) => Promise<Subscription | undefined>;
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
  readonly secrets: Secrets;
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
  const [integration, subscription] = await Promise.all([
    findIntegration(integrationId),
    receiver.findSubscription(subscriptionId),
  ]);
  if (!integration || subscription?.integration !== integrationId) throw notFound('There is no such subscription.');
  const secrets = await openAll(receiver, subscription, incoming.receivedAt);
  const url = receiver.callbackUrl(subscription);
  const hook: Hook = { receiver, subscription, integration, incoming: { ...incoming, url }, secrets };
  try {
    return await receive(hook);
  } catch (error) {
    if (isRefusal(error)) await log(hook, incoming.body, { outcome: 'rejected', reason: error.reason, answered: error.status });
    throw error;
  }
}

async function receive(hook: Hook): Promise<HookAnswer> {
  const { subscription, integration, incoming, secrets } = hook;
  const { allowedIps, settings } = subscription;
  if (allowedIps !== undefined && !isWithin(incoming.sourceIp ?? '', allowedIps)) {
    throw forbidden('Requests from this address are not taken here.');
  }
  requireSize(incoming.body);
  const early = integration.handshake?.(incoming, secrets, false);
  if (early) return handshake(hook, early);
  if (incoming.method !== 'POST') throw methodNotAllowed(incoming.method, ['POST']);
  const verdict = integration.verify(incoming, secrets, settings);
  if (isRejected(verdict))
    throw unverified(isFinished(hook) ? verdict.rejected : `${verdict.rejected} Not all secrets are set yet.`);
  const late = integration.handshake?.(incoming, secrets, true);
  if (late) return handshake(hook, late);

  const body = verdict.body ?? incoming.body;
  const read = integration.read(incoming, body, settings);
  const reason = whyIgnored(subscription, integration, read.type);
  if (read.type === undefined || reason !== undefined) {
    await log(hook, body, { outcome: 'ignored', reason: reason ?? '', answered: integration.answer.status, type: read.type });
    return integration.answer;
  }
  return publish(hook, body, { ...read, type: read.type });
}

const isFinished = ({ integration, secrets }: Hook): boolean =>
  integration.secrets.every(({ name, optional }) => optional || (secrets[name] ?? []).length > 0);

async function handshake(hook: Hook, answer: Answer): Promise<HookAnswer> {
  const reason = 'The provider asked whether this is the right address.';
  await log(hook, hook.incoming.body, { outcome: 'handshake', reason, answered: answer.status });
  return answer;
}

async function publish(hook: Hook, body: Buffer, read: ReadEvent & { readonly type: string }): Promise<HookAnswer> {
  const { receiver, subscription, integration, incoming } = hook;
  const { workspace, subscriptionId } = subscription;
  const request = withoutSecrets(hook);
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
  const { data, contentType } = await dataOf(read, incoming, body);
  const delivery: EventDelivery = {
    deliveryId: eventId,
    eventId,
    workspace,
    subscriptionId,
    integration: integration.id,
    type: read.type,
    method: incoming.method,
    outcome: 'accepted',
    answered: integration.answer.status,
    receivedAt: time,
    ...(incoming.sourceIp && { sourceIp: incoming.sourceIp }),
    bodyHash,
    ...(await keepContent(request, body, { workspace, deliveryId: eventId }, receiver.storeBody)),
  };
  const envelope = {
    specversion: '1.0',
    id: eventId,
    source: subscriptionSource(workspace, subscription.name),
    type: read.type,
    ...(read.subject && { subject: read.subject }),
    time: read.time ?? time,
    datacontenttype: contentType,
    data,
    workspace,
    subscription: subscriptionId,
    depth: 0,
  } as const;
  const { duplicate } = await accept(receiver, integrationSource(integration.id), envelope, delivery, key);
  if (duplicate) {
    const { content: _, bodyRef: __, ...repeat } = { bodyRef: undefined, ...delivery };
    await receiver.logDelivery({ ...repeat, deliveryId: randomEventId(), outcome: 'duplicate' });
  }
  return { ...integration.answer, eventId, ...(duplicate && { duplicate }) };
}

/** What the bus does not take as JSON is carried as text: the provider would only send it again. */
async function dataOf(
  read: ReadEvent,
  { headers }: ProviderRequest,
  body: Buffer,
): Promise<{ data: unknown; contentType: string }> {
  if (read.data !== undefined) return { data: read.data, contentType: 'application/json' };
  try {
    return await parseBody(headers, body);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { data: body.toString().toWellFormed(), contentType: 'text/plain' };
  }
}

async function log(hook: Hook, body: Buffer, told: Parameters<typeof unacceptedDelivery>[2]): Promise<void> {
  const { receiver, subscription, integration, incoming } = hook;
  const { workspace, subscriptionId } = subscription;
  const { receivedAt, sourceIp } = incoming;
  const unaccepted: Unaccepted = { request: withoutSecrets(hook), body, bodyHash: hashBody(incoming.body), receivedAt, sourceIp };
  await receiver.logDelivery(unacceptedDelivery({ workspace, subscriptionId, integration: integration.id }, unaccepted, told));
}

/** The request without whatever proves its sender. */
function withoutSecrets({ integration, subscription, incoming }: Hook): ReceivedRequest {
  const { method, headers, query } = withoutCredentials(incoming);
  const all = [integration.credentials, integration.credentialsOf?.(subscription.settings) ?? { headers: [] }];
  const without = <T>(fields: Readonly<Record<string, T>>, names: readonly string[]) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
  return {
    method,
    headers: without(
      headers,
      all.flatMap((credentials) => credentials.headers),
    ),
    query: without(
      query,
      all.flatMap((credentials) => credentials.query ?? []),
    ),
  };
}

async function openAll(receiver: HookReceiver, subscription: Subscription, now: Date): Promise<Secrets> {
  const { workspace, subscriptionId, secrets } = subscription;
  const owner = { workspace, kind: 'subscription', id: subscriptionId } as const;
  const opened = Object.entries(secrets).map(
    async ([name, sealed]) => [name, await receiver.openSecrets(owner, sealed, now)] as const,
  );
  return Object.fromEntries(await Promise.all(opened));
}
