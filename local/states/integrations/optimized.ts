import type { AwsCall, Caller, Json } from '../../aws/service.ts';
import { StatesError } from '../asl/errors.ts';
import { taskError } from './task-errors.ts';

export interface ExecutionArns {
  readonly executionArn: string;
  readonly stateMachineArn: string;
}

interface Optimized {
  readonly service: string;
  readonly operation: string;
  /** The prefix of its error names. */
  readonly prefix: string;
  readonly request?: (input: Json, execution: ExecutionArns) => Json;
  readonly result?: (answer: Json) => unknown;
}

/** A field that a workflow gives as JSON and the API takes as text. */
export const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const dynamodb = (operation: string): Optimized => ({ service: 'dynamodb', operation, prefix: 'DynamoDB' });

/** Optimized integrations but Lambda's (https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html), by `resourceType:resource`. */
const OPTIMIZED: Readonly<Record<string, Optimized>> = {
  'dynamodb:getItem': dynamodb('GetItem'),
  'dynamodb:putItem': dynamodb('PutItem'),
  'dynamodb:updateItem': dynamodb('UpdateItem'),
  'dynamodb:deleteItem': dynamodb('DeleteItem'),
  'sqs:sendMessage': {
    service: 'sqs',
    operation: 'SendMessage',
    prefix: 'SQS',
    request: ({ MessageBody, ...input }) => ({ ...input, ...(MessageBody !== undefined && { MessageBody: asText(MessageBody) }) }),
  },
  'events:putEvents': {
    service: 'events',
    operation: 'PutEvents',
    prefix: 'EventBridge',
    request: entries,
    result: refuseFailedEntries,
  },
  'states:startExecution': {
    service: 'states',
    operation: 'StartExecution',
    prefix: 'StepFunctions',
    request: ({ StateMachineArn, Name, Input }) => ({
      stateMachineArn: StateMachineArn,
      ...(Name !== undefined && { name: Name }),
      ...(Input !== undefined && { input: asText(Input) }),
    }),
    result: ({ executionArn, startDate }) => ({
      ExecutionArn: executionArn,
      StartDate: new Date(Number(startDate) * 1000).toISOString(),
    }),
  },
};

/** Runs `arn:aws:states:::<key>`; rejects with `StatesError`. */
export async function callOptimized(
  call: AwsCall,
  caller: Caller,
  key: string,
  input: Json,
  execution: ExecutionArns,
): Promise<unknown> {
  const integration = OPTIMIZED[key];
  if (!integration) throw new StatesError('States.Runtime', `The integration ${key} is not supported locally.`);
  const { service, operation, prefix, request, result } = integration;
  try {
    const answer = await call(service, operation, request ? request(input, execution) : input, caller);
    return result ? result(answer) : answer;
  } catch (error) {
    throw taskError(prefix, error);
  }
}

/** `Detail` may be JSON; the execution's and the state machine's ARNs are added to each entry's `Resources` (https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html). */
function entries({ Entries, ...input }: Json, { executionArn, stateMachineArn }: ExecutionArns): Json {
  if (!Array.isArray(Entries)) return { ...input, Entries };
  const added = Entries.map((entry: Json) => ({
    ...entry,
    ...(entry.Detail !== undefined && { Detail: asText(entry.Detail) }),
    Resources: [...(Array.isArray(entry.Resources) ? entry.Resources : []), executionArn, stateMachineArn],
  }));
  return { ...input, Entries: added };
}

/** A single entry that fails, fails the task (https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html). */
function refuseFailedEntries(answer: Json): Json {
  if (Number(answer.FailedEntryCount ?? 0) > 0) throw new StatesError('EventBridge.FailedEntry', JSON.stringify(answer));
  return answer;
}
