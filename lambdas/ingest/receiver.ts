import { openBus } from '../../core/aws/event-bus.ts';
import type { StorePayload } from '../../core/aws/payload-store.ts';
import { openTable } from '../../core/aws/table.ts';
import { cached } from '../../core/cache.ts';
import { saveDelivery, setDeliveryOutcome } from '../../core/deliveries/delivery.repository.ts';
import type { VariablesOf } from '../../core/environment.ts';
import { lastUseNotes } from '../../core/tokens/last-use.ts';
import { findToken, saveTokenUse } from '../../core/tokens/token.repository.ts';
import type { Receiver } from '../../core/triggers/start.ts';
import { findTrigger } from '../../core/triggers/trigger.repository.ts';
import { findInput } from '../../core/workflows/input.repository.ts';
import { findWorkflow } from '../../core/workflows/workflow.repository.ts';
import type { ingestEnvironment } from './env.ts';

/** A change to a trigger or workflow is seen after this long at most, a revoked token is refused after a third of it. */
const TRIGGER_MILLISECONDS = 30_000;
const TOKEN_MILLISECONDS = 10_000;

export function openReceiver(environment: VariablesOf<typeof ingestEnvironment>): Receiver {
  const table = openTable(environment.TABLE_NAME);
  let payloads: Promise<StorePayload> | undefined;
  return {
    publish: openBus(environment.BUS_NAME),
    // Few payloads are that large: the S3 client is loaded when the first one is, not at every cold start, and its connections are kept.
    storePayload: async (payload) => {
      payloads ??= import('../../core/aws/payload-store.ts').then((store) => store.openPayloadStore(environment.PAYLOAD_BUCKET));
      return (await payloads)(payload);
    },
    saveDelivery: (delivery) => saveDelivery(table, delivery),
    setDeliveryOutcome: (eventId, outcome) => setDeliveryOutcome(table, eventId, outcome),
    findTrigger: cached(TRIGGER_MILLISECONDS, (triggerId: string) => findTrigger(table, triggerId)),
    findToken: cached(TOKEN_MILLISECONDS, (tokenId: string) => findToken(table, tokenId)),
    findWorkflow: cached(TRIGGER_MILLISECONDS, (workspace: string, workflowId: string) =>
      findWorkflow(table, workspace, workflowId),
    ),
    findInput: cached(TRIGGER_MILLISECONDS, (workspace: string, workflowId: string) => findInput(table, workspace, workflowId)),
    noteTokenUse: lastUseNotes((tokenId, hour) => saveTokenUse(table, tokenId, hour)),
  };
}
