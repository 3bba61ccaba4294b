import * as v from 'valibot';
import { compilePattern } from '../../core/events/pattern/pattern.ts';
import { DEFAULT_BUS, ruleArn } from './arn.ts';
import { parseRate } from './rate.ts';
import { checkTarget, type Target, TargetSchema } from './target.ts';

/** What PutRule and PutTargets say together; property names as in the API and in CloudFormation. */
export const RuleSchema = v.strictObject({
  Name: v.pipe(v.string(), v.regex(/^[.\-_A-Za-z0-9]{1,64}$/)),
  EventPattern: v.optional(v.unknown()),
  ScheduleExpression: v.optional(v.string()),
  State: v.optional(v.picklist(['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS']), 'ENABLED'),
  /** "Targets per rule": https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
  Targets: v.optional(v.pipe(v.array(TargetSchema), v.maxLength(5)), []),
});

export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly bus: string;
  readonly enabled: boolean;
  /** Its event pattern; absent on a rule that has a schedule only. */
  readonly pattern?: unknown;
  /** Absent with it. */
  readonly matches?: (event: unknown) => boolean;
  /** Milliseconds between scheduled events. */
  readonly period?: number;
  readonly targets: readonly Target[];
}

/** Throws an `Error` with a sentence for a rule that EventBridge would refuse, or that the local bus does not support. */
export function compileRule(bus: string, definition: v.InferOutput<typeof RuleSchema>): Rule {
  const { Name, EventPattern, ScheduleExpression, State, Targets } = definition;
  if (EventPattern === undefined && ScheduleExpression === undefined) {
    throw new Error('A rule needs EventPattern or ScheduleExpression.');
  }
  if (ScheduleExpression !== undefined && bus !== DEFAULT_BUS)
    throw new Error('Only rules of the default bus can have a schedule.');
  for (const target of Targets) checkTarget(target);
  return {
    name: Name,
    arn: ruleArn(bus, Name),
    bus,
    enabled: State !== 'DISABLED',
    targets: Targets,
    ...(EventPattern !== undefined && { pattern: EventPattern, matches: compilePattern(EventPattern) }),
    ...(ScheduleExpression !== undefined && { period: parseRate(ScheduleExpression) }),
  };
}
