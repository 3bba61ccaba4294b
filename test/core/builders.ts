import type { BusEvent } from '../../core/aws/event-bus.ts';
import type { Delivery } from '../../core/deliveries/delivery.ts';
import { mintToken } from '../../core/tokens/secret.ts';
import type { Token } from '../../core/tokens/token.ts';
import type { IncomingRequest, Receiver } from '../../core/triggers/start.ts';
import type { Trigger, TriggerOf } from '../../core/triggers/trigger.ts';
import type { InputSchemas } from '../../core/workflows/input.ts';
import type { Workflow } from '../../core/workflows/workflow.ts';

export const NOW = new Date('2026-03-01T12:00:00.000Z');

/** A valid token and the text that presents it. */
export function aToken(with_: Partial<Token> = {}): { token: Token; text: string } {
  const { tokenId, text, secretHash } = mintToken();
  const token: Token = {
    tokenId,
    workspace: 'default',
    name: 'test',
    scopes: ['trigger'],
    createdAt: '2026-01-01T00:00:00.000Z',
    secretHash,
    ...with_,
  };
  return { token, text };
}

export const aTrigger = (with_: Partial<TriggerOf<'webhook'>> = {}): TriggerOf<'webhook'> => ({
  triggerId: 'hello',
  workspace: 'default',
  workflowId: 'hello',
  kind: 'webhook',
  enabled: true,
  methods: ['POST'],
  auth: 'token',
  deduplicate: 'key',
  ...with_,
});

export const aWorkflow = (with_: Partial<Workflow> = {}): Workflow => ({
  workspace: 'default',
  workflowId: 'hello',
  name: 'Hello',
  active: true,
  revision: '1',
  stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:hello',
  stateMachineVersionArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:hello:1',
  revisions: [],
  triggerIds: ['hello'],
  declaredBy: 'default/hello',
  updatedAt: '2026-01-01T00:00:00.000Z',
  ...with_,
});

export const aRequest = (with_: Partial<IncomingRequest> & { json?: unknown } = {}): IncomingRequest => {
  const { json, ...rest } = with_;
  return {
    method: 'POST',
    query: {},
    body: Buffer.from(JSON.stringify(json ?? { name: 'Ada' })),
    receivedAt: NOW,
    ...rest,
    headers: { 'content-type': 'application/json', ...rest.headers },
  };
};

/** A gate in memory that knows these tokens, triggers and workflows, and remembers what it was given. */
export function aReceiver(known: { tokens?: Token[]; triggers?: Trigger[]; workflows?: Workflow[]; input?: InputSchemas } = {}) {
  const workflows = known.workflows ?? [aWorkflow()];
  const published: BusEvent[] = [];
  const payloads: { workspace: string; eventId: string; json: string }[] = [];
  const deliveries = new Map<string, Delivery>();
  const used: string[] = [];
  const receiver: Receiver = {
    publish: async (event) => void published.push(event),
    storePayload: async (payload) => {
      payloads.push(payload);
      return `s3://payloads/${payload.workspace}/${payload.eventId}.json`;
    },
    saveDelivery: async (delivery) => {
      const first = deliveries.get(delivery.eventId);
      if (!first) deliveries.set(delivery.eventId, delivery);
      return first;
    },
    setDeliveryOutcome: async (eventId, outcome) => {
      const delivery = deliveries.get(eventId);
      if (delivery) deliveries.set(eventId, { ...delivery, outcome });
    },
    findTrigger: async (id) => known.triggers?.find(({ triggerId }) => triggerId === id),
    findToken: async (id) => known.tokens?.find(({ tokenId }) => tokenId === id),
    findWorkflow: async (workspace, id) =>
      workflows.find((workflow) => workflow.workspace === workspace && workflow.workflowId === id),
    findInput: async () => known.input,
    noteTokenUse: async ({ tokenId }) => void used.push(tokenId),
  };
  return { receiver, published, payloads, deliveries, used };
}
