import { hashBody } from '../deliveries/accept.ts';
import { deliveryKeyOf } from '../deliveries/delivery-key.ts';
import { conflict, methodNotAllowed, notFound } from '../errors.ts';
import { parseBody } from '../events/body.ts';
import { EVENT_TYPES } from '../events/envelope.ts';
import { authenticate } from '../tokens/authenticate.ts';
import { takeCredential, withoutCredentials } from '../tokens/credential.ts';
import { allows, requireScope } from '../tokens/token.ts';
import { requireInput } from './require-input.ts';
import { type Accepted, type IncomingRequest, type Receiver, requireSize, start } from './start.ts';
import type { TriggerOf } from './trigger.ts';

/**
 * Takes in one request to `/webhook/{triggerId}`. Resolves once the bus has the event.
 *
 * Raises 401 and 403 for the token, then 404 for an unknown trigger or one the token is not for, 405, 409 for a disabled trigger or an
 * inactive workflow, 413, 422 for what does not fit the workflow's input schemas, and what `parseBody` and `accept` raise. An unknown
 * trigger asks for a token like any other, so that nobody can tell it from a foreign one.
 */
export async function receiveWebhook(receiver: Receiver, triggerId: string, incoming: IncomingRequest): Promise<Accepted> {
  const found = await receiver.findTrigger(triggerId);
  const trigger = found?.kind === 'webhook' ? found : undefined;
  // Side by side: both come out of a cache, and neither waits for the other when they don't.
  const [{ request, token }, workflow] = await Promise.all([
    admit(receiver, trigger, incoming),
    trigger && receiver.findWorkflow(trigger.workspace, trigger.workflowId),
  ]);
  if (!trigger || !workflow || (token && !allows(token, { scope: 'trigger', ...trigger }))) {
    throw notFound('There is no such trigger, or the token is not for it.');
  }
  if (!trigger.methods.some((method) => method === request.method)) throw methodNotAllowed(request.method, trigger.methods);
  if (!trigger.enabled) throw conflict('The trigger is disabled; enable it and send the request again.');
  if (!workflow.active) throw conflict('The workflow is not active; activate it and send the request again.');
  requireSize(incoming.body);

  const { data, contentType } = await parseBody(request.headers, incoming.body);
  const { method, query, headers } = request;
  await requireInput(receiver.findInput, workflow, { body: data, query, headers });
  const bodyHash = hashBody(incoming.body);
  return start(receiver, {
    trigger: { id: trigger.triggerId, kind: trigger.kind, workflowId: trigger.workflowId },
    workspace: trigger.workspace,
    channelId: trigger.triggerId,
    type: EVENT_TYPES.webhook,
    data,
    contentType,
    request: { method, query, headers },
    key: deliveryKeyOf(headers, bodyHash, trigger.deduplicate),
    bodyHash,
    body: incoming.body,
    receivedAt: incoming.receivedAt,
    token,
    carriesRequest: true,
  });
}

async function admit(receiver: Receiver, trigger: TriggerOf<'webhook'> | undefined, incoming: IncomingRequest) {
  if (trigger?.auth === 'none') return { request: withoutCredentials(incoming), token: undefined };
  const { presented, request } = takeCredential(incoming);
  const token = await authenticate(presented, receiver.findToken, incoming.receivedAt);
  requireScope(token, 'trigger');
  return { request, token };
}
