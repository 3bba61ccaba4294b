import { createHash } from 'node:crypto';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { EVENT_TYPES } from '../core/events/envelope.ts';
import { startToSet } from '../core/schedules/fire-times.ts';
import { SCHEDULE_SOURCE, scheduleInputOf } from '../core/schedules/schedule-input.ts';
import { AWS_SOURCE, eventPatternOf, hasWildcard } from '../core/triggers/event-pattern.ts';
import { LAUNCHER_TARGET_ID, launcherInputOf, RULE_RETRY } from '../core/triggers/rule-target.ts';
import type { DeclaredTrigger } from '../core/workflows/manifest.ts';
import { DEFAULT_WORKSPACE } from '../core/workflows/workflow.ts';

/** What the platform has for the rules and schedules of triggers: where they are, and what they reach. */
export interface TriggerHome {
  readonly busName: string;
  readonly busArn: string;
  readonly launcherArn: string;
  /** With this role a rule starts the launcher. */
  readonly ruleRoleArn: string;
  readonly scheduleGroupName: string;
  /** With this role a schedule puts its event on the bus. */
  readonly scheduleRoleArn: string;
  /** Takes what neither of them could deliver, and launches it later. */
  readonly retryQueueArn: string;
}

interface WorkflowTriggersProps {
  readonly home: TriggerHome;
  /** With this and a hyphen the names of rules begin that are not on our own bus. */
  readonly stackName: string;
  readonly workflowId: string;
  /** Whether the workflow begins active; else nothing starts it yet. */
  readonly active: boolean;
}

/**
 * Makes the rules and schedules of a workflow's triggers in `scope`. Gives the triggers as the registry is told of them: with the ARN of
 * what was made of each.
 */
export function addTriggers(
  scope: Construct,
  { triggers, ...props }: WorkflowTriggersProps & { readonly triggers: readonly DeclaredTrigger[] },
): DeclaredTrigger[] {
  return triggers.map((trigger) => {
    if (trigger.kind === 'webhook') return trigger;
    const id = `Trigger ${trigger.triggerId}`;
    return trigger.kind === 'event'
      ? { ...trigger, resourceArn: new EventTrigger(scope, id, { ...props, trigger }).resourceArn }
      : { ...trigger, resourceArn: new ScheduleTrigger(scope, id, { ...props, trigger }).resourceArn };
  });
}

type TriggerProps<Kind extends DeclaredTrigger['kind']> = WorkflowTriggersProps & {
  readonly trigger: Extract<DeclaredTrigger, { kind: Kind }>;
};

/** An event trigger: a rule on our bus, or on the default one, whose target is the launcher, which it tells by which trigger the event came. */
class EventTrigger extends Construct {
  readonly resourceArn: string;

  constructor(scope: Construct, id: string, { home, stackName, workflowId, active, trigger }: TriggerProps<'event'>) {
    super(scope, id);
    const { triggerId, kind, enabled, labels } = trigger;
    const ofAws = trigger.source === AWS_SOURCE;
    const rule = new CfnRule(this, 'Rule', {
      description: `The trigger ${triggerId} of the workflow ${workflowId}.`,
      // By the beginning of its name the platform may turn it on and off, in whatever stack it is (docs/decisions/0072).
      ...(ofAws ? { name: awsRuleName(stackName, workflowId, triggerId) } : { eventBusName: home.busName }),
      eventPattern: eventPatternOf({ ...trigger, workspace: DEFAULT_WORKSPACE }),
      state: enabled && active ? 'ENABLED' : 'DISABLED',
      targets: [
        {
          id: LAUNCHER_TARGET_ID,
          arn: home.launcherArn,
          roleArn: home.ruleRoleArn,
          inputTransformer: {
            inputTemplate: launcherInputOf({
              ...{ triggerId, kind, workflowId, labels },
              ...(ofAws && { wrappedFor: DEFAULT_WORKSPACE }),
            }),
          },
          retryPolicy: RULE_RETRY,
          deadLetterConfig: { arn: home.retryQueueArn },
        },
      ],
    });
    this.resourceArn = rule.attrArn;
  }
}

/** With this the names of the rules on the default bus begin. */
export const awsRulePrefix = (stackName: string): string => `${stackName}-trigger-`;

/**
 * Of 64 characters at most (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html), and another one where another workflow has the
 * trigger: CloudFormation makes the new rule before it deletes the old one.
 */
function awsRuleName(stackName: string, workflowId: string, triggerId: string): string {
  const hash = createHash('sha256').update(`${workflowId}/${triggerId}`).digest('hex').slice(0, 8);
  return `${awsRulePrefix(stackName)}${triggerId.slice(0, 16)}-${hash}`;
}

/** A schedule trigger: a schedule that puts an addressed event on the bus. */
class ScheduleTrigger extends Construct {
  readonly resourceArn: string;

  constructor(scope: Construct, id: string, { home, workflowId, active, trigger }: TriggerProps<'schedule'>) {
    super(scope, id);
    const { triggerId, enabled, schedule, description } = trigger;
    const { expression, timezone, endsAt, windowMinutes } = schedule;
    const start = startToSet(schedule, Date.now());
    const cfnSchedule = new CfnSchedule(this, 'Schedule', {
      description: description ?? `The trigger ${triggerId} of the workflow ${workflowId}.`,
      groupName: home.scheduleGroupName,
      scheduleExpression: expression,
      scheduleExpressionTimezone: timezone,
      ...(start !== undefined && { startDate: start }),
      ...(endsAt !== undefined && { endDate: endsAt }),
      flexibleTimeWindow:
        windowMinutes === undefined ? { mode: 'OFF' } : { mode: 'FLEXIBLE', maximumWindowInMinutes: windowMinutes },
      state: enabled && active ? 'ENABLED' : 'DISABLED',
      target: {
        arn: home.busArn,
        roleArn: home.scheduleRoleArn,
        eventBridgeParameters: { source: SCHEDULE_SOURCE, detailType: EVENT_TYPES.schedule },
        input: scheduleInputOf({ ...trigger, workspace: DEFAULT_WORKSPACE, workflowId }),
        retryPolicy: RULE_RETRY,
        deadLetterConfig: { arn: home.retryQueueArn },
      },
    });
    this.resourceArn = cfnSchedule.attrArn;
  }
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html: 300 rules a bus (adjustable), 30 with wildcards (not). */
const RULES = 300;
const RULES_WITH_WILDCARDS = 30;
/** The one that serves every addressed event, and the one by which people are told of failed runs. */
const OWN_RULES = 2;

/** Throws an `Error` with a sentence when the event triggers need more rules than a bus takes. */
export function checkRuleQuotas(triggers: readonly DeclaredTrigger[]): void {
  const events = triggers.filter((trigger) => trigger.kind === 'event').filter(({ source }) => source !== AWS_SOURCE);
  if (events.length > RULES - OWN_RULES) {
    throw new Error(
      `The workflows have ${events.length} event triggers and a bus takes ${RULES - OWN_RULES} beside our own rules; move some of them to a second instance of the app.`,
    );
  }
  const wild = events.filter((trigger) => hasWildcard(eventPatternOf({ ...trigger, workspace: DEFAULT_WORKSPACE })));
  if (wild.length > RULES_WITH_WILDCARDS) {
    throw new Error(
      `${wild.length} event triggers match with wildcards and a bus takes ${RULES_WITH_WILDCARDS}; let some of them match by prefix, such as user.*, or by their whole types.`,
    );
  }
}
