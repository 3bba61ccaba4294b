import * as v from 'valibot';

/** When a schedule fires, as EventBridge Scheduler takes it and as it is stored. Times are ISO 8601 in UTC. */
export const scheduleSchema = v.object({
  /** `cron(...)`, `rate(...)` or `at(...)`; read in `timezone`. */
  expression: v.string(),
  /** An IANA time zone. */
  timezone: v.string(),
  startsAt: v.optional(v.string()),
  endsAt: v.optional(v.string()),
  /** Minutes, 1 to 1440, within which it fires after its time. */
  windowMinutes: v.optional(v.number()),
});
export type Schedule = v.InferOutput<typeof scheduleSchema>;
