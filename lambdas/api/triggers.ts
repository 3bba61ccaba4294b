import * as v from 'valibot';
import { conflict, notFound } from '../../core/errors.ts';
import { placeSchema, verificationSchema } from '../../core/integrations/generic/verification-schema.ts';
import { labelsSchema } from '../../core/labels.ts';
import { nextFire, periodOf } from '../../core/schedules/fire-times.ts';
import { type Schedule, scheduleSchema } from '../../core/schedules/schedule.ts';
import { DEFAULT_OVERLAP_SECONDS, liveVersions } from '../../core/secrets/sealed-secrets.ts';
import { listensTo } from '../../core/subscriptions/listening.ts';
import { createEventTrigger, editEventTrigger } from '../../core/triggers/change-event-trigger.ts';
import { rotateTriggerSecret } from '../../core/triggers/rotate-trigger-secret.ts';
import {
  HTTP_METHODS,
  isOn,
  rateLimitSchema,
  staticResponseSchema,
  type Trigger,
  type TriggerOf,
} from '../../core/triggers/trigger.ts';
import type { Api } from './api.ts';
import { overlapSeconds } from './fields.ts';
import { listOf, pageOf, pageQuery } from './lists.ts';
import { route } from './route.ts';
import { findOwnSubscription } from './subscriptions.ts';

const filter = v.record(v.string(), v.unknown());

export const triggerView = v.object({
  id: v.string(),
  kind: v.picklist(['webhook', 'event', 'schedule']),
  workflowId: v.string(),
  enabled: v.boolean(),
  labels: v.optional(labelsSchema),
  /** Made by this API, not declared in the workflow's folder. */
  atRunTime: v.optional(v.boolean()),
  url: v.optional(v.string()),
  methods: v.optional(v.array(v.picklist(HTTP_METHODS))),
  auth: v.optional(v.picklist(['token', 'none', 'verification'])),
  verification: v.optional(verificationSchema),
  /** Of a trigger with a verification: whether it is set, and until when earlier values count. */
  secret: v.optional(
    v.object({
      set: v.boolean(),
      versions: v.array(v.object({ createdAt: v.string(), expiresAt: v.optional(v.string()) })),
    }),
  ),
  deliveryKey: v.optional(placeSchema),
  allowedIps: v.optional(v.array(v.string())),
  rateLimit: v.optional(rateLimitSchema),
  response: v.optional(v.union([v.literal('wait'), staticResponseSchema])),
  source: v.optional(v.string()),
  subscription: v.optional(v.object({ id: v.optional(v.string()), name: v.string() })),
  types: v.optional(v.array(v.string())),
  filter: v.optional(filter),
  pattern: v.optional(filter),
  schedule: v.optional(scheduleSchema),
  params: v.optional(v.record(v.string(), v.unknown())),
  description: v.optional(v.string()),
  /** Of a schedule, until it is resumed. */
  paused: v.optional(v.boolean()),
  deleteWhenOver: v.optional(v.boolean()),
  /** Of a schedule that will not fire again; one to be deleted then is listed for two days more. */
  over: v.optional(v.literal(true)),
  /** When a schedule that is enabled, of a workflow that is active, fires next; a rate without a start counts from when it was made, which only the scheduler knows. */
  nextFireAt: v.optional(v.string()),
});
type View = v.InferInput<typeof triggerView>;

export async function viewOf(api: Api, trigger: Trigger, now: Date): Promise<View> {
  const { triggerId: id, kind, workflowId, enabled, labels, atRunTime } = trigger;
  const common = { id, kind, workflowId, enabled, labels, atRunTime };
  switch (trigger.kind) {
    case 'webhook':
      return { ...common, ...(await webhookView(api, trigger, now)) };
    case 'event': {
      const { source, pattern, filter, subscription: name, subscriptionId } = trigger;
      const types = pattern === undefined ? trigger.types : undefined;
      const subscription = name === undefined ? undefined : { ...(subscriptionId && { id: subscriptionId }), name };
      return { ...common, source, subscription, types, filter, pattern };
    }
    case 'schedule': {
      const { schedule, params, description, paused, deleteWhenOver } = trigger;
      const fires = isOn(trigger) && (await api.workflows.findWorkflow(trigger.workspace, workflowId))?.active === true;
      const isOver = nextFire(schedule, now.getTime(), now.getTime()) === undefined;
      const said = { ...common, schedule, params, description, paused, deleteWhenOver, ...(isOver && { over: true as const }) };
      return { ...said, nextFireAt: fires ? nextFireAt(schedule, now) : undefined };
    }
  }
}

async function webhookView({ publicUrl, triggerSecrets }: Api, trigger: TriggerOf<'webhook'>, now: Date): Promise<Partial<View>> {
  const { triggerId, methods, auth, verification, deliveryKey, allowedIps, rateLimit, response } = trigger;
  const versions = liveVersions((verification && (await triggerSecrets.find(triggerId))) ?? [], now);
  const secret = verification && {
    set: versions.length > 0,
    versions: versions.map(({ createdAt, expiresAt }) => ({ createdAt, expiresAt })),
  };
  return {
    url: `${publicUrl}/webhook/${triggerId}`,
    methods,
    auth,
    verification,
    secret,
    deliveryKey,
    allowedIps,
    rateLimit,
    response,
  };
}

