import * as v from 'valibot';

/** What becomes of a run when as many as its workflow may have are under way. */
export const WHEN_FULL = ['queue', 'skip', 'cancel-oldest'] as const;

/** Each run that is under way has its name in one item of the table, which every beginning and end writes. */
export const MOST_CONCURRENT_RUNS = 200;

/** How many runs a workflow may have: at the same time, and in a period. */
export const limitsSchema = v.object({
  concurrency: v.optional(
    v.object({
      runs: v.number(),
      /** Where in the workflow's input the key is by which runs are counted apart: the names of a JSON Pointer. Absent for all runs together. */
      key: v.optional(v.array(v.string())),
      whenFull: v.picklist(WHEN_FULL),
    }),
  ),
  quota: v.optional(v.object({ runs: v.number(), seconds: v.number(), whenFull: v.picklist(['queue', 'skip']) })),
});
export type Limits = v.InferOutput<typeof limitsSchema>;

/** A run that a limit has ended, and why. */
export const SKIPPED = {
  concurrency: { error: 'Millrace.Skipped', cause: 'As many runs as the workflow may have at the same time were under way.' },
  quota: { error: 'Millrace.QuotaExceeded', cause: 'The workflow had all the runs that it may have in this period.' },
  removed: { error: 'Millrace.WorkflowUnavailable', cause: 'The workflow was removed while the run waited for its turn.' },
  superseded: { error: 'Millrace.Superseded', cause: 'A newer run has taken its place: the workflow cancels the oldest.' },
} as const;
