import type { AwsCall, Caller, Json } from '../../aws/service.ts';
import { StatesError } from '../asl/errors.ts';
import { taskError } from './task-errors.ts';

/**
 * The result of `startExecution.sync` or `.sync:2` for an execution that has ended: its description, with input and output as text or,
 * in `.sync:2`, as JSON (https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html). Rejects with `StatesError`:
 * `States.TaskFailed`, whose cause is the description, when the execution did not succeed.
 */
export async function nestedResult(call: AwsCall, caller: Caller, executionArn: string, asJson: boolean): Promise<unknown> {
  const described = await call('states', 'DescribeExecution', { executionArn }, caller).catch((error: unknown) => {
    throw taskError('StepFunctions', error);
  });
  const result = Object.fromEntries(Object.entries(described).map(([key, value]) => [capital(key), shaped(key, value, asJson)]));
  if (described.status !== 'SUCCEEDED') throw new StatesError('States.TaskFailed', JSON.stringify(result));
  return result;
}

const capital = (key: string): string => `${key.charAt(0).toUpperCase()}${key.slice(1)}`;

/** Times are in milliseconds. */
function shaped(key: string, value: unknown, asJson: boolean): unknown {
  if (key.endsWith('Date')) return Number(value) * 1000;
  if (key.endsWith('Details')) return { Included: (value as Json).included };
  return asJson && (key === 'input' || key === 'output') ? JSON.parse(String(value)) : value;
}
