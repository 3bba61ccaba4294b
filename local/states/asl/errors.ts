/** Longer ones are cut (https://docs.aws.amazon.com/step-functions/latest/apireference/API_ExecutionFailedEventDetails.html). */
const LONGEST_ERROR = 256;
const LONGEST_CAUSE = 32_768;

/**
 * A failure as a state reports it: an error name and a human-readable cause
 * (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html).
 */
export class StatesError extends Error {
  readonly error: string;
  override readonly cause: string;
  constructor(error: string, cause = '') {
    super(`${error}: ${cause}`);
    this.name = 'StatesError';
    this.error = error.slice(0, LONGEST_ERROR);
    this.cause = cause.slice(0, LONGEST_CAUSE);
  }
}

export const queryError = (cause: string): StatesError => new StatesError('States.QueryEvaluationError', cause);

/** Wildcards catch neither of these; `States.Runtime` is caught by nothing at all. */
const TERMINAL = new Set(['States.DataLimitExceeded', 'States.Runtime']);

/**
 * Whether a retrier's or catcher's `ErrorEquals` matches. `States.ALL` matches any name but the terminal ones, `States.TaskFailed`
 * any of those but `States.Timeout` (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html).
 */
export function matchesError(errorEquals: readonly string[], error: string): boolean {
  if (error === 'States.Runtime') return false;
  if (errorEquals.includes(error)) return true;
  if (TERMINAL.has(error)) return false;
  return errorEquals.includes('States.ALL') || (errorEquals.includes('States.TaskFailed') && error !== 'States.Timeout');
}
