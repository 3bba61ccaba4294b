import { AwsError, type Json } from '../aws/service.ts';
import type { Execution, ExecutionStore } from './execution-store.ts';
import type { HistoryStore } from './history-store.ts';
import type { Machine } from './machine-store.ts';
import { redrive } from './status-change.ts';

const INCLUDED = { included: true };

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html */
export function describeExecution(execution: Execution): Json {
  const { input, output, error, cause } = execution;
  const { redriveStatus, redriveStatusReason } = redrive(execution);
  return {
    ...listed(execution),
    input,
    inputDetails: INCLUDED,
    ...(output !== undefined && { output, outputDetails: INCLUDED }),
    ...(error !== undefined && { error }),
    ...(cause !== undefined && { cause }),
    redriveStatus,
    ...(redriveStatusReason !== null && { redriveStatusReason }),
  };
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html */
export const describeMachine = (machine: Machine, definition: string): Json => ({
  stateMachineArn: machine.versionArn ?? machine.arn,
  name: machine.name,
  status: 'ACTIVE',
  definition,
  roleArn: machine.roleArn,
  type: machine.type,
  creationDate: machine.createdAt / 1000,
  revisionId: machine.revision,
});

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html */
export function listExecutions(input: Json, machine: Machine, store: ExecutionStore): Json {
  if (machine.type === 'EXPRESS') throw new AwsError('StateMachineTypeNotSupported', 'Express executions cannot be listed.');
  const limit = pageSize(input.maxResults);
  const found = store.list({
    arn: machine.versionArn ?? machine.arn,
    below: readToken(input.nextToken) ?? Number.MAX_SAFE_INTEGER,
    limit: limit + 1,
    ...(typeof input.statusFilter === 'string' && { status: input.statusFilter }),
  });
  const page = found.slice(0, limit);
  return {
    executions: page.map(({ execution }) => listed(execution)),
    ...(found.length > limit && { nextToken: writeToken(page.at(-1)?.number ?? 0) }),
  };
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html */
export function readHistory(input: Json, execution: Execution, history: HistoryStore): Json {
  const limit = pageSize(input.maxResults);
  const reverse = input.reverseOrder === true;
  const found = history.page(execution.arn, { beyond: readToken(input.nextToken) ?? 0, limit: limit + 1, reverse });
  const page = found.slice(0, limit);
  return {
    events: input.includeExecutionData === false ? page.map(withoutData) : page,
    ...(found.length > limit && { nextToken: writeToken(Number(page.at(-1)?.id)) }),
  };
}

const listed = ({
  arn,
  machineArn,
  versionArn,
  name,
  status,
  startedAt,
  stoppedAt,
  redriveCount,
  redrivenAt,
}: Execution): Json => ({
  executionArn: arn,
  stateMachineArn: machineArn,
  ...(versionArn !== undefined && { stateMachineVersionArn: versionArn }),
  name,
  status,
  startDate: startedAt / 1000,
  ...(stoppedAt !== undefined && { stopDate: stoppedAt / 1000 }),
  redriveCount,
  ...(redrivenAt !== undefined && { redriveDate: redrivenAt / 1000 }),
});

const DATA = ['input', 'inputDetails', 'output', 'outputDetails', 'parameters', 'assignedVariables', 'assignedVariablesDetails'];

function withoutData(event: Json): Json {
  return Object.fromEntries(
    Object.entries(event).map(([key, value]) => {
      if (!key.endsWith('EventDetails') || typeof value !== 'object' || value === null) return [key, value];
      return [key, Object.fromEntries(Object.entries(value).filter(([name]) => !DATA.includes(name)))];
    }),
  );
}

/** 100 when not given or 0, and at most 1,000. */
function pageSize(maxResults: unknown): number {
  const asked = Number(maxResults ?? 0);
  if (!Number.isInteger(asked) || asked < 0 || asked > 1000) {
    throw new AwsError('ValidationException', 'maxResults must be an integer from 0 to 1000.');
  }
  return asked || 100;
}

const writeToken = (position: number): string => Buffer.from(String(position)).toString('base64url');

function readToken(token: unknown): number | undefined {
  if (token === undefined || token === null) return undefined;
  const position = Number(Buffer.from(String(token), 'base64url').toString());
  if (!Number.isSafeInteger(position)) throw new AwsError('InvalidToken', 'The nextToken is not valid.');
  return position;
}
