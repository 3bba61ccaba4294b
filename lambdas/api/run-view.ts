import * as v from 'valibot';
import { withoutSignatures } from '../../core/callbacks/urls.ts';
import { labelsSchema } from '../../core/labels.ts';
import { lineOf } from '../../core/limits/line.ts';
import { parseData } from '../../core/runs/data.ts';
import type { Steps } from '../../core/runs/read-steps.ts';
import { RUN_STATUSES, type Run } from '../../core/runs/run.ts';
import { eventOfRun } from '../../core/runs/run-event.ts';
import { fitAnswer, fittedSteps, stepSchema } from '../../core/runs/step.ts';
import type { Api } from './api.ts';
import { deliveryView, deliveryViewOf, namesFor } from './delivery-view.ts';

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
  /** Of a run that begins another again from the start: that one. */
  rerunOf: v.optional(v.string()),
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

export const runDetailView = v.object({
  ...runView.entries,
  /** The event that it is of, as far as is known. */
  event: v.object({
    id: v.string(),
    source: v.optional(v.string()),
    type: v.optional(v.string()),
    subject: v.optional(v.string()),
    time: v.optional(v.string()),
    /** How many runs led to it, one after another. */
    depth: v.number(),
  }),
  /** The request that became the event, where it was one and is still kept. */
  delivery: v.optional(deliveryView),
  /** What the workflow was given; absent until it has begun, and where its steps cannot be read. */
  input: v.optional(v.unknown()),
  output: v.optional(v.unknown()),
  steps: v.array(stepSchema),
  stepsUnavailable: v.optional(v.literal('throttled')),
});

export const runViewOf = (run: Run) => ({
  activityId: run.activityId,
  workflowId: run.workflowId,
  triggerId: run.triggerId,
  trigger: run.triggerKind,
  status: run.status,
  revision: run.revision,
  replay: run.replayName,
  rerunOf: run.rerunOf,
  labels: run.labels,
  lag: run.lag,
  waitingFor: run.waitsIn === undefined ? undefined : lineOf(run.waitsIn).kind,
  waitsUntil: run.waitsUntil,
  createdAt: run.createdAt,
  startedAt: run.startedAt,
  endedAt: run.endedAt,
  error: run.error,
  cause: run.cause && withoutSignatures(run.cause),
});

/** A run with what caused it, what it was given, what it did and what came of it. */
export async function runDetailOf(api: Api, { run, steps: { steps, input, unavailable } }: { run: Run; steps: Steps }) {
  const found = await api.deliveries.find(run.eventId);
  // The id of an event that others put on the bus is theirs to choose.
  const delivery = found?.workspace === run.workspace ? found : undefined;
  return {
    ...runViewOf(run),
    event: eventOfRun(run, input, delivery),
    ...(delivery && { delivery: deliveryViewOf(delivery, await namesFor(api, delivery)) }),
    input,
    output: parseData(run.output),
    steps: [...fittedSteps(steps, fitAnswer)],
    ...(unavailable && { stepsUnavailable: unavailable }),
  };
}
