import { answerCallback, beat, type CallbackAnswerer, findAsked } from '../../core/callbacks/answer-callback.ts';
import { stateOf } from '../../core/callbacks/callback.ts';
import { deliver } from '../../core/callbacks/deliver.ts';
import { badRequest, methodNotAllowed, Problem } from '../../core/errors.ts';
import { type HttpResult, json } from '../middleware/http-handler.ts';
import type { RawRequest } from '../middleware/raw-request.ts';
import { messagePage, outcomePage, questionPage } from './page.ts';
import { isBrowser, readPayload, signedParametersOf, statusOf } from './request.ts';

export interface CallbackCall {
  readonly callbackId: string;
  /** The URL's query as it came. */
  readonly search: string;
  readonly raw: RawRequest;
}

/** Answers `GET` with a page that changes nothing, and `POST` by taking an answer; problems as a page for whoever reads pages. */
export async function respond(answerer: CallbackAnswerer, call: CallbackCall): Promise<HttpResult> {
  try {
    const { method } = call.raw;
    if (method === 'GET') return await show(answerer, call);
    if (method === 'POST') return await take(answerer, call);
    throw methodNotAllowed(method, ['GET', 'POST']);
  } catch (error) {
    if (error instanceof Problem && isBrowser(call.raw)) return messagePage(error.status, error.title, error.message);
    throw error;
  }
}

async function show(answerer: CallbackAnswerer, { callbackId, search, raw }: CallbackCall): Promise<HttpResult> {
  const status = statusOf(raw);
  const { callback, by, place } = await findAsked(answerer, callbackId, signedParametersOf(raw));
  await deliver(answerer, callback);
  const isAsked = stateOf(callback, raw.receivedAt) === 'open' && !callback.answers[place];
  if (!isAsked) return outcomePage(callback, by, raw.receivedAt);
  return questionPage(callback, by, search, status);
}

async function take(answerer: CallbackAnswerer, { callbackId, raw }: CallbackCall): Promise<HttpResult> {
  const status = statusOf(raw);
  const now = raw.receivedAt;
  const asked = await findAsked(answerer, callbackId, signedParametersOf(raw));
  if (status === undefined) {
    throw badRequest('Say what the answer is: add status=succeeded or status=failed to the URL.', [
      { parameter: 'status', detail: 'is missing' },
    ]);
  }
  if (status === 'heartbeat') {
    await beat(answerer, asked, now);
    return { statusCode: 204 };
  }
  // One that was decided, and the run not told, is told now.
  await deliver(answerer, asked.callback);
  const callback = await answerCallback(answerer, asked, { status, payload: await readPayload(raw), now });
  if (isBrowser(raw)) return outcomePage(callback, asked.by, now);
  const { topic, approvals, answers, decision } = callback;
  const given = Object.keys(answers).length;
  return json(
    200,
    { callbackId, topic, status, state: decision ?? 'open', approvals: { needed: approvals, given } },
    { 'cache-control': 'no-store' },
  );
}
