import {
  addAnswer,
  createCallback,
  findCallback,
  setDelivered,
  setTaskToken,
} from '../../../core/callbacks/callback.repository.ts';
import type { TaskEnd } from '../../../core/callbacks/deliver.ts';
import { openTestTable } from '../test-table.ts';

export const RUN = { activityId: 'abcdefghijklmnopqrstuvwxyz-hello', workflowId: 'hello' };

/** The real table code on an in-memory table, beside a Step Functions that knows the task tokens that it is told of. */
export async function openWorld() {
  const { table, close } = await openTestTable();
  const waiting = new Set<string>();
  const ended: { token: string; end: TaskEnd }[] = [];
  const beaten: string[] = [];
  /** When set, Step Functions fails before it takes anything. */
  const outage = { on: false };
  const world = {
    findCallback: (callbackId: string) => findCallback(table, callbackId),
    createCallback: createCallback.bind(undefined, table),
    addAnswer: addAnswer.bind(undefined, table),
    setTaskToken: (callbackId: string, token: string) => setTaskToken(table, callbackId, token),
    setDelivered: (callbackId: string, token: string) => setDelivered(table, callbackId, token),
    async endTask(token: string, end: TaskEnd) {
      if (outage.on) throw new Error('Step Functions does not answer.');
      if (!waiting.delete(token)) return false;
      ended.push({ token, end });
      return true;
    },
    async beatTask(token: string) {
      if (waiting.has(token)) beaten.push(token);
      return waiting.has(token);
    },
  };
  return { ...world, table, close, waiting, ended, beaten, outage };
}

export type World = Awaited<ReturnType<typeof openWorld>>;
