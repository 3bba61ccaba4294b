import * as v from 'valibot';
import { DELIVERY_OUTCOMES, type Delivery } from '../../core/deliveries/delivery.ts';
import type { Api } from './api.ts';

export const deliveryView = v.object({
  id: v.string(),
  /** The event it became, or repeats. */
  eventId: v.optional(v.string()),
  outcome: v.picklist(DELIVERY_OUTCOMES),
  reason: v.optional(v.string()),
  /** The status of our answer. */
  answered: v.number(),
  method: v.string(),
  type: v.optional(v.string()),
  subject: v.optional(v.string()),
  receivedAt: v.string(),
  sourceIp: v.optional(v.string()),
  subscription: v.optional(v.object({ id: v.string(), name: v.optional(v.string()), integration: v.optional(v.string()) })),
  triggerId: v.optional(v.string()),
  workflowId: v.optional(v.string()),
  activityId: v.optional(v.string()),
});

/** Names of subscriptions, by their ids. */
type Names = ReadonlyMap<string, string>;

export const deliveryViewOf = (delivery: Delivery, names: Names) => {
  const { deliveryId, eventId, outcome, reason, answered, method, type, subject, receivedAt, sourceIp } = delivery;
  const { subscriptionId, integration, triggerId, workflowId, activityId } = delivery;
  const subscription =
    subscriptionId === undefined ? undefined : { id: subscriptionId, name: names.get(subscriptionId), integration };
  const from = { subscription, triggerId, workflowId, activityId };
  return { id: deliveryId, eventId, outcome, reason, answered, method, type, subject, receivedAt, sourceIp, ...from };
};

export async function namesFor(api: Api, { subscriptionId }: Delivery): Promise<Names> {
  const subscription = subscriptionId === undefined ? undefined : await api.subscriptions.store.find(subscriptionId);
  return new Map(subscription ? [[subscription.subscriptionId, subscription.name]] : []);
}
