import { conflict } from '../errors.ts';
import { executionArnOf, type Run } from './run.ts';

/** A run that Step Functions can't go on with: it succeeded, is too old, or has not ended. */
export class NotRedrivable extends Error {
  constructor(cause: unknown) {
    super('The execution cannot be redriven.', { cause });
    this.name = 'NotRedrivable';
  }
}

/**
 * Goes on with a run from the step that failed: the same run, which its status events open again. Raises 409 for one that succeeded, has not ended, or
 * ended more than 14 days ago (https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html).
 */
export async function redrive(redriveExecution: (executionArn: string) => Promise<void>, run: Run): Promise<void> {
  const executionArn = executionArnOf(run);
  if (!['FAILED', 'TIMED_OUT', 'ABORTED'].includes(run.status) || executionArn === undefined || run.startedAt === undefined) {
    throw conflict(`Only a run that began and failed, timed out or was cancelled can go on; its status is ${run.status}.`);
  }
  try {
    await redriveExecution(executionArn);
  } catch (error) {
    if (error instanceof NotRedrivable) {
      throw conflict(
        'Step Functions cannot go on with the run: it is more than 14 days old, or goes on already. Rerun it instead.',
      );
    }
    throw error;
  }
}
