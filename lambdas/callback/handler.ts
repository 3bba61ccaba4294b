import { openStates } from '../../core/aws/states.ts';
import { openTable } from '../../core/aws/table.ts';
import { beatTask, endTask } from '../../core/aws/task-answers.ts';
import type { CallbackAnswerer } from '../../core/callbacks/answer-callback.ts';
import { addAnswer, findCallback, setDelivered } from '../../core/callbacks/callback.repository.ts';
import { httpHandler } from '../middleware/http-handler.ts';
import { callbackEnvironment } from './env.ts';
import { respond } from './respond.ts';

const table = openTable(callbackEnvironment.read().TABLE_NAME);
const states = openStates();
const answerer: CallbackAnswerer = {
  findCallback: (callbackId) => findCallback(table, callbackId),
  addAnswer: (callback, added) => addAnswer(table, callback, added),
  setDelivered: (callbackId, taskToken) => setDelivered(table, callbackId, taskToken),
  endTask: (taskToken, end) => endTask(states, taskToken, end),
  beatTask: (taskToken) => beatTask(states, taskToken),
};

/** `ANY /callback/{callbackId}`: what a run has asked, and its answer. */
export const handler = httpHandler(({ pathParameters, rawQueryString, raw }) =>
  respond(answerer, { callbackId: pathParameters?.callbackId ?? '', search: rawQueryString, raw }),
);
