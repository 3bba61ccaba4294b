import { isUtf8 } from 'node:buffer';
import * as v from 'valibot';
import { readContent, shownBody } from '../../core/deliveries/content.ts';
import { DELIVERY_OUTCOMES, type Delivery, manualChannelOf } from '../../core/deliveries/delivery.ts';
import { replayDelivery } from '../../core/deliveries/replay-delivery.ts';
import { badRequest, notFound } from '../../core/errors.ts';
import type { Token } from '../../core/tokens/token.ts';
import { CLOUDEVENTS_TRIGGER_ID, CUSTOM_TRIGGER_ID } from '../../core/triggers/trigger.ts';
import { requireWorkflow } from '../../core/workflows/change-workflow.ts';
import type { Api } from './api.ts';
import { deliveryView, deliveryViewOf, namesFor } from './delivery-view.ts';
import { listOf, pageOf, pageQuery } from './lists.ts';
import { route } from './route.ts';
import { runView, runViewOf } from './run-view.ts';
import { findOwnSubscription } from './subscriptions.ts';
import { findOwnTrigger } from './triggers.ts';

/** So many lists are read for one page when none is named; each is spread over eight partitions. */
const MOST_CHANNELS = 25;

/** At most one of these is named. */
const from = {
  subscription: v.optional(v.string()),
  triggerId: v.optional(v.string()),
  /** Its webhook triggers, and its runs that are started by hand. */
  workflowId: v.optional(v.string()),
};
type From = v.InferOutput<v.StrictObjectSchema<typeof from, undefined>>;

async function channelsOf(api: Api, token: Token, query: From) {
  const [, ...further] = (['subscription', 'triggerId', 'workflowId'] as const).filter((name) => query[name] !== undefined);
  if (further.length > 0) {
    throw badRequest(
      'Deliveries are listed of a subscription, of a webhook trigger or of a workflow; name one of them.',
      further.map((parameter) => ({ parameter, detail: 'is one too many' })),
    );
  }
  if (query.subscription !== undefined) {
    const { subscriptionId, name } = await findOwnSubscription(api, token, query.subscription);
    return { channelIds: [subscriptionId], names: new Map([[subscriptionId, name]]) };
  }
  if (query.triggerId === CLOUDEVENTS_TRIGGER_ID || query.triggerId === CUSTOM_TRIGGER_ID)
    return { channelIds: [query.triggerId], names: new Map() };
  if (query.triggerId !== undefined) {
    const { triggerId } = await findOwnTrigger(api, token.workspace, query.triggerId);
    return { channelIds: [triggerId], names: new Map() };
  }
  const { store, triggersOf } = api.subscriptions;
  if (query.workflowId !== undefined) {
    const { workflowId } = await requireWorkflow(api.workflows, token.workspace, query.workflowId);
    const own = (await triggersOf(token.workspace)).filter((one) => one.kind === 'webhook' && one.workflowId === workflowId);
    return { channelIds: [manualChannelOf(workflowId), ...own.map(({ triggerId }) => triggerId)], names: new Map() };
  }
  const [subscriptions, triggers] = await Promise.all([
    store.list(token.workspace, undefined, { limit: 100 }),
    triggersOf(token.workspace),
  ]);
  const webhooks = triggers.filter(({ kind }) => kind === 'webhook').map(({ triggerId }) => triggerId);
  const channelIds = [...subscriptions.items.map(({ subscriptionId }) => subscriptionId), ...webhooks];
  if (channelIds.length > MOST_CHANNELS) {
    throw badRequest(
      `There are ${channelIds.length} subscriptions and webhook triggers; name the subscription, triggerId or workflowId whose deliveries to list.`,
    );
  }
  return {
    channelIds: [CLOUDEVENTS_TRIGGER_ID, CUSTOM_TRIGGER_ID, ...channelIds],
    names: new Map(subscriptions.items.map(({ subscriptionId, name }) => [subscriptionId, name])),
  };
}

