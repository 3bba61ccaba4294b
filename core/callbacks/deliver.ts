import { parseJsonText } from '../events/json-text.ts';
import type { Answer, Callback } from './callback.ts';

/** How a task that waits for its token ends: its output as JSON text, or a failure. */
export type TaskEnd = { readonly output: string } | { readonly error: string; readonly cause: string };

/** What brings a decision to the step that waits for it. */
export interface Deliverer {
  /** False when the task no longer waits. */
  readonly endTask: (taskToken: string, end: TaskEnd) => Promise<boolean>;
  /** Undefined when that was noted before, or another task waits by now. */
  readonly setDelivered: (callbackId: string, taskToken: string) => Promise<Callback | undefined>;
}

/**
 * Brings the decision to the task that waits, unless it has it. Whoever finds one that was not brought does it again: a crash between the
 * decision and this heals so. `late` when the task had stopped waiting before.
 */
export async function deliver(deliverer: Deliverer, callback: Callback): Promise<'delivered' | 'late' | 'nothing to do'> {
  const { callbackId, decision, taskToken, deliveredTo } = callback;
  if (!decision || taskToken === undefined || deliveredTo === taskToken) return 'nothing to do';
  const isTaken = await deliverer.endTask(taskToken, endOf(callback));
  const isFirst = (await deliverer.setDelivered(callbackId, taskToken)) !== undefined;
  if (isTaken) return 'delivered';
  return isFirst ? 'late' : 'nothing to do';
}

/** How the step ends that waited for this decided callback. */
function endOf(callback: Callback): TaskEnd {
  const answers = Object.values(callback.answers).toSorted((one, other) => (one.at < other.at ? -1 : 1));
  const failed = answers.find(({ status }) => status === 'failed');
  if (failed) return { error: 'Millrace.CallbackFailed', cause: JSON.stringify(outputOf(failed)) };
  const [only] = answers;
  if (callback.approvals === 1 && only) return { output: JSON.stringify(outputOf(only)) };
  return { output: JSON.stringify({ approvals: answers.map(approvalOf) }) };
}

const approvalOf = ({ by, at, payload }: Answer) => ({ by, at, payload: objectIn(payload) });

/** The payload, or what is known of the answer where there is none. Who it is from is ours to say: a payload cannot name another. */
function outputOf({ by, status, at, payload }: Answer): object {
  const given = objectIn(payload);
  const isEmpty = Object.keys(given).length === 0;
  return { ...(isEmpty ? { status, at } : given), ...(by !== undefined && { by }) };
}

/** With every digit of its numbers. */
const objectIn = (payload: string) => parseJsonText(Buffer.from(payload)) as object;