function nextFireAt(schedule: Schedule, now: Date): string | undefined {
  if (periodOf(schedule.expression) !== undefined && schedule.startsAt === undefined) return undefined;
  const next = nextFire(schedule, now.getTime(), now.getTime());
  return next === undefined ? undefined : new Date(next).toISOString();
}

/** Raises 404, for another workspace's too. */
export async function findOwnTrigger(api: Api, workspace: string, triggerId: string): Promise<Trigger> {
  const trigger = await api.findTrigger(triggerId);
  if (trigger?.workspace !== workspace) throw notFound('There is no such trigger.');
  return trigger;
}

/** DetailType takes 128 characters (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html). */
const types = v.pipe(
  v.array(v.pipe(v.string(), v.minLength(1, 'must not be empty'), v.maxLength(128, 'must have 128 characters at most'))),
  v.minLength(1, 'must name at least one type; * is all of them'),
  v.maxLength(50, 'must name 50 types at most'),
);

export const triggerRoutes = [
  route({
    method: 'GET',
    path: '/v1/triggers',
    summary: 'Lists triggers, newest first; those that listen to a subscription, in one page.',
    query: v.strictObject({ ...pageQuery, workflowId: v.optional(v.string()), subscription: v.optional(v.string()) }),
    answer: listOf(triggerView),
    handle: async (api, { token, query, now }) => {
      const { items, ...page } =
        query.subscription === undefined
          ? await api.listTriggers(token.workspace, { workflowId: query.workflowId }, pageOf(query))
          : { items: await listenersOf(api, await findOwnSubscription(api, token, query.subscription)) };
      return { ...page, items: await Promise.all(items.map((trigger) => viewOf(api, trigger, now))) };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/triggers',
    summary: 'Makes an event trigger: a rule on the bus that starts a workflow.',
    status: 201,
    body: v.strictObject({
      id: v.optional(v.string()),
      workflowId: v.string(),
      /** Its id or its name. */
      subscription: v.string(),
      types,
      filter: v.optional(filter),
      labels: v.optional(labelsSchema),
      enabled: v.optional(v.boolean(), true),
    }),
    answer: triggerView,
    handle: async (api, { token: { workspace }, body, now }) =>
      viewOf(api, await createEventTrigger(api.eventTriggers, { ...body, workspace }, now), now),
  }),
  route({
    method: 'GET',
    path: '/v1/triggers/{id}',
    summary: 'Shows a trigger.',
    answer: triggerView,
    handle: async (api, { token, id, now }) => viewOf(api, await findOwnTrigger(api, token.workspace, id), now),
  }),
  route({
    method: 'PUT',
    path: '/v1/triggers/{id}',
    summary: 'Changes what is given of an event trigger that was made here.',
    body: v.strictObject({
      types: v.optional(types),
      filter: v.optional(filter),
      labels: v.optional(labelsSchema),
      enabled: v.optional(v.boolean()),
    }),
    answer: triggerView,
    handle: async (api, { token, id, body, now }) => {
      const trigger = await findOwnTrigger(api, token.workspace, id);
      return viewOf(api, await editEventTrigger(api.eventTriggers, trigger, body, now), now);
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/triggers/{id}',
    summary: 'Deletes a trigger that was made at run time, and its rule or its schedule.',
    handle: async (api, { token, id }) => {
      await api.removeRunTimeTrigger(await findOwnTrigger(api, token.workspace, id));
      return undefined;
    },
  }),
  route({
    method: 'POST',
    path: '/v1/triggers/{id}/secret',
    summary:
      "Gives a webhook trigger's secret a new value; the earlier one counts for a while. One that is made is never shown again.",
    body: v.strictObject({
      value: v.optional(v.string()),
      overlapSeconds: v.optional(overlapSeconds, DEFAULT_OVERLAP_SECONDS),
    }),
    answer: v.object({ ...triggerView.entries, generated: v.optional(v.string()) }),
    handle: async (api, { token, id, body, now }) => {
      const trigger = await findOwnTrigger(api, token.workspace, id);
      if (trigger.kind !== 'webhook' || !trigger.verification) {
        throw conflict('The trigger has no verification, and so no secret; declare one in its workflow.yaml.');
      }
      const { vault } = api.subscriptions;
      const generated = await rotateTriggerSecret({ ...api.triggerSecrets, vault }, trigger, trigger.verification, body, now);
      return { ...(await viewOf(api, trigger, now)), ...(generated !== undefined && { generated }) };
    },
  }),
];

async function listenersOf(api: Api, subscription: Parameters<typeof listensTo>[1]): Promise<Trigger[]> {
  return (await api.subscriptions.triggersOf(subscription.workspace)).filter((trigger) => listensTo(trigger, subscription));
}
