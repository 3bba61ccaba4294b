import type { Delivery } from '../deliveries/delivery.ts';
import { notFound } from '../errors.ts';
import { eventIdOf } from '../events/event-id.ts';
import { allows, type Token, type TokenScope } from '../tokens/token.ts';
import type { Run } from './run.ts';

export interface RunSource {
  readonly findRun: (activityId: string) => Promise<Run | undefined>;
  readonly findDelivery: (eventId: string) => Promise<Delivery | undefined>;
}

/**
 * The run with this id, if the token may do `scope` with it. Between the 202 and the launcher's first write there is only a delivery:
 * its run is QUEUED and has no state machine yet.
 *
 * Raises the same 404 for an id that is malformed, unknown, of another workspace, or of a workflow the token is not for.
 */
export async function findRunFor(source: RunSource, token: Token, scope: TokenScope, activityId: string): Promise<Run> {
  const run = await seekRun(source, activityId);
  if (!run || !allows(token, { scope, workspace: run.workspace, workflowId: run.workflowId })) {
    throw notFound('There is no such run, or the token is not for it.');
  }
  return run;
}

async function seekRun(source: RunSource, activityId: string): Promise<Run | undefined> {
  const eventId = eventIdOf(activityId);
  if (eventId === undefined) return undefined;
  const run = await source.findRun(activityId);
  if (run) return run;
  const delivery = await source.findDelivery(eventId);
  return delivery && awaitedRun(delivery, eventId, activityId);
}

/** The run that a delivery to one trigger begins; undefined for another's. */
function awaitedRun(delivery: Delivery, eventId: string, activityId: string): Run | undefined {
  const { workspace, workflowId, triggerId, triggerKind, receivedAt } = delivery;
  if (delivery.activityId !== activityId || !workflowId || !triggerId || !triggerKind) return undefined;
  return {
    activityId,
    eventId,
    workspace,
    workflowId,
    triggerId,
    triggerKind,
    status: 'QUEUED',
    createdAt: receivedAt,
    changedAt: receivedAt,
  };
}

/** Has the launcher not come to the run yet? It writes no item without the state machine, except for a run that failed at once. */
export const isAwaited = (run: Run): boolean => run.status === 'QUEUED' && run.stateMachineArn === undefined;
