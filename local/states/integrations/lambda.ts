import type { AwsCall, Caller, Json } from '../../aws/service.ts';
import { StatesError } from '../asl/errors.ts';
import { taskError } from './task-errors.ts';

/** What the optimized integration and a plain function ARN share: the call, and what a function's own error becomes. */
async function invoke(call: AwsCall, caller: Caller, input: Json): Promise<Json & { Payload: unknown }> {
  let answer: Json;
  try {
    answer = await call('lambda', 'Invoke', input, caller);
  } catch (error) {
    throw taskError('Lambda', error);
  }
  const text = payloadText(answer.Payload);
  if (answer.FunctionError !== undefined) throw functionError(text);
  return { ...answer, Payload: parsed(text) };
}

/** The task of a function's ARN: its result is what the function returned (https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html). */
export async function invokeFunction(call: AwsCall, caller: Caller, functionArn: string, payload: unknown): Promise<unknown> {
  return (await invoke(call, caller, { FunctionName: functionArn, Payload: JSON.stringify(payload) })).Payload;
}

/** `arn:aws:states:::lambda:invoke`: its result holds the response's metadata too (https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html). */
export async function invokeIntegration(call: AwsCall, caller: Caller, { Payload, ...input }: Json): Promise<unknown> {
  const request = { ...input, ...(Payload !== undefined && { Payload: JSON.stringify(Payload) }) };
  const { ExecutedVersion = '$LATEST', StatusCode = 200, Payload: result } = await invoke(call, caller, request);
  return { ExecutedVersion, Payload: result, StatusCode };
}

/** The error's name is the payload's `errorType`, its cause the payload; without a name it is `Lambda.Unknown` (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html). */
function functionError(text: string): StatesError {
  const payload = parsed(text);
  const { errorType } = typeof payload === 'object' && payload !== null ? (payload as Json) : {};
  return new StatesError(typeof errorType === 'string' && errorType ? errorType : 'Lambda.Unknown', text);
}

function payloadText(payload: unknown): string {
  if (payload instanceof Uint8Array) return Buffer.from(payload).toString('utf8');
  if (typeof payload === 'string') return payload;
  return payload === undefined ? '' : JSON.stringify(payload);
}

function parsed(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
