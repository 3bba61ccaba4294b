import * as v from 'valibot';
import { labelsSchema } from '../../core/labels.ts';
import { limitsSchema } from '../../core/limits/limits.ts';
import { changeActive, changeRevision, requireWorkflow } from '../../core/workflows/change-workflow.ts';
import type { Workflow } from '../../core/workflows/workflow.ts';
import { listOf, mapPage, pageOf, pageQuery } from './lists.ts';
import { route } from './route.ts';

const workflowView = v.object({
  id: v.string(),
  name: v.string(),
  description: v.optional(v.string()),
  labels: v.optional(labelsSchema),
  limits: v.optional(limitsSchema),
  active: v.boolean(),
  revision: v.string(),
  stateMachineArn: v.string(),
  triggerIds: v.array(v.string()),
  updatedAt: v.string(),
});

const viewOf = (workflow: Workflow) => {
  const { workflowId, name, description, labels, limits, active, revision, stateMachineArn, triggerIds, updatedAt } = workflow;
  return { id: workflowId, name, description, labels, limits, active, revision, stateMachineArn, triggerIds, updatedAt };
};

const revisionView = v.object({
  revision: v.string(),
  createdAt: v.string(),
  /** Is it the one that new runs start? */
  current: v.boolean(),
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
    handle: async (api, { token, id }) => viewOf(await requireWorkflow(api.workflows, token.workspace, id)),
  }),
  route({
    method: 'GET',
    path: '/v1/workflows/{id}/revisions',
    summary: 'Lists the revisions of a workflow that can be gone back to, newest first: at most ten.',
    answer: listOf(revisionView),
    handle: async (api, { token, id }) => {
      const { revisions, stateMachineVersionArn: current } = await requireWorkflow(api.workflows, token.workspace, id);
      return {
        items: revisions.map(({ revision, createdAt, stateMachineVersionArn }) => ({
          revision,
          createdAt,
          current: stateMachineVersionArn === current,
        })),
      };
    },
  }),
  route({
    method: 'PUT',
    path: '/v1/workflows/{id}/revision',
    summary: 'Lets new runs start another of the revisions that are kept.',
    body: v.strictObject({ revision: v.string() }),
    answer: workflowView,
    handle: async (api, { token: { workspace }, id: workflowId, body, now }) =>
      viewOf(await changeRevision(api.workflows, { workspace, workflowId }, body.revision, now)),
  }),
  route({
    method: 'PUT',
    path: '/v1/workflows/{id}/active',
    summary: 'Makes a workflow active or inactive, and its rules and schedules with it.',
    body: v.strictObject({ active: v.boolean() }),
    answer: workflowView,
    handle: async (api, { token: { workspace }, id: workflowId, body, now }) => {
      const workflow = await changeActive(api.workflows, { workspace, workflowId }, body.active, now);
      const type = body.active ? 'workflow.activated' : 'workflow.deactivated';
      await api.announce({
        workspace,
        type,
        subject: workflowId,
        key: workflow.updatedAt,
        time: now,
        data: { workflowId },
        depth: 0,
      });
      return viewOf(workflow);
    },
  }),
];
