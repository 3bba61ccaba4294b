import type { Labels } from '../labels.ts';

/** With this the names of rules and schedules begin that triggers made at run time have; those of a template have another form. */
export const RUN_TIME_PREFIX = 'trigger-';

/** The one target of a trigger's rule. */
export const LAUNCHER_TARGET_ID = 'Launcher';

/**
 * The input template by which a rule tells the launcher its trigger. The one placeholder is the whole event, which can't be missing, and outside quotes,
 * where it is JSON (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html).
 */
export const launcherInputOf = ({
  triggerId,
  workflowId,
  kind,
  labels,
  wrappedFor,
}: {
  triggerId: string;
  workflowId: string;
  kind: 'event';
  labels?: Labels | undefined;
  /** Of a rule on the default bus: the workspace whose event it becomes. */
  wrappedFor?: string | undefined;
}): string =>
  `{${wrappedFor === undefined ? '' : `"workspace":${JSON.stringify(wrappedFor)},`}"trigger":${JSON.stringify({ id: triggerId, kind, workflowId, ...(labels && { labels }) })},"event":<aws.events.event.json>}`;

/** The longest that EventBridge and its scheduler try: 24 hours and 185 attempts (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html). */
export const RULE_RETRY = { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 };
