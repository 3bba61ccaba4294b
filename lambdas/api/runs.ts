import * as v from 'valibot';
import { labelSchema, labelsSchema } from '../../core/labels.ts';
import { lineOf } from '../../core/limits/line.ts';
import { parseOutput } from '../../core/runs/output.ts';
import type { Steps } from '../../core/runs/read-steps.ts';
import { redrive } from '../../core/runs/redrive.ts';
import { rerun } from '../../core/runs/rerun.ts';
import { RUN_STATUSES, type Run } from '../../core/runs/run.ts';
import { stepSchema } from '../../core/runs/step.ts';
import { startManual } from '../../core/triggers/start-manual.ts';
import { requireWorkflow } from '../../core/workflows/change-workflow.ts';
import { anObject } from './fields.ts';
import { listOf, mapPage, pageOf, pageQuery } from './lists.ts';
import { route } from './route.ts';

/** ISO 8601, in UTC. */
const time = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z$/, 'must be a time such as 2026-03-01T12:00:00Z'),
  v.check((text) => !Number.isNaN(Date.parse(text)), 'must be a time such as 2026-03-01T12:00:00Z'),
  v.transform((text) => new Date(text).toISOString()),
);

export const runView = v.object({
  activityId: v.string(),
  workflowId: v.string(),
  triggerId: v.string(),
  /** The trigger's kind. */
  trigger: v.picklist(['webhook', 'event', 'schedule', 'manual']),
  status: v.picklist(RUN_STATUSES),
  revision: v.optional(v.string()),
  /** Of a run that repeats an event: the name of the replay. */
  replay: v.optional(v.string()),
  labels: v.optional(labelsSchema),
  /** Of a schedule's run: how long after its time, `createdAt`, it was begun, in milliseconds; a flexible window is part of it. */
  lag: v.optional(v.number()),
  /** Of a run that is QUEUED because of a limit of its workflow. */
  waitingFor: v.optional(v.picklist(['concurrency', 'quota'])),
  /** When the quota's next period begins. */
  waitsUntil: v.optional(v.string()),
  createdAt: v.string(),
  startedAt: v.optional(v.string()),
  endedAt: v.optional(v.string()),
  error: v.optional(v.string()),
  cause: v.optional(v.string()),
});

const runDetailView = v.object({
  ...runView.entries,
  output: v.optional(v.unknown()),
  steps: v.array(stepSchema),
  stepsUnavailable: v.optional(v.literal('throttled')),
});

export const viewOf = (run: Run) => ({
  activityId: run.activityId,
  workflowId: run.workflowId,
  triggerId: run.triggerId,
  trigger: run.triggerKind,
  status: run.status,
  revision: run.revision,
  replay: run.replayName,
  labels: run.labels,
  lag: run.lag,
  waitingFor: run.waitsIn === undefined ? undefined : lineOf(run.waitsIn).kind,
  waitsUntil: run.waitsUntil,
  createdAt: run.createdAt,
  startedAt: run.startedAt,
  endedAt: run.endedAt,
  error: run.error,
  cause: run.cause,
});

const detailOf = ({ run, steps: { steps, unavailable } }: { run: Run; steps: Steps }) => ({
  ...viewOf(run),
  output: parseOutput(run.output),
  steps: [...steps],
  ...(unavailable && { stepsUnavailable: unavailable }),
});

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
      return mapPage(await api.listRuns({ workspace, workflowId, status, triggerId, label, since, until }, pageOf(query)), viewOf);
    },
  }),
  route({
    method: 'GET',
    path: '/v1/runs/{id}',
    summary: 'Shows a run with its steps.',
    answer: runDetailView,
    handle: async (api, { token, id, now }) => detailOf(await api.runs.read(token, id, now)),
  }),
  route({
    method: 'DELETE',
    path: '/v1/runs/{id}',
    summary: 'Cancels a run that has not ended.',
    answer: runDetailView,
    handle: async (api, { token, id, now }) => detailOf(await api.runs.cancel(token, id, now)),
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
      const { activityId, duplicate } = await startManual(api.starter, { workflow, params, request, receivedAt: now, token });
      return { activityId, statusUrl: `${api.publicUrl}/webhook/status/${activityId}`, ...(duplicate && { duplicate }) };
    },
  }),
];
