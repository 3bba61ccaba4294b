import type { Callback } from '../core/callbacks/callback.ts';
import { readCallbackRequest } from '../core/callbacks/callback-request.ts';
import { type CallbackOpener, openCallback } from '../core/callbacks/open-callback.ts';
import { urlsOf } from '../core/callbacks/urls.ts';

/** What `definition.resolve` leaves where a definition calls it. */
export const CALLBACKS = `\${millrace.callbacks}`;

/**
 * `${millrace.callbacks}` in a test: opens callbacks as the platform does, and keeps them in memory. Their URLs lead nowhere. What a step
 * waits for is the step's mock, so no task is ever ended here.
 */
export function callbacksInMemory(run: { readonly activityId: string; readonly workflowId: string }, now: Date) {
  const opened = new Map<string, Callback>();
  const opener: CallbackOpener = {
    findCallback: async (callbackId) => opened.get(callbackId),
    createCallback: async (callback) => !opened.has(callback.callbackId) && opened.set(callback.callbackId, callback).size > 0,
    setTaskToken: async (callbackId) => opened.get(callbackId),
    setDelivered: async (callbackId) => opened.get(callbackId),
    endTask: async () => true,
  };
  return async (payload: unknown) => {
    const callback = await openCallback(opener, run, readCallbackRequest(payload), now);
    return { callbackId: callback.callbackId, expiresAt: callback.expiresAt, urls: urlsOf(callback, 'https://millrace.example') };
  };
}
