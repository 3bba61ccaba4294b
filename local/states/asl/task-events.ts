import type { StatesError } from './errors.ts';
import type { HistoryEntry } from './journal.ts';
import type { TaskResource } from './resource.ts';

interface TaskEvents {
  scheduled(taskArguments: unknown, timeoutSeconds: number | undefined, heartbeatSeconds: number | undefined): HistoryEntry;
  started(): HistoryEntry;
  /** Of a task that goes on after its service has answered. */
  submitted(answer: unknown): HistoryEntry;
  succeeded(result: unknown): HistoryEntry;
  failed(failure: StatesError): HistoryEntry;
  timedOut(failure: StatesError): HistoryEntry;
}

const WHOLE = { truncated: false };
const REGION = 'us-east-1';

/** A task's history events; a Lambda function named by its ARN has its own kinds (https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html). */
export function taskEvents(task: TaskResource): TaskEvents {
  return task.kind === 'lambda' ? lambdaEvents(task.functionArn) : integrationEvents(task.resourceType, task.resource);
}

const limits = (timeout: number | undefined, heartbeat: number | undefined) => ({
  ...(timeout !== undefined && { timeoutInSeconds: timeout }),
  ...(heartbeat !== undefined && { heartbeatInSeconds: heartbeat }),
});

const lambdaEvents = (resource: string): TaskEvents => ({
  scheduled: (taskArguments, seconds) => ({
    type: 'LambdaFunctionScheduled',
    lambdaFunctionScheduledEventDetails: {
      resource,
      input: JSON.stringify(taskArguments),
      inputDetails: WHOLE,
      ...limits(seconds, undefined),
    },
  }),
  started: () => ({ type: 'LambdaFunctionStarted' }),
  submitted: () => ({ type: 'TaskSubmitted' }),
  succeeded: (result) => ({
    type: 'LambdaFunctionSucceeded',
    lambdaFunctionSucceededEventDetails: { output: JSON.stringify(result), outputDetails: WHOLE },
  }),
  failed: ({ error, cause }) => ({ type: 'LambdaFunctionFailed', lambdaFunctionFailedEventDetails: { error, cause } }),
  timedOut: ({ error, cause }) => ({ type: 'LambdaFunctionTimedOut', lambdaFunctionTimedOutEventDetails: { error, cause } }),
});

const integrationEvents = (resourceType: string, resource: string): TaskEvents => ({
  scheduled: (taskArguments, seconds, heartbeat) => ({
    type: 'TaskScheduled',
    taskScheduledEventDetails: {
      resourceType,
      resource,
      region: REGION,
      parameters: JSON.stringify(taskArguments),
      ...limits(seconds, heartbeat),
    },
  }),
  started: () => ({ type: 'TaskStarted', taskStartedEventDetails: { resourceType, resource } }),
  submitted: (answer) => ({
    type: 'TaskSubmitted',
    taskSubmittedEventDetails: { resourceType, resource, output: JSON.stringify(answer), outputDetails: WHOLE },
  }),
  succeeded: (result) => ({
    type: 'TaskSucceeded',
    taskSucceededEventDetails: { resourceType, resource, output: JSON.stringify(result), outputDetails: WHOLE },
  }),
  failed: ({ error, cause }) => ({ type: 'TaskFailed', taskFailedEventDetails: { resourceType, resource, error, cause } }),
  timedOut: ({ error, cause }) => ({ type: 'TaskTimedOut', taskTimedOutEventDetails: { resourceType, resource, error, cause } }),
});
