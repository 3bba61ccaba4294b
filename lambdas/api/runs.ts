import * as v from 'valibot';
import { parseOutput } from '../../core/runs/output.ts';
import type { Steps } from '../../core/runs/read-steps.ts';
import { RUN_STATUSES, type Run } from '../../core/runs/run.ts';
import { stepSchema } from '../../core/runs/step.ts';
import { listOf, mapPage, pageOf, pageQuery } from './lists.ts';
import { route } from './route.ts';

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
    }),
    answer: listOf(runView),
    handle: async (api, { token: { workspace }, query }) => {
      const { workflowId, status, triggerId } = query;
      return mapPage(await api.listRuns({ workspace, workflowId, status, triggerId }, pageOf(query)), viewOf);
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
];
