import * as v from 'valibot';
import { notFound } from '../../core/errors.ts';
import { HTTP_METHODS, type Trigger } from '../../core/triggers/trigger.ts';
import { listOf, mapPage, pageOf, pageQuery } from './lists.ts';
import { route } from './route.ts';

const triggerView = v.object({
  id: v.string(),
  kind: v.picklist(['webhook']),
  workflowId: v.string(),
  enabled: v.boolean(),
  url: v.optional(v.string()),
  methods: v.array(v.picklist(HTTP_METHODS)),
  auth: v.picklist(['token', 'none']),
});

const viewOf = ({ triggerId, kind, workflowId, enabled, methods, auth }: Trigger, publicUrl: string) => ({
  id: triggerId,
  kind,
  workflowId,
  enabled,
  url: `${publicUrl}/webhook/${triggerId}`,
  methods,
  auth,
});

export const triggerRoutes = [
  route({
    method: 'GET',
    path: '/v1/triggers',
    summary: 'Lists triggers, newest first.',
    query: v.strictObject({ ...pageQuery, workflowId: v.optional(v.string()) }),
    answer: listOf(triggerView),
    handle: async (api, { token, query }) =>
      mapPage(await api.listTriggers(token.workspace, query.workflowId, pageOf(query)), (trigger) =>
        viewOf(trigger, api.publicUrl),
      ),
  }),
  route({
    method: 'GET',
    path: '/v1/triggers/{id}',
    summary: 'Shows a trigger.',
    answer: triggerView,
    handle: async (api, { token, id }) => {
      const trigger = await api.findTrigger(id);
      if (trigger?.workspace !== token.workspace) throw notFound('There is no such trigger.');
      return viewOf(trigger, api.publicUrl);
    },
  }),
];
