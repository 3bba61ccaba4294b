import * as v from 'valibot';
import { anObject } from '../../core/an-object.ts';
import { labelSchema } from '../../core/labels.ts';
import { redrive } from '../../core/runs/redrive.ts';
import { rerun } from '../../core/runs/rerun.ts';
import { RUN_STATUSES } from '../../core/runs/run.ts';
import { startManual } from '../../core/triggers/start-manual.ts';
import { requireWorkflow } from '../../core/workflows/change-workflow.ts';
import { listOf, mapPage, pageOf, pageQuery } from './lists.ts';
import { route } from './route.ts';
import { runDetailOf, runDetailView, runView, runViewOf } from './run-view.ts';

/** ISO 8601, in UTC. */
const time = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z$/, 'must be a time such as 2026-03-01T12:00:00Z'),
  v.check((text) => !Number.isNaN(Date.parse(text)), 'must be a time such as 2026-03-01T12:00:00Z'),
  v.transform((text) => new Date(text).toISOString()),
);

export const runRoutes = [
  route({
    method: 'GET',
    path: '/v1/runs',
    summary: 'Lists runs, newest first.',
    query: v.strictObject({
      ...pageQuery,
      workflowId: v.optional(v.string()),
      status: v.optional(v.picklist(RUN_STATUSES)),
      triggerId: v.optional(v.string()),
      label: v.optional(labelSchema),
      /** Not created before this time. */
      since: v.optional(time),
      /** Created before this time. */
      until: v.optional(time),
    }),
    answer: listOf(runView),
    handle: async (api, { token: { workspace }, query }) => {
      const { workflowId, status, triggerId, label, since, until } = query;
      return mapPage(
        await api.listRuns({ workspace, workflowId, status, triggerId, label, since, until }, pageOf(query)),
        runViewOf,
      );
    },
  }),
  route({
    method: 'GET',
    path: '/v1/runs/{id}',
    summary:
      'Shows a run with what caused it, its steps, and the inputs and outputs of both, without the signatures of callback URLs.',
    answer: runDetailView,
    handle: async (api, { token, id, now }) => runDetailOf(api, await api.runs.read(token, id, now)),
  }),
  route({
    method: 'DELETE',
    path: '/v1/runs/{id}',
    summary: 'Cancels a run that has not ended.',
    answer: runDetailView,
    handle: async (api, { token, id, now }) => runDetailOf(api, await api.runs.cancel(token, id, now)),
  }),
  route({
    method: 'POST',
    path: '/v1/runs/{id}/rerun',
    summary: "Starts a run's workflow again from the beginning, as a new run.",
    status: 202,
    answer: v.object({ activityId: v.string(), rerunOf: v.string() }),
    handle: async (api, { token, id, now }) => rerun(api.rerunner, (await api.runs.read(token, id, now)).run, now),
  }),
  route({
    method: 'POST',
    path: '/v1/runs/{id}/redrive',
    summary: 'Goes on with a run from the step that failed: the same run.',
    status: 202,
    answer: v.object({ activityId: v.string() }),
    handle: async (api, { token, id, now }) => {
      await redrive(api.redriveExecution, (await api.runs.read(token, id, now)).run);
      return { activityId: id };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/workflows/{id}/runs',
    summary: 'Starts a workflow by hand, once for each Idempotency-Key.',
    status: 202,
    body: v.strictObject({ params: v.optional(anObject, {}) }),
    answer: v.object({ activityId: v.string(), statusUrl: v.string(), duplicate: v.optional(v.boolean()) }),
    headers: ({ statusUrl }) => ({ location: statusUrl }),
    handle: async (api, { token, id, body: { params }, request, now }) => {
      const workflow = await requireWorkflow(api.workflows, token.workspace, id);
      const { activityId, duplicate } = await startManual(api.starter, {
        ...{ workflow, params, request, token },
        paramsAt: '/params',
        receivedAt: now,
      });
      return { activityId, statusUrl: `${api.publicUrl}/webhook/status/${activityId}`, ...(duplicate && { duplicate }) };
    },
  }),
];
