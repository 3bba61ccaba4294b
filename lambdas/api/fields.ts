import * as v from 'valibot';
import { MAX_OVERLAP_SECONDS } from '../../core/secrets/sealed-secrets.ts';

/** How long the value before a new one counts. */
export const overlapSeconds = v.pipe(
  v.number(),
  v.integer('must be a whole number of seconds'),
  v.minValue(0, 'must not be negative'),
  v.maxValue(MAX_OVERLAP_SECONDS, 'must be 7 days at most'),
);
