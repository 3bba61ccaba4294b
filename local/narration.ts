import * as v from 'valibot';
import { TRIGGER_ID } from '../core/triggers/trigger.ts';
import type { ServiceEvent } from './bus/bus.ts';
import type { Delivered } from './http-api/gateway.ts';

const answerSchema = v.object({
  activityId: v.optional(v.string()),
  duplicate: v.optional(v.boolean()),
  detail: v.optional(v.string()),
});

/** One line for a delivery, from what it was answered; undefined for requests that only ask. */
export function describeRequest(request: Delivered): string | undefined {
  const { routeKey, pathParameters, status, durationMs } = request;
  if (!/ \/webhook\/(\{triggerId\}|payload)$/.test(routeKey)) return undefined;
  const { triggerId = 'payload' } = pathParameters;
  // A path may hold anything, line breaks and terminal codes too; only what can be an id is printed.
  const channel = TRIGGER_ID.test(triggerId) ? triggerId : '(no trigger id)';
  const { activityId, duplicate, detail } = readAnswer(request.response?.body);
  const outcome =
    activityId === undefined ? `rejected: ${detail ?? 'no reason given'}` : `${duplicate ? 'duplicate' : 'accepted'} ${activityId}`;
  return `delivery ${channel} ${status} ${outcome} (${Math.round(durationMs)} ms)`;
}

function readAnswer(body: Buffer | undefined): v.InferOutput<typeof answerSchema> {
  try {
    return v.parse(answerSchema, JSON.parse(String(body)));
  } catch {
    return {};
  }
}

const statusChangeSchema = v.object({
  name: v.string(),
  status: v.string(),
  startDate: v.number(),
  stopDate: v.nullish(v.number()),
  error: v.nullish(v.string()),
});

/** One line for a run that began or ended; undefined for any other event. */
export function describeStatusChange(event: ServiceEvent): string | undefined {
  if (event.source !== 'aws.states') return undefined;
  const { name, status, startDate, stopDate, error } = v.parse(statusChangeSchema, event.detail);
  const took = stopDate ? ` after ${((stopDate - startDate) / 1000).toFixed(1)} s` : '';
  return `run ${name} ${status}${took}${error ? `: ${error}` : ''}`;
}
