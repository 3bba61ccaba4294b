import * as v from 'valibot';
import { notFound } from '../../core/errors.ts';
import { nextFire, periodOf } from '../../core/schedules/fire-times.ts';
import { type Schedule, scheduleSchema } from '../../core/schedules/schedule.ts';
import { HTTP_METHODS, type Trigger } from '../../core/triggers/trigger.ts';
import type { Api } from './api.ts';
import { listOf, pageOf, pageQuery } from './lists.ts';
import { route } from './route.ts';

const triggerView = v.object({
  id: v.string(),
  kind: v.picklist(['webhook', 'event', 'schedule']),
  workflowId: v.string(),
  enabled: v.boolean(),
  url: v.optional(v.string()),
  methods: v.optional(v.array(v.picklist(HTTP_METHODS))),
  auth: v.optional(v.picklist(['token', 'none'])),
  source: v.optional(v.string()),
  types: v.optional(v.array(v.string())),
  filter: v.optional(v.record(v.string(), v.unknown())),
  schedule: v.optional(scheduleSchema),
  params: v.optional(v.record(v.string(), v.unknown())),
  /** When a schedule that is enabled, of a workflow that is active, fires next; a rate without a start counts from when it was made, which only the scheduler knows. */
  nextFireAt: v.optional(v.string()),
});

async function viewOf(api: Api, trigger: Trigger, now: Date): Promise<v.InferOutput<typeof triggerView>> {
  const { triggerId: id, workflowId, enabled } = trigger;
  switch (trigger.kind) {
    case 'webhook': {
      const { kind, methods, auth } = trigger;
      return { id, kind, workflowId, enabled, url: `${api.publicUrl}/webhook/${id}`, methods, auth };
    }
    case 'event': {
      const { kind, source, types, filter } = trigger;
      return { id, kind, workflowId, enabled, source, types, filter };
    }
    case 'schedule': {
      const { kind, schedule, params } = trigger;
      const fires = enabled && (await api.workflows.findWorkflow(trigger.workspace, workflowId))?.active === true;
      return { id, kind, workflowId, enabled, schedule, params, nextFireAt: fires ? nextFireAt(schedule, now) : undefined };
    }
  }
}

function nextFireAt(schedule: Schedule, now: Date): string | undefined {
  if (periodOf(schedule.expression) !== undefined && schedule.startsAt === undefined) return undefined;
  const next = nextFire(schedule, now.getTime(), now.getTime());
  return next === undefined ? undefined : new Date(next).toISOString();
}

export const triggerRoutes = [
  route({
    method: 'GET',
    path: '/v1/triggers',
    summary: 'Lists triggers, newest first.',
    query: v.strictObject({ ...pageQuery, workflowId: v.optional(v.string()) }),
    answer: listOf(triggerView),
    handle: async (api, { token, query, now }) => {
      const { items, ...page } = await api.listTriggers(token.workspace, query.workflowId, pageOf(query));
      return { ...page, items: await Promise.all(items.map((trigger) => viewOf(api, trigger, now))) };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/triggers/{id}',
    summary: 'Shows a trigger.',
    answer: triggerView,
    handle: async (api, { token, id, now }) => {
      const trigger = await api.findTrigger(id);
      if (trigger?.workspace !== token.workspace) throw notFound('There is no such trigger.');
      return viewOf(api, trigger, now);
    },
  }),
];
