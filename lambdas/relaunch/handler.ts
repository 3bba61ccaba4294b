import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { openStates, startExecution } from '../../core/aws/states.ts';
import { relaunch } from '../../core/runs/relaunch.ts';
import { relaunchEnvironment } from './env.ts';

const { LAUNCHER_ARN } = relaunchEnvironment.read();
const states = openStates();
const startLauncher = (input: string) => startExecution(states, LAUNCHER_ARN, input);

/** Messages of the retry queue: each is an input of the launcher. One that fails is given back, and parked after its last time. */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const failed = await relaunch(startLauncher, Records);
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}
