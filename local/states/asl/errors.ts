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
  /** Another name by which retriers and catchers know it. */
  readonly alias: string | undefined;
  constructor(error: string, cause = '', alias?: string) {
    super(`${error}: ${cause}`);
    this.name = 'StatesError';
    this.alias = alias;
    this.error = error.slice(0, LONGEST_ERROR);
    this.cause = cause.slice(0, LONGEST_CAUSE);
  }
}

export const queryError = (cause: string): StatesError => new StatesError('States.QueryEvaluationError', cause);

/** What retriers and catchers know of a failure. */
export type Failure = Partial<Pick<StatesError, 'alias'>> & Pick<StatesError, 'error'>;

/** Wildcards catch neither of these; `States.Runtime` is caught by nothing at all. */
const TERMINAL = new Set(['States.DataLimitExceeded', 'States.Runtime']);

/**
 * Whether a retrier's or catcher's `ErrorEquals` matches. `States.ALL` matches any name but the terminal ones, `States.TaskFailed`
 * any of those but `States.Timeout` (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html).
 */
export function matchesError(errorEquals: readonly string[], { error, alias = error }: Failure): boolean {
  if (error === 'States.Runtime') return false;
  if (errorEquals.includes(error) || errorEquals.includes(alias)) return true;
  if (TERMINAL.has(error)) return false;
  return errorEquals.includes('States.ALL') || (errorEquals.includes('States.TaskFailed') && error !== 'States.Timeout');
}
