import { hashBody } from '../deliveries/accept.ts';
import { type DeliveryKey, deliveryKeyAt, deliveryKeyOf } from '../deliveries/delivery-key.ts';
import { loggingRefusals, type Unaccepted } from '../deliveries/rejected.ts';
import { conflict, forbidden, methodNotAllowed, notFound, tooManyRequests, unverified } from '../errors.ts';
import { parseBody } from '../events/body.ts';
import { EVENT_TYPES, type ReceivedRequest } from '../events/envelope.ts';
import type { Verification } from '../integrations/generic/verification-schema.ts';
import { isWithin } from '../net/addresses.ts';
import type { Run } from '../runs/run.ts';
import { authenticate } from '../tokens/authenticate.ts';
import { takeCredential, withoutCredentials } from '../tokens/credential.ts';
import { allows, requireScope } from '../tokens/token.ts';
import { requireInput } from './require-input.ts';
import { type Accepted, type IncomingRequest, type Receiver, requireSize, start } from './start.ts';
import { type RateLimit, type StaticResponse, TRIGGER_ID, type TriggerOf } from './trigger.ts';

type WebhookTrigger = TriggerOf<'webhook'>;

export interface AcceptedWebhook extends Accepted {
  /** What the trigger answers instead of the run's id. */
  readonly response?: StaticResponse;
  /** The run as it ended, where the sender waited for that and it did in time. */
  readonly ended?: Run;
}

/**
 * Takes in one request to `/webhook/{triggerId}`. Resolves once the bus has the event. What is refused at a trigger that there is, is told in its
 * request log.
 *
 * Raises 401 and 403 for the sender, then 404 for an unknown trigger or one the token is not for, 405, 409 for a disabled trigger or an
 * inactive workflow, 413, 422 for what does not fit the workflow's input schemas, and what `parseBody` and `accept` raise. An unknown
 * trigger asks for a token like any other, so that nobody can tell it from a foreign one.
 */
export async function receiveWebhook(receiver: Receiver, triggerId: string, incoming: IncomingRequest): Promise<AcceptedWebhook> {
  // What can be no id is not asked for: DynamoDB takes keys of 2,048 bytes.
  const found = TRIGGER_ID.test(triggerId) ? await receiver.findTrigger(triggerId) : undefined;
  const trigger = found?.kind === 'webhook' ? found : undefined;
  if (!trigger) {
    await admitByToken(receiver, incoming);
    throw unknownTrigger();
  }
  const { workspace, workflowId, kind: triggerKind } = trigger;
  return loggingRefusals(
    receiver,
    { workspace, triggerId, workflowId, triggerKind },
    () => unacceptedOf(trigger, incoming),
    () => receive(receiver, trigger, incoming),
  );
}

async function receive(receiver: Receiver, trigger: WebhookTrigger, incoming: IncomingRequest): Promise<AcceptedWebhook> {
  requireAddress(trigger, incoming);
  // Side by side: both come out of a cache, and neither waits for the other when they don't.
  const [{ request, token }, workflow] = await Promise.all([
    admit(receiver, trigger, incoming),
    receiver.findWorkflow(trigger.workspace, trigger.workflowId),
  ]);
  if (!workflow || (token && !allows(token, { scope: 'trigger', ...trigger }))) throw unknownTrigger();
  if (!trigger.methods.some((method) => method === request.method)) throw methodNotAllowed(request.method, trigger.methods);
  if (!trigger.enabled) throw conflict('The trigger is disabled; enable it and send the request again.');
  if (!workflow.active) throw conflict('The workflow is not active; activate it and send the request again.');
  requireSize(incoming.body);
  if (trigger.rateLimit) await requireRate(receiver, trigger.triggerId, trigger.rateLimit, incoming.receivedAt);

  const { data, contentType } = await parseBody(request.headers, incoming.body);
  const { method, query, headers } = request;
  await requireInput(receiver.findInput, workflow, { body: data, query, headers });
  const bodyHash = hashBody(incoming.body);
  const { response } = trigger;
  const accepted = await start(receiver, {
    trigger: {
      id: trigger.triggerId,
      kind: trigger.kind,
      workflowId: trigger.workflowId,
      ...(trigger.labels && { labels: trigger.labels }),
    },
    workspace: trigger.workspace,
    channelId: trigger.triggerId,
    type: EVENT_TYPES.webhook,
    data,
    contentType,
    request: { method, query, headers },
    key: await keyOf(trigger, headers, data, bodyHash),
    bodyHash,
    body: incoming.body,
    receivedAt: incoming.receivedAt,
    sourceIp: incoming.sourceIp,
    token,
    // Of one that waits, what it is answered if the run takes longer.
    answered: response === undefined || response === 'wait' ? 202 : response.status,
    carriesRequest: true,
  });
  if (response !== 'wait') return { ...accepted, ...(response && { response }) };
  // Loaded where somebody waits.
  const { awaitEnd } = await import('../runs/await-end.ts');
  const ended = await awaitEnd(receiver.findRun, accepted.activityId, incoming.receivedAt);
  return { ...accepted, ...(ended && { ended }) };
}

