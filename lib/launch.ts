import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { DefinitionBody, type StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Duration, Lazy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { parse } from 'yaml';
import { PLATFORM_SOURCE } from '../core/events/platform-event.ts';
import { DEEPEST_EVENT, RUN_DAYS } from '../core/runs/run.ts';
import { limitEnvironment } from '../lambdas/limit/env.ts';
import { relaunchEnvironment } from '../lambdas/relaunch/env.ts';
import { type Access, grant, grantEach } from './access.ts';
import type { Alarms } from './alarms.ts';
import { type FunctionDefaults, HandlerFunction } from './handler-function.ts';
import { MessageQueue, ParkedQueue } from './queue.ts';
import type { StateStack } from './state-stack.ts';
import { TracedStateMachine } from './traced-state-machine.ts';
import type { WorkflowMachines } from './workflow-machines.ts';

interface LaunchProps {
  readonly defaults: FunctionDefaults;
  readonly state: StateStack;
  readonly machines: WorkflowMachines;
  readonly alarms: Alarms;
}

/** The launcher, an Express state machine that starts a run's workflow under the run's own name, and the queue that starts it again. */
export class Launch extends Construct {
  readonly stateMachine: StateMachine;
  readonly retryQueue: MessageQueue;
  private readonly relaunch: LambdaFunction;
  private busName: string | undefined;

  constructor(scope: Construct, id: string, props: LaunchProps) {
    super(scope, id);
    const { defaults, state, machines, alarms } = props;
    const relaunchTimeout = Duration.seconds(30);
    const parkedQueue = new ParkedQueue(this, 'Parked');
    this.retryQueue = new MessageQueue(this, 'Retry', {
      // Six times the function's timeout, as Lambda advises (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).
      visibilityTimeout: Duration.seconds(6 * relaunchTimeout.toSeconds()),
      // An hour of a launcher that can't be started, at one attempt each visibility timeout, before a person is asked.
      deadLetterQueue: { queue: parkedQueue, maxReceiveCount: 20 },
    });

    const limit = new HandlerFunction(this, 'Limit', {
      defaults,
      name: 'limit',
      description: "Tells the launcher whether a run may start, by its workflow's limits.",
      environment: limitEnvironment,
      access: [
        state.items('GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
        state.partitions(),
        machines.executions('StopExecution'),
      ],
      variables: {},
    });
    const definition = parse(readFileSync(join(import.meta.dirname, 'launch.asl.yaml'), 'utf8'));
    this.stateMachine = new TracedStateMachine(this, 'Launcher', {
      defaults,
      stateMachineType: StateMachineType.EXPRESS,
      definitionBody: DefinitionBody.fromString(JSON.stringify(definition)),
      definitionSubstitutions: {
        TableName: state.table.tableName,
        RetryQueueUrl: this.retryQueue.queueUrl,
        ParkedQueueUrl: parkedQueue.queueUrl,
        RunDays: String(RUN_DAYS),
        DeepestEvent: String(DEEPEST_EVENT),
        LimitFunctionArn: limit.functionArn,
        // The bus is made after what its rules start.
        BusName: Lazy.string({ produce: () => this.busName }),
      },
    });
    const statements = [
      new PolicyStatement({
        actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
        resources: [state.table.tableArn],
      }),
      new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [this.retryQueue.queueArn, parkedQueue.queueArn] }),
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [limit.functionArn] }),
      machines.startStatement(this.stateMachine),
      machines.stopStatement(this.stateMachine),
    ];
    for (const statement of statements) this.stateMachine.addToRolePolicy(statement);

    this.relaunch = new HandlerFunction(this, 'Relaunch', {
      defaults,
      name: 'relaunch',
      description: 'Starts the launcher again with events that were not launched.',
      timeout: relaunchTimeout,
      environment: relaunchEnvironment,
      access: [this.starting()],
      variables: {},
    });
    this.relaunch.addEventSource(
      new SqsEventSource(this.retryQueue, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency: 5 }),
    );

    const period = Duration.minutes(1);
    const failures = {
      ExecutionsFailed: this.stateMachine.metricFailed({ period }),
      ExecutionsTimedOut: this.stateMachine.metricTimedOut({ period }),
      ExecutionThrottled: this.stateMachine.metricThrottled({ period }),
    };
    for (const [name, metric] of Object.entries(failures)) {
      alarms.add(`Launcher${name}`, { effect: 'Accepted events start their workflows late.', runbook: 'launches-fail', metric });
    }
    alarms.addForQueue('LaunchesParked', parkedQueue, {
      effect: 'Accepted events did not start their workflows, and nothing tries again by itself.',
      runbook: 'launches-parked',
    });
  }

  /**
   * Queues what rules could not deliver: the rules of triggers are not known here. Relaunch asks them what they add to an event.
   */
  takeUndelivered(...ruleArns: readonly string[]): void {
    this.retryQueue.addToResourcePolicy(
      // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html#eb-dlq-perms
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.retryQueue.queueArn],
        conditions: { ArnLike: { 'aws:SourceArn': [...ruleArns] } },
      }),
    );
    for (const arns of ruleArns) {
      grantEach(
        this.relaunch,
        ['events:ListTargetsByRule'],
        arns,
        'The rules of triggers: which there are changes with the workflows.',
      );
    }
  }

  /** Tells this bus of runs that cannot be started. */
  tell(bus: EventBus): void {
    this.busName = bus.eventBusName;
    this.stateMachine.addToRolePolicy(
      new PolicyStatement({
        actions: ['events:PutEvents'],
        resources: [bus.eventBusArn],
        conditions: { StringEquals: { 'events:source': PLATFORM_SOURCE } },
      }),
    );
  }

  /** Starting the launcher without a rule. */
  starting(): Access<'LAUNCHER_ARN'> {
    const arn = this.stateMachine.stateMachineArn;
    return { variables: { LAUNCHER_ARN: arn }, grantTo: (fn) => grant(fn, ['states:StartExecution'], arn) };
  }
}
