import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { type StartAgain, startAgain } from '../deliveries/replay-delivery.ts';
import { conflict } from '../errors.ts';
import type { Envelope } from '../events/envelope.ts';
import { executionArnOf, isOpen, type Run } from './run.ts';

export interface Rerunner extends StartAgain {
  /** JSON text of an execution's input; undefined when there is no such execution. Raises `Throttled`. */
  readonly executionInput: (executionArn: string) => Promise<string | undefined>;
}

/** What the launcher has made of an event for the workflow. */
const inputSchema = v.object({
  workflow: v.object({
    input: v.object({
      body: v.optional(v.unknown()),
      query: v.optional(v.record(v.string(), v.union([v.string(), v.array(v.string())]))),
      headers: v.optional(v.record(v.string(), v.string())),
      method: v.optional(v.string()),
      eventData: v.optional(v.unknown()),
      params: v.optional(v.unknown()),
    }),
  }),
  event: v.object({
    id: v.string(),
    source: v.string(),
    type: v.string(),
    time: v.string(),
    dataref: v.optional(v.string()),
    datatruncated: v.optional(v.literal(true)),
  }),
});

/**
 * Starts a run's workflow again from the beginning, at its current revision, with what the run was given: a new run, whose replay name tells of the first. Raises
 * 409 for a run that has not ended, or whose execution is gone or never began.
 */
export async function rerun(rerunner: Rerunner, run: Run, now: Date): Promise<{ activityId: string; rerunOf: string }> {
  if (isOpen(run.status)) throw conflict(`The run has not ended; its status is ${run.status}. Cancel it first.`);
  const executionArn = executionArnOf(run);
  const text = executionArn && (await rerunner.executionInput(executionArn));
  if (!text) throw conflict('The run never began, so there is no input to begin with again; replay its delivery instead.');
  const { workflow, event: told } = v.parse(v.pipe(v.string(), v.parseJson(), inputSchema), text);
  const { dataref, datatruncated: _, ...event } = told;
  const { body, eventData, params, query, headers, method } = workflow.input;
  const trigger = { id: run.triggerId, kind: run.triggerKind, workflowId: run.workflowId };
  const envelope: Envelope = {
    specversion: '1.0',
    ...event,
    ...(dataref !== undefined && { dataref, datatruncated: true }),
    datacontenttype: 'application/json',
    data: trigger.kind === 'webhook' ? body : trigger.kind === 'event' ? eventData : params,
    workspace: run.workspace,
    depth: 0,
    trigger,
    ...(query && headers && method !== undefined && { request: { query, headers, method } }),
  };
  const name = `rerun of ${run.activityId} ${randomUUID()}`;
  const happened = { source: event.source, detailType: event.type, detail: JSON.stringify(envelope), eventId: event.id };
  const { workspace } = run;
  const activityId = await startAgain(rerunner, { ...happened, workspace, time: event.time }, trigger, {
    name,
    now,
    rerunOf: run.activityId,
  });
  return { activityId, rerunOf: run.activityId };
}