const unknownTrigger = () => notFound('There is no such trigger, or the token is not for it.');

function requireAddress({ allowedIps }: WebhookTrigger, { sourceIp = '' }: IncomingRequest): void {
  if (allowedIps === undefined || isWithin(sourceIp, allowedIps)) return;
  throw forbidden('Requests from this address are not taken here.');
}

/** Periods follow each other from the epoch on, so that every process counts the same. */
async function requireRate(receiver: Receiver, triggerId: string, { requests, seconds }: RateLimit, now: Date): Promise<void> {
  const beginning = Math.floor(now.getTime() / (seconds * 1_000)) * seconds;
  if (await receiver.takeRate(triggerId, beginning, seconds, requests)) return;
  const retryAfter = Math.max(1, Math.ceil(beginning + seconds - now.getTime() / 1_000));
  throw tooManyRequests(`The trigger takes ${requests} requests in ${seconds} seconds; send the request again later.`, retryAfter);
}

async function keyOf(
  trigger: WebhookTrigger,
  headers: ReceivedRequest['headers'],
  data: unknown,
  bodyHash: string,
): Promise<DeliveryKey> {
  const { deliveryKey: place, deduplicate } = trigger;
  const declared = place && (await deliveryKeyAt(place, headers, data));
  return declared ?? deliveryKeyOf(headers, bodyHash, deduplicate);
}

async function admit(receiver: Receiver, trigger: WebhookTrigger, incoming: IncomingRequest) {
  switch (trigger.auth) {
    case 'none':
      return { request: withoutCredentials(incoming), token: undefined };
    case 'token':
      return admitByToken(receiver, incoming);
    case 'verification':
      return { request: await admitByVerification(receiver, trigger, incoming), token: undefined };
  }
}

async function admitByToken(receiver: Receiver, incoming: IncomingRequest) {
  const { presented, request } = takeCredential(incoming);
  const token = await authenticate(presented, receiver.findToken, incoming.receivedAt);
  requireScope(token, 'trigger');
  return { request, token };
}

/** Raises the same 401 whatever is wrong; the reason is in the request log alone. */
async function admitByVerification(
  receiver: Receiver,
  trigger: WebhookTrigger,
  incoming: IncomingRequest,
): Promise<IncomingRequest> {
  const { verification, triggerId, workspace } = trigger;
  if (!verification) throw new Error(`The trigger ${triggerId} has no verification.`);
  // Few triggers have one: what checks it is loaded when one has.
  const [{ verifyDeclared }, sealed] = await Promise.all([
    import('../integrations/generic/verify.ts'),
    receiver.findTriggerSecret(triggerId),
  ]);
  const owner = { workspace, kind: 'trigger', id: triggerId } as const;
  const secrets = await receiver.openSecrets(owner, sealed ?? [], incoming.receivedAt);
  const { rejected } = secrets.length > 0 ? verifyDeclared(verification, secrets, incoming) : NO_SECRET;
  if (rejected !== undefined) throw unverified(rejected);
  return withoutDeclaredCredentials(verification, withoutCredentials(incoming));
}

const NO_SECRET = { rejected: 'The trigger has no secret yet; set one.' };

const withoutDeclaredCredentials = (verification: Verification, request: IncomingRequest): IncomingRequest => {
  if (!('header' in verification)) return request;
  const { [verification.header]: _, ...headers } = request.headers;
  return { ...request, headers };
};

function unacceptedOf({ verification }: WebhookTrigger, incoming: IncomingRequest): Unaccepted {
  const { request } = takeCredential(incoming);
  const { body, receivedAt, sourceIp } = incoming;
  return {
    request: verification ? withoutDeclaredCredentials(verification, request) : request,
    body,
    bodyHash: hashBody(body),
    receivedAt,
    sourceIp,
  };
}
