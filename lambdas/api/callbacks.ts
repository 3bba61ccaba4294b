import * as v from 'valibot';
import { type Callback, stateOf } from '../../core/callbacks/callback.ts';
import { urlsOf } from '../../core/callbacks/urls.ts';
import { notFound } from '../../core/errors.ts';
import { listOf, mapPage, pageOf, pageQuery } from './lists.ts';
import { route } from './route.ts';

const callbackView = v.object({
  callbackId: v.string(),
  activityId: v.string(),
  workflowId: v.string(),
  topic: v.string(),
  state: v.picklist(['open', 'succeeded', 'failed', 'expired']),
  /** Does a step of the run wait for it, as far as is known? */
  awaited: v.boolean(),
  approvals: v.object({ needed: v.number(), given: v.number() }),
  createdAt: v.string(),
  expiresAt: v.string(),
  decidedAt: v.optional(v.string()),
  /** While it is open. They are keys: who has one can answer. */
  urls: v.optional(
    v.array(v.object({ approver: v.optional(v.string()), url: v.string(), succeedUrl: v.string(), failUrl: v.string() })),
  ),
});

const viewOf = (callback: Callback, publicUrl: string, now: Date) => {
  const { callbackId, activityId, workflowId, topic, createdAt, expiresAt, decidedAt, taskToken } = callback;
  const state = stateOf(callback, now);
  const given = Object.values(callback.answers).filter(({ status }) => status === 'succeeded').length;
  return {
    callbackId,
    activityId,
    workflowId,
    topic,
    state,
    awaited: taskToken !== undefined && state === 'open',
    approvals: { needed: callback.approvals, given },
    createdAt,
    expiresAt,
    decidedAt,
    ...(state === 'open' && { urls: urlsOf(callback, publicUrl) }),
  };
};

export const callbackRoutes = [
  route({
    method: 'GET',
    path: '/v1/callbacks',
    summary: 'Lists what a run has asked outside, newest first.',
    query: v.strictObject({ ...pageQuery, activityId: v.string() }),
    answer: listOf(callbackView),
    handle: async (api, { token, query, now }) => {
      await api.callbacks.requireRun(token, query.activityId);
      const page = await api.callbacks.list(query.activityId, pageOf(query));
      return mapPage(page, (callback) => viewOf(callback, api.publicUrl, now));
    },
  }),
  route({
    method: 'GET',
    path: '/v1/callbacks/{id}',
    summary: 'Shows a callback with its URLs.',
    answer: callbackView,
    handle: async (api, { token, id, now }) => {
      const callback = await api.callbacks.find(token, id);
      if (!callback) throw notFound('There is no such callback.');
      return viewOf(callback, api.publicUrl, now);
    },
  }),
];
