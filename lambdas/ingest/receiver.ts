import { openBus } from '../../core/aws/event-bus.ts';
import type { PayloadStore } from '../../core/aws/payload-store.ts';
import { openTable } from '../../core/aws/table.ts';
import { cached } from '../../core/cache.ts';
import type { CloudEventsReceiver } from '../../core/cloudevents/receive-cloud-events.ts';
import { failureAnnouncer } from '../../core/deliveries/announce-failed.ts';
import { countRejections, saveDelivery, setDeliveryOutcome } from '../../core/deliveries/delivery.repository.ts';
import { deliveryLog } from '../../core/deliveries/delivery-log.ts';
import type { VariablesOf } from '../../core/environment.ts';
import { announcer } from '../../core/events/platform-event.ts';
import { secretOpener } from '../../core/secrets/open-secrets.ts';
import type { Vault } from '../../core/secrets/vault.ts';
import { unauthorizedAnnouncer } from '../../core/subscriptions/announce-unauthorized.ts';
import { callbackUrl } from '../../core/subscriptions/callback-url.ts';
import type { HookReceiver } from '../../core/subscriptions/receive-hook.ts';
import type { Subscription } from '../../core/subscriptions/subscription.ts';
import { lastUseNotes } from '../../core/tokens/last-use.ts';
import { findToken, saveTokenUse } from '../../core/tokens/token.repository.ts';
import { takeRate } from '../../core/triggers/rate.repository.ts';
import { findTrigger } from '../../core/triggers/trigger.repository.ts';
import { findTriggerSecret } from '../../core/triggers/trigger-secret.repository.ts';
import { findInput } from '../../core/workflows/input.repository.ts';
import { findWorkflow } from '../../core/workflows/workflow.repository.ts';
import { findWorkspace } from '../../core/workspaces/workspace.repository.ts';
import type { ingestEnvironment } from './env.ts';

/** A change to a trigger or workflow is seen after this long at most, a revoked token is refused after a third of it. */
const TRIGGER_MILLISECONDS = 30_000;
const TOKEN_MILLISECONDS = 10_000;
/** As soon as a token: a new secret may sign a request seconds after it was set, and what was paused is expected to be. */
const SUBSCRIPTION_MILLISECONDS = TOKEN_MILLISECONDS;

export function openReceiver(environment: VariablesOf<typeof ingestEnvironment>): HookReceiver & CloudEventsReceiver {
  const table = openTable(environment.TABLE_NAME);
  const publish = openBus(environment.BUS_NAME);
  let store: Promise<PayloadStore> | undefined;
  // Few payloads are that large: the S3 client is loaded when the first one is, not at every cold start, and its connections are kept.
  const payloads = () => {
    store ??= import('../../core/aws/payload-store.ts').then((module) => module.openPayloadStore(environment.PAYLOAD_BUCKET));
    return store;
  };
  // Nor is the KMS client by those whose senders have tokens.
  let opened: Promise<Vault> | undefined;
  const vault = () => {
    opened ??= import('../../core/aws/vault.ts').then((module) => module.openVault(environment.SECRETS_KEY_ARN));
    return opened;
  };
  return {
    publish,
    announceFailed: failureAnnouncer(announcer(publish)),
    announceUnauthorized: unauthorizedAnnouncer(announcer(publish)),
    storePayload: async (payload) => (await payloads()).storePayload(payload),
    storeBody: async (body) => (await payloads()).storeBody(body),
    saveDelivery: (delivery) => saveDelivery(table, delivery),
    setDeliveryOutcome: (deliveryId, outcome, answered) => setDeliveryOutcome(table, deliveryId, outcome, answered),
    logDelivery: deliveryLog({
      save: (delivery) => saveDelivery(table, delivery),
      count: (channelId, minute, times) => countRejections(table, channelId, minute, times),
    }),
    openSecrets: secretOpener(vault),
    findTriggerSecret: cached(SUBSCRIPTION_MILLISECONDS, (triggerId: string) => findTriggerSecret(table, triggerId)),
    findSubscription: cached(
      SUBSCRIPTION_MILLISECONDS,
      async (subscriptionId: string) =>
        (await import('../../core/subscriptions/subscription.repository.ts')).openSubscriptionStore(table).find(subscriptionId),
      { settled: hasSecrets },
    ),
    findWorkspace: (workspace) => findWorkspace(table, workspace),
    callbackUrl: (subscription) => callbackUrl(environment.PUBLIC_URL, subscription),
    findTrigger: cached(TRIGGER_MILLISECONDS, (triggerId: string) => findTrigger(table, triggerId)),
    findToken: cached(TOKEN_MILLISECONDS, (tokenId: string) => findToken(table, tokenId)),
    findWorkflow: cached(TRIGGER_MILLISECONDS, (workspace: string, workflowId: string) =>
      findWorkflow(table, workspace, workflowId),
    ),
    takeRate: (...period) => takeRate(table, ...period),
    findRun: async (activityId) => (await import('../../core/runs/run.repository.ts')).findRun(table, activityId),
    findInput: cached(TRIGGER_MILLISECONDS, (workspace: string, workflowId: string) => findInput(table, workspace, workflowId)),
    noteTokenUse: lastUseNotes((tokenId, hour) => saveTokenUse(table, tokenId, hour)),
  };
}

/** Until its provider has shown the secret, a subscription is about to change: the first event after it should not be refused. */
const hasSecrets = ({ secrets }: Subscription): boolean => Object.keys(secrets).length > 0;
