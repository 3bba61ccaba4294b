import {
  InvalidToken,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import type { TaskEnd } from '../callbacks/deliver.ts';

/** Ends a task that waits. False when it no longer does: it was ended before, timed out, or its run ended. */
export function endTask(states: SFNClient, taskToken: string, end: TaskEnd): Promise<boolean> {
  return ifWaiting(() =>
    'output' in end
      ? states.send(new SendTaskSuccessCommand({ taskToken, ...end }))
      : states.send(new SendTaskFailureCommand({ taskToken, ...end })),
  );
}

/** Begins a waiting task's `HeartbeatSeconds` anew. False when it no longer waits. */
export function beatTask(states: SFNClient, taskToken: string): Promise<boolean> {
  return ifWaiting(() => states.send(new SendTaskHeartbeatCommand({ taskToken })));
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html */
async function ifWaiting(send: () => Promise<unknown>): Promise<boolean> {
  try {
    await send();
    return true;
  } catch (error) {
    if (error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken) return false;
    throw error;
  }
}
