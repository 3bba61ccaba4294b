import type { Retrier } from './definition.ts';
import { type Failure, matchesError } from './errors.ts';

/** How long a retrier waits when its interval is not given, and how often it tries when `MaxAttempts` is not. */
const DEFAULTS = { IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2 };

/**
 * Milliseconds before the retrier's `attempt`-th retry (the first is 1): `IntervalSeconds * BackoffRate^(attempt - 1)`, at most
 * `MaxDelaySeconds`; with full jitter any time between 0 and that. `random` gives a number from 0 to 1.
 * (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error)
 */
export function retryDelay(retrier: Retrier, attempt: number, random: () => number): number {
  const seconds =
    (retrier.IntervalSeconds ?? DEFAULTS.IntervalSeconds) * (retrier.BackoffRate ?? DEFAULTS.BackoffRate) ** (attempt - 1);
  const capped = Math.min(seconds, retrier.MaxDelaySeconds ?? Number.MAX_SAFE_INTEGER / 1000);
  return Math.round(capped * 1000 * (retrier.JitterStrategy === 'FULL' ? random() : 1));
}

/**
 * The retrier that takes this error, when it has attempts left: the first that matches decides, and each counts its own retries.
 * `retried` holds the retries made so far by each retrier.
 */
export function nextRetry(
  retriers: readonly Retrier[] | undefined,
  failure: Failure,
  retried: readonly number[],
  random: () => number,
): { retried: readonly number[]; delay: number } | undefined {
  const index = (retriers ?? []).findIndex((retrier) => matchesError(retrier.ErrorEquals, failure));
  const retrier = retriers?.[index];
  const made = retried[index] ?? 0;
  if (!retrier || made >= (retrier.MaxAttempts ?? DEFAULTS.MaxAttempts)) return undefined;
  return {
    retried: (retriers ?? []).map((_, i) => (retried[i] ?? 0) + (i === index ? 1 : 0)),
    delay: retryDelay(retrier, made + 1, random),
  };
}
