import type { HistoryEntry } from './asl/journal.ts';
import type { Ending, Execution } from './execution-store.ts';

const WHOLE = { truncated: false };

/** The events of a whole execution (https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html). */
export const startedEvent = ({ input, roleArn, versionArn }: Execution): HistoryEntry => ({
  type: 'ExecutionStarted',
  executionStartedEventDetails: {
    input,
    inputDetails: WHOLE,
    roleArn,
    ...(versionArn !== undefined && { stateMachineVersionArn: versionArn }),
  },
});

export const redrivenEvent = (redriveCount: number): HistoryEntry => ({
  type: 'ExecutionRedriven',
  executionRedrivenEventDetails: { redriveCount },
});

const ENDED = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', TIMED_OUT: 'TimedOut', ABORTED: 'Aborted' } as const;

export function endedEvent({ status, output, error, cause }: Ending): HistoryEntry {
  const details = {
    ...(output !== undefined && { output, outputDetails: WHOLE }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
  };
  return { type: `Execution${ENDED[status]}`, [`execution${ENDED[status]}EventDetails`]: details };
}
