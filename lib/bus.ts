import { Archive, EventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Duration, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { ADDRESSED_SOURCES, CLOUDEVENTS_SOURCE, EVENT_TYPES } from '../core/events/envelope.ts';
import { SCHEDULE_SOURCE } from '../core/schedules/schedule-input.ts';
import { RUN_TIME_PREFIX } from '../core/triggers/rule-target.ts';
import { type Access, grant, grantEach } from './access.ts';
import type { StageConfig } from './config.ts';
import type { Launch } from './launch.ts';
import { awsRulePrefix, type TriggerHome } from './triggers.ts';

/** The custom bus, with its archive, the one rule that serves every addressed event, and the place of triggers' rules and schedules. */
export class Bus extends Construct {
  readonly triggerHome: TriggerHome;
  readonly eventBus: EventBus;
  /** The ARNs of the rules on the default bus that triggers by AWS's own events have. */
  private readonly awsRules: string;

  constructor(scope: Construct, id: string, props: { config: StageConfig; launch: Launch; workflowsStackName: string }) {
    super(scope, id);
    this.eventBus = new EventBus(this, 'Bus');
    new Archive(this, 'Archive', {
      sourceEventBus: this.eventBus,
      eventPattern: { source: Match.prefix('millrace.') },
      retention: props.config.archiveRetention,
    });
    props.launch.tell(this.eventBus);
    const ruleRole = this.launchingRole(props.launch);
    new Rule(this, 'Addressed', {
      description: 'Events that name their trigger go to the launcher as they are.',
      eventBus: this.eventBus,
      eventPattern: {
        source: [...ADDRESSED_SOURCES, CLOUDEVENTS_SOURCE],
        detail: { trigger: { id: [{ exists: true }] }, workspace: [{ exists: true }] },
      },
      targets: [
        new SfnStateMachine(props.launch.stateMachine, {
          role: ruleRole,
          // EventBridge's own longest: 24 hours and 185 attempts
          // (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html).
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
          // An undelivered event has the same body as the launcher's own, so the same queue drains it.
          deadLetterQueue: props.launch.retryQueue,
        }),
      ],
    });
    const scheduleGroup = new CfnScheduleGroup(this, 'Schedules');
    this.triggerHome = {
      busName: this.eventBus.eventBusName,
      busArn: this.eventBus.eventBusArn,
      launcherArn: props.launch.stateMachine.stateMachineArn,
      ruleRoleArn: ruleRole.roleArn,
      scheduleGroupName: scheduleGroup.ref,
      scheduleRoleArn: this.schedulingRole(scheduleGroup.attrArn, props.launch).roleArn,
      retryQueueArn: props.launch.retryQueue.queueArn,
    };
    this.awsRules = Stack.of(this).formatArn({
      service: 'events',
      resource: 'rule',
      resourceName: `${awsRulePrefix(props.workflowsStackName)}*`,
    });
    props.launch.takeUndelivered(rulesOf(this.eventBus), this.awsRules);
  }

  /** Publishing events. */
  publishing(): Access<'BUS_NAME'> {
    return {
      variables: { BUS_NAME: this.eventBus.eventBusName },
      grantTo: (fn) => grant(fn, ['events:PutEvents'], this.eventBus.eventBusArn),
    };
  }

  /** Enabling and disabling the rules and schedules of triggers. */
  switching(): Access {
    const rules = rulesOf(this.eventBus);
    const schedules = this.schedulesOf('*');
    return {
      variables: {},
      grantTo: (fn) => {
        grantEach(fn, ['events:EnableRule', 'events:DisableRule'], rules, 'The rules of our own bus.');
        grantEach(fn, ['events:EnableRule', 'events:DisableRule'], this.awsRules, AWS_RULES);
        grantEach(fn, ['scheduler:GetSchedule', 'scheduler:UpdateSchedule'], schedules, 'The schedules of our own group.');
        // UpdateSchedule writes the whole schedule, its role included.
        fn.addToRolePolicy(
          new PolicyStatement({
            actions: ['iam:PassRole'],
            resources: [this.triggerHome.scheduleRoleArn],
            conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
          }),
        );
      },
    };
  }

  /** Making the rules of triggers at run time, and removing them: each starts the launcher, and nothing else. */
  makingRules(): Access<'BUS_NAME' | 'LAUNCHER_ARN' | 'RULE_ROLE_ARN' | 'RETRY_QUEUE_ARN'> {
    const { busName, launcherArn, ruleRoleArn, retryQueueArn } = this.triggerHome;
    return {
      variables: { BUS_NAME: busName, LAUNCHER_ARN: launcherArn, RULE_ROLE_ARN: ruleRoleArn, RETRY_QUEUE_ARN: retryQueueArn },
      grantTo: (fn) => {
        this.removingRules().grantTo(fn);
        const rules = runTimeRulesOf(this.eventBus);
        grantEach(fn, ['events:PutRule', 'events:TagResource'], rules, RUN_TIME_RULES);
        fn.addToRolePolicy(
          new PolicyStatement({
            actions: ['events:PutTargets'],
            resources: [rules],
            // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html#limit-rule-by-target
            conditions: { 'ForAllValues:ArnEquals': { 'events:TargetArn': launcherArn }, Null: { 'events:TargetArn': 'false' } },
          }),
        );
        fn.addToRolePolicy(
          new PolicyStatement({
            actions: ['iam:PassRole'],
            resources: [ruleRoleArn],
            conditions: { StringEquals: { 'iam:PassedToService': 'events.amazonaws.com' } },
          }),
        );
      },
    };
  }

  /** Listing the bus's rules, and removing those that were made at run time. */
  removingRules(): Access<'BUS_NAME'> {
    return {
      variables: { BUS_NAME: this.triggerHome.busName },
      grantTo: (fn) => {
        grantEach(fn, ['events:RemoveTargets', 'events:DeleteRule'], runTimeRulesOf(this.eventBus), RUN_TIME_RULES);
        // It has no resource to name: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
        fn.addToRolePolicy(new PolicyStatement({ actions: ['events:ListRules'], resources: ['*'] }));
      },
    };
  }

  /** Making the schedules of triggers at run time, beside turning them on and off, and removing them: each puts its event on the bus, and nothing else. */
  makingSchedules(): Access<'SCHEDULE_GROUP' | 'BUS_ARN' | 'SCHEDULE_ROLE_ARN'> {
    const { busArn, scheduleRoleArn } = this.triggerHome;
    const removing = this.removingSchedules();
    return {
      variables: { ...removing.variables, BUS_ARN: busArn, SCHEDULE_ROLE_ARN: scheduleRoleArn },
      grantTo: (fn) => {
        removing.grantTo(fn);
        grantEach(fn, ['scheduler:CreateSchedule'], this.schedulesOf(`${RUN_TIME_PREFIX}*`), RUN_TIME_SCHEDULES);
      },
    };
  }

  /** Removing the schedules that were made at run time. Those that are left at teardown go with their group. */
  removingSchedules(): Access<'SCHEDULE_GROUP'> {
    return {
      variables: { SCHEDULE_GROUP: this.triggerHome.scheduleGroupName },
      grantTo: (fn) => grantEach(fn, ['scheduler:DeleteSchedule'], this.schedulesOf(`${RUN_TIME_PREFIX}*`), RUN_TIME_SCHEDULES),
    };
  }

  /** The ARNs of schedules of our group. */
  private schedulesOf(names: string): string {
    const { scheduleGroupName } = this.triggerHome;
    return Stack.of(this).formatArn({ service: 'scheduler', resource: 'schedule', resourceName: `${scheduleGroupName}/${names}` });
  }

  /** With it the bus's rules start the launcher, and do nothing else. */
  private launchingRole(launch: Launch): Role {
    const role = new Role(this, 'RuleRole', {
      description: "Starts the launcher for the bus's rules.",
      assumedBy: new ServicePrincipal('events.amazonaws.com'),
    });
    role.addToPolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: [launch.stateMachine.stateMachineArn] }));
    return role;
  }

  /** With it the schedules of our group put events of schedules on the bus, and queue what they could not put there. */
  private schedulingRole(groupArn: string, launch: Launch): Role {
    const role = new Role(this, 'ScheduleRole', {
      description: 'Puts the events of schedules on the bus.',
      // The group stands for its schedules: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account, 'aws:SourceArn': groupArn } },
      }),
    });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['events:PutEvents'],
        resources: [this.eventBus.eventBusArn],
        conditions: { StringEquals: { 'events:source': SCHEDULE_SOURCE, 'events:detail-type': EVENT_TYPES.schedule } },
      }),
    );
    role.addToPolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [launch.retryQueue.queueArn] }));
    return role;
  }
}

/** The ARNs of all rules on a bus. */
const rulesOf = (bus: EventBus): string =>
  Stack.of(bus).formatArn({ service: 'events', resource: 'rule', resourceName: `${bus.eventBusName}/*` });

const RUN_TIME_RULES = 'The rules of our own bus that triggers made at run time have: which there are changes while it runs.';

const AWS_RULES = "The rules of the workflows' triggers on the default bus: which there are changes with the workflows.";

const RUN_TIME_SCHEDULES =
  'The schedules of our own group that triggers made at run time have: which there are changes while it runs.';

/** The ARNs of the rules that are made at run time. */
const runTimeRulesOf = (bus: EventBus): string =>
  Stack.of(bus).formatArn({ service: 'events', resource: 'rule', resourceName: `${bus.eventBusName}/${RUN_TIME_PREFIX}*` });
