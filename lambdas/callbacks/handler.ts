import * as v from 'valibot';
import { openStates } from '../../core/aws/states.ts';
import { openTable } from '../../core/aws/table.ts';
import { endTask } from '../../core/aws/task-answers.ts';
import { createCallback, findCallback, setDelivered, setTaskToken } from '../../core/callbacks/callback.repository.ts';
import { CallbackRefused, readCallbackRequest } from '../../core/callbacks/callback-request.ts';
import { type CallbackOpener, openCallback } from '../../core/callbacks/open-callback.ts';
import { urlsOf } from '../../core/callbacks/urls.ts';
import { task } from '../../core/tasks/task.ts';
import { callbacksEnvironment } from './env.ts';

const { TABLE_NAME, PUBLIC_URL } = callbacksEnvironment.read();
const table = openTable(TABLE_NAME);
const states = openStates();
const opener: CallbackOpener = {
  findCallback: (callbackId) => findCallback(table, callbackId),
  createCallback: (callback) => createCallback(table, callback),
  setTaskToken: (callbackId, taskToken) => setTaskToken(table, callbackId, taskToken),
  setDelivered: (callbackId, taskToken) => setDelivered(table, callbackId, taskToken),
  endTask: (taskToken, end) => endTask(states, taskToken, end),
};

/** `${millrace.callbacks}`: opens a callback of the run that calls, and with a `token` lets the calling step wait for its decision. */
export const handler = task({ input: v.unknown() }, async (payload, { activityId, workflowId }) => {
  const request = readCallbackRequest(payload);
  if (activityId === undefined || workflowId === undefined) {
    throw new CallbackRefused('InvalidInput', 'Only a run can open a callback, by lambda:invoke in its definition.');
  }
  const callback = await openCallback(opener, { activityId, workflowId }, request, new Date());
  return { callbackId: callback.callbackId, expiresAt: callback.expiresAt, urls: urlsOf(callback, PUBLIC_URL) };
});
