import type { BusEvent } from '../../core/aws/event-bus.ts';
import type { CloudEventsReceiver } from '../../core/cloudevents/receive-cloud-events.ts';
import type { Delivery } from '../../core/deliveries/delivery.ts';
import type { Run } from '../../core/runs/run.ts';
import { liveVersions } from '../../core/secrets/sealed-secrets.ts';
import { callbackUrl } from '../../core/subscriptions/callback-url.ts';
import type { HookReceiver } from '../../core/subscriptions/receive-hook.ts';
import type { SealedSecret, Subscription } from '../../core/subscriptions/subscription.ts';
import { mintToken } from '../../core/tokens/secret.ts';
import type { Token } from '../../core/tokens/token.ts';
import { type Rules, ruleNameOf, type TriggerRule } from '../../core/triggers/change-event-trigger.ts';
import type { Schedules } from '../../core/triggers/change-schedule.ts';
import type { IncomingRequest } from '../../core/triggers/start.ts';
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

/** A secret as `aReceiver` opens it. */
export const aSecret = (value: string, expiresAt?: string): SealedSecret => ({
  sealed: new Uint8Array(Buffer.from(value)),
  createdAt: '2026-01-01T00:00:00.000Z',
  ...(expiresAt && { expiresAt }),
});

export const aSubscription = (with_: Partial<Subscription> = {}): Subscription => ({
  subscriptionId: 'a'.repeat(26),
  workspace: 'default',
  integration: 'github',
  name: 'mill',
  events: ['*'],
  paused: false,
  secrets: { secret: [aSecret('the secret')] },
  settings: {},
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  ...with_,
});

/** A gate in memory that knows these tokens, triggers and workflows, and remembers what it was given. */
export function aReceiver(
  known: {
    tokens?: Token[];
    triggers?: Trigger[];
    workflows?: Workflow[];
    input?: InputSchemas;
    subscriptions?: Subscription[];
    /** What has become of whatever was started. */
    run?: Run;
    /** Of every trigger with a declared verification. */
    triggerSecret?: string;
  } = {},
) {
  const workflows = known.workflows ?? [aWorkflow()];
  const published: BusEvent[] = [];
  const payloads: { workspace: string; eventId: string; json: string }[] = [];
  const deliveries = new Map<string, Delivery>();
  const used: string[] = [];
  const logged: Delivery[] = [];
  const bodies: Uint8Array[] = [];
  const unauthorized: string[] = [];
  const failed: string[] = [];
  const rates = new Map<string, number>();
  const receiver: HookReceiver & CloudEventsReceiver = {
    publish: async (event) => void published.push(event),
    storePayload: async (payload) => {
      payloads.push(payload);
      return `s3://payloads/${payload.workspace}/${payload.eventId}.json`;
    },
    storeBody: async ({ workspace, deliveryId, body }) => {
      bodies.push(body);
      return `s3://payloads/${workspace}/${deliveryId}.body`;
    },
    saveDelivery: async (delivery) => {
      const first = deliveries.get(delivery.deliveryId);
      if (!first) deliveries.set(delivery.deliveryId, delivery);
      return first;
    },
    logDelivery: async (delivery) => void logged.push(delivery),
    setDeliveryOutcome: async (deliveryId, outcome, answered) => {
      const delivery = deliveries.get(deliveryId);
      if (delivery) deliveries.set(deliveryId, { ...delivery, outcome, answered });
    },
    // In clear: what seals them is the vault's to test.
    openSecrets: async (_owner, sealed, now) => liveVersions(sealed, now).map((version) => Buffer.from(version.sealed).toString()),
    findTriggerSecret: async () => (known.triggerSecret === undefined ? undefined : [aSecret(known.triggerSecret)]),
    findSubscription: async (id) => known.subscriptions?.find(({ subscriptionId }) => subscriptionId === id),
    takeRate: async (triggerId, beginning, _seconds, limit) => {
      const period = `${triggerId} ${beginning}`;
      const taken = rates.get(period) ?? 0;
      if (taken < limit) rates.set(period, taken + 1);
      return taken < limit;
    },
    announceFailed: async ({ deliveryId }) => void failed.push(deliveryId),
    announceUnauthorized: async ({ name }) => void unauthorized.push(name),
    findRun: async () => known.run,
    findWorkspace: async (workspace) => ({ workspace, allowedOrigins: ['*.example.com'] }),
    callbackUrl: (subscription) => callbackUrl('https://millrace.example.com', subscription),
    findTrigger: async (id) => known.triggers?.find(({ triggerId }) => triggerId === id),
    findToken: async (id) => known.tokens?.find(({ tokenId }) => tokenId === id),
    findWorkflow: async (workspace, id) =>
      workflows.find((workflow) => workflow.workspace === workspace && workflow.workflowId === id),
    findInput: async () => known.input,
    noteTokenUse: async ({ tokenId }) => void used.push(tokenId),
  };
  return { receiver, published, payloads, bodies, deliveries, logged, unauthorized, failed, used };
}

/** Rules in memory. */
function someRules(): Rules {
  const rules = new Map<string, TriggerRule>();
  return {
    list: async () => [...rules].map(([id, { pattern }]) => ({ name: ruleNameOf(id), pattern: JSON.stringify(pattern) })),
    put: async (rule) => {
      rules.set(rule.trigger.triggerId, rule);
      return `arn:aws:events:us-east-1:123456789012:rule/bus/${ruleNameOf(rule.trigger.triggerId)}`;
    },
    remove: async (triggerId) => void rules.delete(triggerId),
  };
}

/** Schedules in memory. */
function someSchedules(): Schedules {
  const schedules = new Map<string, unknown>();
  return {
    put: async (trigger) => {
      schedules.set(trigger.triggerId, trigger);
      return `arn:aws:scheduler:us-east-1:123456789012:schedule/group/trigger-${trigger.triggerId}`;
    },
    remove: async (triggerId) => void schedules.delete(triggerId),
  };
}

/** What the management API has besides the table. */
export const apiResources = () => ({
  subscriptionsPerIntegration: 10,
  rules: someRules(),
  ruleQuota: 300,
  schedules: someSchedules(),
  subscribe: async () => undefined,
  notificationTopics: ['arn:aws:sns:us-east-1:123456789012:alerts'],
  payloads: {
    storePayload: async ({ workspace, eventId }: { workspace: string; eventId: string }) =>
      `s3://payloads/${workspace}/${eventId}.json`,
    storeBody: async ({ workspace, deliveryId }: { workspace: string; deliveryId: string }) =>
      `s3://payloads/${workspace}/${deliveryId}.body`,
    read: async () => undefined,
  },
  publish: async () => undefined,
  executionInput: async () => undefined,
  redriveExecution: async () => undefined,
  startLauncher: async () => undefined,
});
