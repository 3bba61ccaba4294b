import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { apiEnvironment } from '../lambdas/api/env.ts';
import { bootstrapEnvironment } from '../lambdas/bootstrap/env.ts';
import type { Alarms } from './alarms.ts';
import type { Bus } from './bus.ts';
import { type FunctionDefaults, HandlerFunction } from './handler-function.ts';
import type { PublicHttpApi } from './http-api.ts';
import type { Launch } from './launch.ts';
import type { Notifications } from './notifications.ts';
import { ParkedQueue } from './queue.ts';
import type { StateStack } from './state-stack.ts';
import type { WorkflowMachines } from './workflow-machines.ts';

interface ManagementApiProps {
  readonly defaults: FunctionDefaults;
  readonly state: StateStack;
  readonly machines: WorkflowMachines;
  readonly bus: Bus;
  readonly launch: Launch;
  readonly notifications: Notifications;
  readonly http: PublicHttpApi;
  readonly alarms: Alarms;
}

/** The management API, and the function that makes the token with which it is first used. */
export class ManagementApi extends Construct {
  /** The function to invoke by hand; it answers with an admin token. */
  readonly bootstrapFunctionName: string;

  constructor(
    scope: Construct,
    id: string,
    { defaults, state, machines, bus, launch, notifications, http, alarms }: ManagementApiProps,
  ) {
    super(scope, id);
    const api = new HandlerFunction(this, 'Function', {
      defaults,
      name: 'api',
      description: 'Manages tokens, triggers, subscriptions, workflows and runs.',
      environment: apiEnvironment,
      access: [
        state.items('GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
        state.lists('collection', 'workflow', 'status'),
        machines.executions('DescribeExecution', 'GetExecutionHistory', 'StopExecution', 'RedriveExecution'),
        bus.publishing(),
        bus.switching(),
        bus.makingRules(),
        bus.makingSchedules(),
        launch.starting(),
        notifications.subscribing(),
        state.partitions(),
        state.payloadReplay(),
        state.sealingSecrets('subscription', 'trigger', 'notification'),
        state.openingSecrets('subscription', 'trigger'),
      ],
      variables: {
        PUBLIC_URL: http.url,
        SUBSCRIPTIONS_PER_INTEGRATION: String(defaults.config.subscriptionsPerIntegration),
        RULE_QUOTA: String(defaults.config.ruleQuota),
      },
    });
    http.route(api, '/v1/{proxy+}');

    const deadLetterQueue = new ParkedQueue(this, 'FailedBootstraps');
    const bootstrap = new HandlerFunction(this, 'Bootstrap', {
      defaults,
      name: 'bootstrap',
      description: 'Makes the first admin token; invoked by hand.',
      environment: bootstrapEnvironment,
      access: [state.items('PutItem')],
      variables: {},
      // A token is for whoever waits for the answer: made again, nobody would see it.
      asynchronous: { deadLetterQueue, retryAttempts: 0, maxEventAge: Duration.minutes(1) },
    });
    this.bootstrapFunctionName = bootstrap.functionName;
    alarms.addForQueue('BootstrapFails', deadLetterQueue, {
      effect: 'An admin token that was asked for was not made.',
      runbook: 'bootstrap-fails',
    });
  }
}
