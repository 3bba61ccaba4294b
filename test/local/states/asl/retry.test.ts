import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextRetry, retryDelay } from '../../../../local/states/asl/retry.ts';

// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error
const delays = (retrier: Parameters<typeof retryDelay>[0], random = () => 1) =>
  [1, 2, 3].map((n) => retryDelay(retrier, n, random));

describe('the delay before a retry', () => {
  test('grows by the backoff rate: with an interval of 3 and a rate of 2 it is 3, 6 and 12 seconds', () => {
    expect(delays({ ErrorEquals: ['States.ALL'], IntervalSeconds: 3, MaxAttempts: 3, BackoffRate: 2 })).toEqual([
      3000, 6000, 12000,
    ]);
  });

  test('is at most MaxDelaySeconds', () => {
    expect(delays({ ErrorEquals: ['States.ALL'], IntervalSeconds: 3, BackoffRate: 2, MaxDelaySeconds: 5 })).toEqual([
      3000, 5000, 5000,
    ]);
  });

  test('is one second, doubled each time, when nothing is said', () => {
    expect(delays({ ErrorEquals: ['States.ALL'] })).toEqual([1000, 2000, 4000]);
  });

  test('is any time between none and the whole with full jitter', () => {
    const retrier = {
      ErrorEquals: ['States.ALL'],
      IntervalSeconds: 3,
      BackoffRate: 2,
      MaxDelaySeconds: 5,
      JitterStrategy: 'FULL',
    } as const;
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 200 }), (random, attempt) => {
        const delay = retryDelay(retrier, attempt, () => random);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(attempt === 1 ? 3000 : 5000);
      }),
    );
    expect(delays(retrier, () => 0)).toEqual([0, 0, 0]);
  });
});

describe('the choice of a retrier', () => {
  // The documentation's example: the task fails with ErrorA, ErrorB, ErrorC and ErrorB, and the last is not retried.
  test('each retrier counts its own retries', () => {
    const retriers = [
      { ErrorEquals: ['ErrorA', 'ErrorB'], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 2 },
      { ErrorEquals: ['ErrorC'], IntervalSeconds: 5 },
    ];
    const made: (number | undefined)[] = [];
    let retried: readonly number[] = [];
    for (const error of ['ErrorA', 'ErrorB', 'ErrorC', 'ErrorB']) {
      const retry = nextRetry(retriers, { error }, retried, () => 1);
      made.push(retry?.delay);
      retried = retry?.retried ?? retried;
    }
    expect(made).toEqual([1000, 2000, 5000, undefined]);
  });

  test('MaxAttempts 0 never retries, even when a later retrier would match', () => {
    const retriers = [{ ErrorEquals: ['Taken'], MaxAttempts: 0 }, { ErrorEquals: ['States.ALL'] }];
    expect(nextRetry(retriers, { error: 'Taken' }, [], () => 1)).toBeUndefined();
  });
});
