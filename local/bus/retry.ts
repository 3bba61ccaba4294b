import type { DeliveryError } from './delivery-error.ts';
import type { PendingDelivery } from './delivery-store.ts';

/** "24 hours and up to 185 times" (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html). */
const DEFAULT_ATTEMPTS = 185;
const DEFAULT_AGE_SECONDS = 86_400;

/** AWS names no numbers for its backoff; with these, 185 attempts take about a day. */
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 10 * 60_000;

/** What a retry depends on: of a rule's target or of a schedule's. */
type Retried = Pick<PendingDelivery, 'attempts' | 'ingestedAt'> & {
  readonly target: Pick<PendingDelivery['target'], 'RetryPolicy'>;
};

export type RetryDecision =
  | { readonly retryAt: number }
  | { readonly giveUp: 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds' | 'not retryable' };

/**
 * What becomes of a delivery that failed: tried again after an exponential backoff with jitter, or given up.
 * `now` in milliseconds since the epoch; `random` from 0 up to 1.
 */
export function decideRetry(delivery: Retried, error: DeliveryError, now: number, random: number): RetryDecision {
  const policy = delivery.target.RetryPolicy;
  if (!error.retryable) return { giveUp: 'not retryable' };
  if (delivery.attempts >= (policy?.MaximumRetryAttempts ?? DEFAULT_ATTEMPTS)) return { giveUp: 'MaximumRetryAttempts' };
  const ceiling = Math.min(FIRST_DELAY_MS * 2 ** delivery.attempts, LONGEST_DELAY_MS);
  const retryAt = Math.round(now + ceiling * (0.5 + random / 2));
  const expiry = delivery.ingestedAt + (policy?.MaximumEventAgeInSeconds ?? DEFAULT_AGE_SECONDS) * 1000;
  return retryAt > expiry ? { giveUp: 'MaximumEventAgeInSeconds' } : { retryAt };
}
