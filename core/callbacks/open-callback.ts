import { type Callback, callbackIdOf, stateOf } from './callback.ts';
import { CallbackRefused, type CallbackRequest } from './callback-request.ts';
import { type Deliverer, deliver } from './deliver.ts';
import { newSigningKey } from './urls.ts';

const DEFAULT_SECONDS = 7 * 86_400;

export interface CallbackOpener extends Deliverer {
  readonly findCallback: (callbackId: string) => Promise<Callback | undefined>;
  readonly createCallback: (callback: Callback) => Promise<boolean>;
  readonly setTaskToken: (callbackId: string, taskToken: string) => Promise<Callback | undefined>;
}

/** The run that asks, as the platform says it: a step cannot name another. */
interface AskingRun {
  readonly activityId: string;
  readonly workflowId: string;
}

/**
 * Opens a run's callback, or finds the one that the run has opened for the topic: what a step leaves out is then as it was opened. With a
 * task token that task waits for the decision, which counts at once if there is one.
 *
 * Raises `CallbackRefused`: `InvalidInput` for what differs from how the topic was opened, `Millrace.CallbackExpired` for waiting where
 * nobody can answer any more.
 */
export async function openCallback(opener: CallbackOpener, run: AskingRun, request: CallbackRequest, now: Date): Promise<Callback> {
  const fresh = newCallback(run, request, now);
  const opened = (await opener.createCallback(fresh)) ? fresh : await opener.findCallback(fresh.callbackId);
  // One that expired long ago and was forgotten between the two calls.
  if (!opened) throw expired(request.topic);
  requireSame(opened, request);
  if (request.token === undefined) return opened;

  if (stateOf(opened, now) === 'expired') throw expired(request.topic);
  const waiting = await opener.setTaskToken(opened.callbackId, request.token);
  if (!waiting) throw expired(request.topic);
  await deliver(opener, waiting);
  return waiting;
}

function newCallback({ activityId, workflowId }: AskingRun, request: CallbackRequest, now: Date): Callback {
  const { topic, approvals = 1, approvers, expires: expiresIn = DEFAULT_SECONDS } = request;
  // URLs tell whole seconds, so that is what counts everywhere.
  const end = Math.ceil(now.getTime() / 1000) + expiresIn;
  return {
    callbackId: callbackIdOf(activityId, topic),
    activityId,
    workflowId,
    topic,
    approvals,
    ...(approvers && { approvers }),
    createdAt: now.toISOString(),
    expiresIn,
    expiresAt: new Date(end * 1000).toISOString(),
    key: newSigningKey(),
    answers: {},
  };
}

/** Else one step would take for two people's approval what another has asked one for. */
function requireSame(opened: Callback, { topic, approvals, approvers, expires }: CallbackRequest): void {
  const differing = [
    ...(approvals !== undefined && approvals !== opened.approvals ? ['approvals'] : []),
    ...(approvers !== undefined && JSON.stringify(approvers) !== JSON.stringify(opened.approvers) ? ['approvers'] : []),
    ...(expires !== undefined && expires !== opened.expiresIn ? ['expires'] : []),
  ];
  if (differing.length === 0) return;
  const message = `The run has opened the topic ${JSON.stringify(topic)} with other ${differing.join(' and ')}; leave them out, or use another topic.`;
  throw new CallbackRefused('InvalidInput', message);
}

const expired = (topic: string) =>
  new CallbackRefused('Millrace.CallbackExpired', `The callback for ${JSON.stringify(topic)} has expired without an answer.`);
