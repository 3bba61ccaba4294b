import * as v from 'valibot';

/** Not `v.record`: that leaves out fields by the name of `constructor`. */
export const anObject = v.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
);
