import * as v from 'valibot';
import { ScheduleError } from '../../core/schedules/cron-field.ts';
import { nextFire } from '../../core/schedules/fire-times.ts';
import { isZone } from '../../core/schedules/zone.ts';
import { isJson } from '../is-json.ts';

/** A date as a template has it, ISO 8601, or as the API has it, in seconds since the epoch; ISO 8601 from here on. */
const date = v.pipe(
  v.union([v.string(), v.number(), v.date()]),
  v.transform((given) => new Date(typeof given === 'number' ? given * 1000 : given)),
  v.check((parsed) => !Number.isNaN(parsed.getTime()), 'is not a date'),
  v.transform((parsed) => parsed.toISOString()),
);

const count = (minimum: number, maximum: number) => v.pipe(v.number(), v.integer(), v.minValue(minimum), v.maxValue(maximum));

/** The one kind of target that is supported: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html#managing-targets-templated-eventbridge */
const targetSchema = v.strictObject({
  Arn: v.pipe(
    v.string(),
    v.regex(/^arn:[^:]+:events:[^:]*:[^:]*:event-bus\/./, 'is no event bus; other targets are not supported'),
  ),
  RoleArn: v.string(),
  EventBridgeParameters: v.strictObject({ DetailType: v.string(), Source: v.string() }),
  Input: v.pipe(v.string(), v.maxLength(256 * 1024), v.check(isJson, 'is not JSON')),
  /** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html */
  RetryPolicy: v.optional(
    v.strictObject({
      MaximumEventAgeInSeconds: v.optional(count(60, 86_400), 86_400),
      MaximumRetryAttempts: v.optional(count(0, 185), 185),
    }),
    {},
  ),
  DeadLetterConfig: v.optional(v.strictObject({ Arn: v.optional(v.string()) })),
});

/** What CloudFormation and UpdateSchedule say of a schedule: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html */
export const definitionSchema = v.strictObject({
  ScheduleExpression: v.string(),
  ScheduleExpressionTimezone: v.optional(v.pipe(v.string(), v.check(isZone, 'is not a time zone')), 'UTC'),
  StartDate: v.optional(date),
  EndDate: v.optional(date),
  FlexibleTimeWindow: v.variant('Mode', [
    v.strictObject({ Mode: v.literal('OFF') }),
    v.strictObject({ Mode: v.literal('FLEXIBLE'), MaximumWindowInMinutes: count(1, 1440) }),
  ]),
  State: v.optional(v.picklist(['ENABLED', 'DISABLED']), 'ENABLED'),
  /** Of a schedule that will not fire again. */
  ActionAfterCompletion: v.optional(v.picklist(['NONE', 'DELETE']), 'NONE'),
  Target: targetSchema,
  Description: v.optional(v.unknown()),
  KmsKeyArn: v.optional(v.unknown()),
});
export type Definition = v.InferOutput<typeof definitionSchema>;
export type Target = Definition['Target'];

/**
 * When a schedule fires next, after `after`; undefined for never, and while it is disabled. Milliseconds since the epoch. `anchor` is when
 * it was made, at which a rate without a start fires first. Throws a `ScheduleError` for an expression that is none.
 */
export function nextFireOf(definition: Definition, after: number, anchor: number): number | undefined {
  const { ScheduleExpression, ScheduleExpressionTimezone, StartDate, EndDate, State } = definition;
  const schedule = {
    expression: ScheduleExpression,
    timezone: ScheduleExpressionTimezone,
    ...(StartDate !== undefined && { startsAt: StartDate }),
    ...(EndDate !== undefined && { endsAt: EndDate }),
  };
  const next = nextFire(schedule, after, anchor);
  return State === 'DISABLED' ? undefined : next;
}

/** Throws a `ScheduleError` for a start that the scheduler refuses (https://github.com/getmoto/moto/pull/8172). */
export function checkStart({ StartDate }: Definition, now: number): void {
  if (StartDate === undefined || Date.parse(StartDate) >= now - 5 * 60_000) return;
  throw new ScheduleError('The StartDate you specify cannot be earlier than 5 minutes ago.');
}
