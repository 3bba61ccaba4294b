import * as v from 'valibot';
import { notFound } from '../../core/errors.ts';
import type { Workflow } from '../../core/workflows/workflow.ts';
import { listOf, mapPage, pageOf, pageQuery } from './lists.ts';
import { route } from './route.ts';

const workflowView = v.object({
  id: v.string(),
  name: v.string(),
  description: v.optional(v.string()),
  active: v.boolean(),
  revision: v.string(),
  triggerIds: v.array(v.string()),
  updatedAt: v.string(),
});

const viewOf = ({ workflowId, name, description, active, revision, triggerIds, updatedAt }: Workflow) => ({
  id: workflowId,
  name,
  description,
  active,
  revision,
  triggerIds,
  updatedAt,
});

export const workflowRoutes = [
  route({
    method: 'GET',
    path: '/v1/workflows',
    summary: 'Lists workflows, newest first.',
    query: v.strictObject(pageQuery),
    answer: listOf(workflowView),
    handle: async (api, { token, query }) => mapPage(await api.listWorkflows(token.workspace, pageOf(query)), viewOf),
  }),
  route({
    method: 'GET',
    path: '/v1/workflows/{id}',
    summary: 'Shows a workflow.',
    answer: workflowView,
    handle: async (api, { token, id }) => {
      const workflow = await api.findWorkflow(token.workspace, id);
      if (!workflow) throw notFound('There is no such workflow.');
      return viewOf(workflow);
    },
  }),
];