async function findOwnDelivery(api: Api, token: Token, deliveryId: string): Promise<Delivery> {
  const delivery = await api.deliveries.find(deliveryId);
  if (delivery?.workspace !== token.workspace) throw notFound('There is no such delivery; they are kept for 14 days.');
  return delivery;
}

function contentView({ content }: Delivery) {
  if (!content) return {};
  const { headers, query, body, size } = readContent(content);
  const shown = shownBody(body);
  const isText = isUtf8(shown);
  return {
    headers,
    query,
    body: shown.toString(isText ? 'utf8' : 'base64'),
    ...(!isText && { bodyIsBase64: true }),
    ...(shown.length < size && { bodyTruncated: true, bodySize: size }),
  };
}

export const deliveryRoutes = [
  route({
    method: 'GET',
    path: '/v1/deliveries',
    summary:
      'Lists requests that came in, newest first: of a subscription, a webhook trigger or a workflow, or of all subscriptions and triggers where they are few.',
    query: v.strictObject({
      ...pageQuery,
      ...from,
      outcome: v.optional(v.picklist(DELIVERY_OUTCOMES)),
    }),
    /** `notStored`: requests of the last hour that were refused, counted and not kept, because too many came at once. */
    answer: v.object({ ...listOf(deliveryView).entries, notStored: v.optional(v.number()) }),
    handle: async (api, { token, query, now }) => {
      const { channelIds, names } = await channelsOf(api, token, query);
      const filter = { workspace: token.workspace, channelIds, outcome: query.outcome };
      const isFirst = query.cursor === undefined;
      const [{ items, next }, notStored] = await Promise.all([
        api.deliveries.list(filter, pageOf(query)),
        isFirst ? api.deliveries.countNotStored(channelIds, now) : 0,
      ]);
      return {
        items: items.map((item) => deliveryViewOf(item, names)),
        ...(next !== undefined && { next }),
        ...(notStored > 0 && { notStored }),
      };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/deliveries/{id}',
    summary: 'Shows a request that came in: its headers, the first 4 KB of its body, and the runs it started.',
    answer: v.object({
      ...deliveryView.entries,
      headers: v.optional(v.record(v.string(), v.string())),
      query: v.optional(v.record(v.string(), v.union([v.string(), v.array(v.string())]))),
      body: v.optional(v.string()),
      bodyIsBase64: v.optional(v.boolean()),
      bodyTruncated: v.optional(v.boolean()),
      /** In bytes. */
      bodySize: v.optional(v.number()),
      runs: v.array(runView),
    }),
    handle: async (api, { token, id }) => {
      const delivery = await findOwnDelivery(api, token, id);
      const { eventId, workspace } = delivery;
      const [names, runs] = await Promise.all([
        namesFor(api, delivery),
        eventId === undefined ? [] : api.deliveries.runsOf(workspace, eventId),
      ]);
      return { ...deliveryViewOf(delivery, names), ...contentView(delivery), runs: runs.map(runViewOf) };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/deliveries/{id}/replay',
    summary: 'Runs the event of a request again, in new runs; of inactive workflows too.',
    status: 202,
    body: v.strictObject({
      triggerId: v.optional(v.string()),
      name: v.optional(
        v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(100, 'must have 100 characters at most')),
      ),
    }),
    answer: v.object({ items: v.array(v.object({ activityId: v.string(), triggerId: v.string(), workflowId: v.string() })) }),
    handle: async (api, { token, id, body, now }) => {
      const delivery = await findOwnDelivery(api, token, id);
      return { items: [...(await replayDelivery(api.deliveries, delivery, body, now))] };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/events/{id}/runs',
    summary: 'Lists the runs that an event has started.',
    answer: v.object({ items: v.array(runView) }),
    handle: async (api, { token, id }) => ({ items: (await api.deliveries.runsOf(token.workspace, id)).map(runViewOf) }),
  }),
];
