import * as v from 'valibot';
import { anObject } from '../../core/an-object.ts';
import { notFound } from '../../core/errors.ts';
import { labelSchema, labelsSchema } from '../../core/labels.ts';
import { createSchedule, editSchedule, pauseSchedule, removeSchedule } from '../../core/triggers/change-schedule.ts';
import type { Trigger } from '../../core/triggers/trigger.ts';
import type { Api } from './api.ts';
import { listOf, pageOf, pageQuery } from './lists.ts';
import { route } from './route.ts';
import { findOwnTrigger, triggerView, viewOf } from './triggers.ts';

const time = v.optional(v.nullable(v.string()));

/** The texts are read by `readSchedule`, which says what is wrong with each. */
const timing = {
  cron: v.optional(v.string()),
  rate: v.optional(v.string()),
  at: v.optional(v.string()),
  timezone: v.optional(v.string()),
  start: time,
  end: time,
  window: time,
  params: v.optional(anObject),
  labels: v.optional(labelsSchema),
  description: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(512, 'must have 512 characters at most')))),
  deleteWhenOver: v.optional(v.boolean()),
};

async function findOwnSchedule(api: Api, workspace: string, triggerId: string): Promise<Trigger> {
  const trigger = await findOwnTrigger(api, workspace, triggerId);
  if (trigger.kind !== 'schedule') throw notFound('There is no such schedule.');
  return trigger;
}

export const scheduleRoutes = [
  route({
    method: 'GET',
    path: '/v1/schedules',
    summary: 'Lists schedules, newest first.',
    query: v.strictObject({ ...pageQuery, workflowId: v.optional(v.string()), label: v.optional(labelSchema) }),
    answer: listOf(triggerView),
    handle: async (api, { token, query: { workflowId, label, ...query }, now }) => {
      const { items, ...page } = await api.listTriggers(token.workspace, { workflowId, label, kind: 'schedule' }, pageOf(query));
      return { ...page, items: await Promise.all(items.map((trigger) => viewOf(api, trigger, now))) };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/schedules',
    summary: 'Makes a schedule that starts a workflow.',
    status: 201,
    body: v.strictObject({ ...timing, id: v.optional(v.string()), workflowId: v.string(), paused: v.optional(v.boolean()) }),
    answer: triggerView,
    handle: async (api, { token: { workspace }, body, now }) =>
      viewOf(api, await createSchedule(api.scheduleTriggers, { ...body, workspace }, now), now),
  }),
  route({
    method: 'GET',
    path: '/v1/schedules/{id}',
    summary: 'Shows a schedule.',
    answer: triggerView,
    handle: async (api, { token, id, now }) => viewOf(api, await findOwnSchedule(api, token.workspace, id), now),
  }),
  route({
    method: 'PUT',
    path: '/v1/schedules/{id}',
    summary: 'Changes what is given of a schedule that was made here.',
    body: v.strictObject(timing),
    answer: triggerView,
    handle: async (api, { token, id, body, now }) => {
      const trigger = await findOwnSchedule(api, token.workspace, id);
      return viewOf(api, await editSchedule(api.scheduleTriggers, trigger, body, now), now);
    },
  }),
  route({
    method: 'PUT',
    path: '/v1/schedules/{id}/paused',
    summary: 'Pauses a schedule, declared ones too, or lets it go on.',
    body: v.strictObject({ paused: v.boolean() }),
    answer: triggerView,
    handle: async (api, { token, id, body: { paused }, now }) => {
      const trigger = await findOwnSchedule(api, token.workspace, id);
      return viewOf(api, await pauseSchedule(api.scheduleTriggers, trigger, paused), now);
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/schedules/{id}',
    summary: 'Deletes a schedule that was made here.',
    handle: async (api, { token, id }) => {
      await removeSchedule(api.scheduleTriggers, await findOwnSchedule(api, token.workspace, id));
      return undefined;
    },
  }),
];
