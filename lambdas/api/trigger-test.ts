import * as v from 'valibot';
import { anObject } from '../../core/an-object.ts';
import { eventOf } from '../../core/deliveries/replay-delivery.ts';
import { notFound, unprocessable } from '../../core/errors.ts';
import { integrationSource, subscriptionSource } from '../../core/events/envelope.ts';
import type { Token } from '../../core/tokens/token.ts';
import { AWS_SOURCE } from '../../core/triggers/event-pattern.ts';
import { type EventToTest, testTriggers } from '../../core/triggers/test-triggers.ts';
import type { Api } from './api.ts';
import { route } from './route.ts';
import { findOwnSubscription } from './subscriptions.ts';

const eventBody = v.strictObject({
  /** Of a delivery that became an event: that event. */
  deliveryId: v.optional(v.string()),
  /** Its id or its name. */
  subscription: v.optional(v.string()),
  /** The source on the bus, such as `millrace.custom`, where it is no subscription's; `aws` for an event of the default bus, with the whole of it as data. */
  source: v.optional(v.string()),
  type: v.optional(v.string()),
  data: v.optional(v.unknown()),
});

async function eventToTest(api: Api, token: Token, asked: v.InferOutput<typeof eventBody>): Promise<EventToTest> {
  const { workspace } = token;
  if (asked.deliveryId !== undefined) {
    const delivery = await api.deliveries.find(asked.deliveryId);
    if (delivery?.workspace !== workspace) throw notFound('There is no such delivery; they are kept for 14 days.');
    const { source, detailType, detail } = await eventOf(api.deliveries, delivery);
    return { source, 'detail-type': detailType, detail: JSON.parse(detail) };
  }
  if (asked.source === AWS_SOURCE) {
    if (v.is(anObject, asked.data)) return { source: AWS_SOURCE, 'detail-type': '', detail: {}, awsEvent: asked.data };
    throw unprocessable('The data of source aws is the whole event, as the default bus has it.', [
      { pointer: '/data', detail: 'must be an object' },
    ]);
  }
  if (asked.type === undefined) {
    throw unprocessable('Name the event: a deliveryId, or a type with a subscription or a source.', [
      { pointer: '/type', detail: 'is missing' },
    ]);
  }
  if (asked.subscription !== undefined) {
    const { integration, name, subscriptionId } = await findOwnSubscription(api, token, asked.subscription);
    const detail = { workspace, source: subscriptionSource(workspace, name), subscription: subscriptionId, data: asked.data };
    return { source: integrationSource(integration), 'detail-type': asked.type, detail };
  }
  return { source: asked.source ?? 'millrace.custom', 'detail-type': asked.type, detail: { workspace, data: asked.data } };
}

export const triggerTestRoutes = [
  route({
    method: 'POST',
    path: '/v1/triggers/test',
    summary: 'Tells which event triggers an event would start, and of the others which field kept it out.',
    body: eventBody,
    answer: v.object({
      items: v.array(
        v.object({
          triggerId: v.string(),
          workflowId: v.string(),
          enabled: v.boolean(),
          /** Is its workflow active? */
          active: v.boolean(),
          matches: v.boolean(),
          why: v.optional(v.object({ path: v.string(), expected: v.unknown(), found: v.optional(v.unknown()) })),
        }),
      ),
    }),
    handle: async (api, { token, body }) => {
      const triggers = await api.subscriptions.triggersOf(token.workspace);
      const workflowIds = [...new Set(triggers.map(({ workflowId }) => workflowId))];
      const workflows = await Promise.all(workflowIds.map((id) => api.workflows.findWorkflow(token.workspace, id)));
      const active = workflows.flatMap((workflow) => (workflow?.active ? [workflow.workflowId] : []));
      return { items: testTriggers(triggers, new Set(active), await eventToTest(api, token, body)) };
    },
  }),
];
