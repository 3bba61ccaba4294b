import { conflict, notFound, Problem, payloadTooLarge, unavailable } from '../errors.ts';
import { type Answer, type Callback, placeOf, stateOf } from './callback.ts';
import { type Deliverer, deliver } from './deliver.ts';
import { isSigned, type SignedParameters } from './urls.ts';

export interface CallbackAnswerer extends Deliverer {
  readonly findCallback: (callbackId: string) => Promise<Callback | undefined>;
  /** Undefined when another answer came first. */
  readonly addAnswer: (
    callback: Callback,
    added: { place: string; answer: Answer; decision: Answer['status'] | undefined },
  ) => Promise<Callback | undefined>;
  /** False when the task no longer waits. */
  readonly beatTask: (taskToken: string) => Promise<boolean>;
}

/** A callback as the bearer of one of its URLs sees it. */
export interface Asked {
  readonly callback: Callback;
  readonly by: string | undefined;
  /** Of the approver's answer in the callback. */
  readonly place: string;
}

/** All answers together fit into the 256 KiB of a step's output and into one item, and leave room for what is said beside them. */
const MOST_PAYLOAD = 200 * 1024;
/** 32,768 characters: https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html */
const MOST_CAUSE = 32_000;

/** Raises the same 404 for an id that is unknown and for a URL that is not ours, so that it tells nothing about ids. */
export async function findAsked(
  answerer: Pick<CallbackAnswerer, 'findCallback'>,
  callbackId: string,
  parameters: SignedParameters,
): Promise<Asked> {
  const callback = await answerer.findCallback(callbackId);
  const place = callback && placeOf(callback, parameters.by);
  if (!callback || place === undefined || !isSigned(callback, parameters)) {
    throw notFound('There is no such callback, or the URL is not complete; open it exactly as it was sent.');
  }
  return { callback, by: parameters.by, place };
}

/**
 * Takes an answer and, when it decides, ends the step that waits. Gives the callback as it is then; nothing is changed when it raises 409
 * for one that is decided or that this person has answered, 410 for one that expired, 413 for too large a payload. After the answer was
 * taken: 409 when the run no longer waits for it.
 */
export async function answerCallback(
  answerer: CallbackAnswerer,
  { callback, by, place }: Asked,
  { status, payload, now }: { status: Answer['status']; payload: object; now: Date },
): Promise<Callback> {
  const text = JSON.stringify(payload);
  requireFit(text, status, callback);
  const answer: Answer = { ...(by !== undefined && { by }), status, at: now.toISOString(), payload: text };
  const answered = await takeAnswer(answerer, callback, { place, answer });
  if ((await deliver(answerer, answered)) === 'late') {
    throw conflict('The run no longer waits for this answer: it has timed out, was cancelled or has ended.');
  }
  return answered;
}

/** Tries again when another person's answer came between reading and writing, of which there are at most as many as approvers. */
async function takeAnswer(
  answerer: CallbackAnswerer,
  asked: Callback,
  { place, answer }: { place: string; answer: Answer },
): Promise<Callback> {
  let callback = asked;
  for (let attempt = 0; attempt <= (asked.approvers?.length ?? 1); attempt++) {
    requireOpen(callback, place, new Date(answer.at));
    const count = Object.keys(callback.answers).length + 1;
    const decision = answer.status === 'failed' || count >= callback.approvals ? answer.status : undefined;
    const answered = await answerer.addAnswer(callback, { place, answer, decision });
    if (answered) return answered;
    callback = (await answerer.findCallback(callback.callbackId)) ?? callback;
  }
  throw unavailable('Others answer at the same moment; send the answer again.');
}

/** Begins the waiting step's heartbeat anew. Raises 409 and 410 as an answer does, and 409 while no step waits. */
export async function beat(answerer: CallbackAnswerer, { callback, place }: Asked, now: Date): Promise<void> {
  requireOpen(callback, place, now);
  if (callback.taskToken === undefined) throw conflict('No step of the run waits for this callback yet.');
  if (!(await answerer.beatTask(callback.taskToken))) {
    throw conflict('The run no longer waits for this callback: it has timed out, was cancelled or has ended.');
  }
}

/** Raises the 409 or 410 that an answer would get. */
function requireOpen(callback: Callback, place: string, now: Date): void {
  const state = stateOf(callback, now);
  if (state === 'expired') throw gone(`This expired on ${callback.expiresAt} without a decision.`);
  if (state !== 'open')
    throw conflict(`This is decided: it ${state === 'succeeded' ? 'was approved' : 'was declined'} on ${callback.decidedAt}.`);
  const own = callback.answers[place];
  if (own) throw conflict(`This URL's answer was given on ${own.at}; it counts once.`);
}

const gone = (detail: string) => new Problem(410, 'gone', 'Gone', detail);

function requireFit(payload: string, status: Answer['status'], { approvals }: Callback): void {
  const most = Math.min(Math.floor(MOST_PAYLOAD / approvals), status === 'failed' ? MOST_CAUSE : MOST_PAYLOAD);
  if (Buffer.byteLength(payload) <= most) return;
  throw payloadTooLarge(`This payload may have ${most} bytes at most as JSON.`);
}
