import * as v from 'valibot';
import { CommandFailed, type Connection } from './connection.ts';
import { listFromApi } from './management-api.ts';
import { pause } from './pause.ts';

export const deliverySchema = v.looseObject({
  id: v.string(),
  eventId: v.optional(v.string()),
  outcome: v.string(),
  reason: v.optional(v.string()),
  answered: v.number(),
  method: v.string(),
  type: v.optional(v.string()),
  receivedAt: v.string(),
  sourceIp: v.optional(v.string()),
  subscription: v.optional(v.looseObject({ id: v.string(), name: v.optional(v.string()), integration: v.optional(v.string()) })),
  triggerId: v.optional(v.string()),
  workflowId: v.optional(v.string()),
});
export type ListedDelivery = v.InferOutput<typeof deliverySchema>;

/** Whose deliveries; none: everyone's. */
export interface DeliverySource {
  readonly subscription?: string;
  readonly trigger?: string;
  readonly workflow?: string;
  readonly outcome?: string;
}

const POLL_MILLISECONDS = 1_000;
/** Looked through at each turn; more than come in within one. */
const PER_TURN = 100;
/** An answer that fails is asked for again, so often in a row. */
const MOST_FAILURES = 10;

/** Deliveries as they come in, oldest first and each once, until `stop`. `known` are the ids of those that were there before. */
export async function* newDeliveries(
  connection: Connection,
  { subscription, trigger: triggerId, workflow: workflowId, outcome }: DeliverySource,
  { known, stop }: { readonly known: readonly string[]; readonly stop: AbortSignal },
): AsyncGenerator<ListedDelivery> {
  const seen = new Set(known);
  let failures = 0;
  while (!stop.aborted) {
    let items: readonly ListedDelivery[] = [];
    try {
      const query = { subscription, triggerId, workflowId, outcome };
      ({ items } = await listFromApi(connection, '/v1/deliveries', query, PER_TURN, deliverySchema));
      failures = 0;
    } catch (error) {
      failures++;
      if (!(error instanceof CommandFailed) || failures >= MOST_FAILURES) throw error;
    }
    for (const delivery of items.toReversed()) {
      if (seen.has(delivery.id)) continue;
      seen.add(delivery.id);
      yield delivery;
    }
    await pause(POLL_MILLISECONDS, stop);
  }
}
