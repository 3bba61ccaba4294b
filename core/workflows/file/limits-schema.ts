import * as v from 'valibot';
import { MOST_CONCURRENT_RUNS, WHEN_FULL } from '../../limits/limits.ts';
import { mapping, oneOf, textLike } from './fields.ts';

const runs = (most: number) =>
  v.pipe(
    v.number('runs must be a number.'),
    v.integer('runs must be whole.'),
    v.minValue(1, 'runs must be 1 at least.'),
    v.maxValue(most, `runs must be ${most} at most.`),
  );

/** `limits` of workflow.yaml. */
export const limitsField = v.pipe(
  mapping('limits', {
    concurrency: v.optional(
      v.pipe(
        mapping('concurrency', {
          runs: runs(MOST_CONCURRENT_RUNS),
          key: v.optional(
            v.pipe(
              textLike(
                /^\/(?:body|query|headers|eventData|params)(?:\/.*)?$/,
                'key must be a JSON Pointer into the input that begins with /body, /query, /headers, /eventData or /params.',
              ),
              v.description(
                'Where the input has what runs are counted by, such as a customer; without it all are counted together.',
              ),
              v.examples(['/eventData/repository/id', '/body/order/customer']),
            ),
          ),
          whenFull: v.pipe(
            v.optional(oneOf('whenFull', WHEN_FULL), 'queue'),
            v.description('What becomes of one run more: it waits, is skipped, or the oldest is cancelled in its favour.'),
          ),
        }),
        v.description(
          'How many runs may be under way at the same time; 1 with a key lets the runs of each key follow one another.',
        ),
      ),
    ),
    quota: v.optional(
      v.pipe(
        mapping('quota', {
          runs: runs(1_000_000),
          per: textLike(/^[1-9]\d{0,4}[mhd]$/, 'per must be a number and a unit, such as 15m, 1h or 1d.'),
          whenFull: v.pipe(
            v.optional(oneOf('whenFull', ['queue', 'skip']), 'queue'),
            v.description('What becomes of one run more: it waits for the next period, or is skipped.'),
          ),
        }),
        v.description('How many runs may begin in each such time; periods begin at midnight UTC, and at each multiple.'),
      ),
    ),
  }),
  v.description('How many runs the workflow may have.'),
  v.examples([{ concurrency: { runs: 1, key: '/eventData/repository/id', whenFull: 'queue' } }]),
);
