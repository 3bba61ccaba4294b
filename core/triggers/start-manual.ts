import { hashBody } from '../deliveries/accept.ts';
import { deliveryKeyOf } from '../deliveries/delivery-key.ts';
import { loggingRefusals } from '../deliveries/rejected.ts';
import { conflict } from '../errors.ts';
import { EVENT_TYPES, type ReceivedRequest } from '../events/envelope.ts';
import type { Token } from '../tokens/token.ts';
import { MANUAL_TRIGGER_ID, type Workflow } from '../workflows/workflow.ts';
import { requireInput } from './require-input.ts';
import { type Accepted, type Receiver, type Starter, start } from './start.ts';

export interface ManualStart {
  readonly workflow: Workflow;
  /** What the workflow receives as `params`. */
  readonly params: Readonly<Record<string, unknown>>;
  /** What the request calls them, as a JSON Pointer. */
  readonly paramsAt: '/params' | '/properties';
  /** Without its credentials. */
  readonly request: ReceivedRequest;
  readonly receivedAt: Date;
  readonly sourceIp?: string | undefined;
  readonly token: Token;
}

/**
 * Starts a workflow by hand: once for each `Idempotency-Key`. What is refused is told in the workflow's request log. Raises 409 for an inactive workflow,
 * 422 for params that do not fit the workflow's input schema, and what `accept` raises.
 */
export async function startManual(
  starter: Starter & Pick<Receiver, 'findInput'>,
  { workflow, params, paramsAt, request, receivedAt, sourceIp, token }: ManualStart,
): Promise<Accepted> {
  const { workspace, workflowId } = workflow;
  // No token is in it: one is not kept, and the hash must not change when it is replaced.
  const body = Buffer.from(JSON.stringify({ workflowId, properties: params }));
  const { method, query, headers } = request;
  const received = { request: { method, query, headers }, body, bodyHash: hashBody(body), receivedAt, sourceIp };
  const channel = { workspace, triggerId: MANUAL_TRIGGER_ID, triggerKind: 'manual', workflowId } as const;
  return loggingRefusals(
    starter,
    channel,
    () => received,
    async () => {
      if (!workflow.active) throw conflict('The workflow is not active; activate it and send the request again.');
      await requireInput(starter.findInput, workflow, { params }, { params: paramsAt });
      return start(starter, {
        ...received,
        trigger: { id: MANUAL_TRIGGER_ID, kind: 'manual', workflowId },
        workspace,
        channelId: workflowId,
        type: EVENT_TYPES.manual,
        data: params,
        contentType: 'application/json',
        carriesRequest: false,
        key: deliveryKeyOf(headers, received.bodyHash, 'key'),
        token,
        answered: 202,
      });
    },
  );
}
