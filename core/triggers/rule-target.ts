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
}: {
  triggerId: string;
  workflowId: string;
  kind: 'event';
}): string => `{"trigger":${JSON.stringify({ id: triggerId, kind, workflowId })},"event":<aws.events.event.json>}`;

/** The longest that EventBridge and its scheduler try: 24 hours and 185 attempts (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html). */
export const RULE_RETRY = { maximumEventAgeInSeconds: 86_400, maximumRetryAttempts: 185 };
