import type { CloudEventsAnswer } from '../../core/cloudevents/receive-cloud-events.ts';
import { Problem } from '../../core/errors.ts';
import type { HookAnswer } from '../../core/subscriptions/receive-hook.ts';
import type { AcceptedWebhook } from '../../core/triggers/receive-webhook.ts';
import { type HttpResult, json } from '../middleware/http-handler.ts';

/**
 * 202 with the run's id and where to ask for it; or the trigger's own answer; or what became of the run, where the sender waited: 200 with its output.
 * Raises 500 for one that ended otherwise.
 */
export function runAnswer(publicUrl: string, { activityId, duplicate, response, ended }: AcceptedWebhook): HttpResult {
  if (response) return { statusCode: response.status, headers: response.headers, body: response.body ?? '' };
  const statusUrl = `${publicUrl}/webhook/status/${activityId}`;
  const headers = { 'x-millrace-activity-id': activityId, location: statusUrl };
  if (ended && ended.status !== 'SUCCEEDED') throw runFailed(activityId, ended.status, ended.error);
  // One too large to keep with the run is read where the status is.
  if (ended?.output !== undefined) return { ...json(200, null, headers), body: ended.output };
  return json(202, { activityId, statusUrl, ...(duplicate && { duplicate }) }, { location: statusUrl });
}

/** What the provider expects; the event's id where it reads no body of ours, for the person who looks at its delivery log. */
export function hookAnswer({ status, headers, body, eventId, duplicate }: HookAnswer): HttpResult {
  if (body !== undefined || status === 204) return { statusCode: status, headers: { ...headers }, body: body ?? '' };
  return json(status, { ...(eventId && { eventId }), ...(duplicate && { duplicate }) }, { ...headers });
}

/** 202 with the event's id, or those of a batch in its order; 200 with the terms that answer a handshake. */
export function eventsAnswer(answer: CloudEventsAnswer): HttpResult {
  if ('terms' in answer) return { statusCode: 200, headers: { ...answer.terms }, body: '' };
  const [single] = answer.accepted;
  return json(202, answer.isBatch || !single ? { events: answer.accepted } : single);
}

const runFailed = (activityId: string, status: string, error = 'no error') =>
  new Problem(500, 'run-failed', 'Run failed', `The run ${activityId} ended as ${status} with ${error}; its status has the rest.`);
