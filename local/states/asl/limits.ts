import { StatesError } from './errors.ts';

/** The longest input or output of a state, task or execution, as UTF-8 JSON text, and of one assignment (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html). */
export const DATA_LIMIT = 262_144;

/** All variables that an execution keeps (https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html). */
const VARIABLES_LIMIT = 10 * 1024 * 1024;

export function withinDataLimit(text: string): boolean {
  // A UTF-16 code unit takes one to three bytes, so most texts are decided without counting.
  return text.length * 3 <= DATA_LIMIT || (text.length <= DATA_LIMIT && Buffer.byteLength(text) <= DATA_LIMIT);
}

/** Throws `StatesError` `States.DataLimitExceeded` when the value's JSON text passes 262,144 bytes; `what` names it in the cause. */
export function checkDataLimit(value: unknown, what: string): void {
  if (!withinDataLimit(JSON.stringify(value))) {
    throw new StatesError('States.DataLimitExceeded', `${what} has a size exceeding the maximum of ${DATA_LIMIT} bytes.`);
  }
}

export function checkVariablesLimit(variables: Readonly<Record<string, unknown>>): void {
  if (Buffer.byteLength(JSON.stringify(variables)) > VARIABLES_LIMIT) {
    throw new StatesError('States.DataLimitExceeded', `The variables exceed the maximum of ${VARIABLES_LIMIT} bytes.`);
  }
}
