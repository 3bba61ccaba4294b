import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { reconcileEnvironment } from '../lambdas/reconcile/env.ts';
import { recordEnvironment } from '../lambdas/record/env.ts';
import type { Alarms } from './alarms.ts';
import type { Bus } from './bus.ts';
import { type FunctionDefaults, HandlerFunction } from './handler-function.ts';
import type { Launch } from './launch.ts';
import { ParkedQueue } from './queue.ts';
import type { StateStack } from './state-stack.ts';
import type { WorkflowMachines } from './workflow-machines.ts';

interface RecordProps {
  readonly defaults: FunctionDefaults;
  readonly state: StateStack;
  readonly bus: Bus;
  readonly launch: Launch;
  readonly machines: WorkflowMachines;
  readonly alarms: Alarms;
}

/** Keeps the runs' items in step with their executions: at each change of status, and every minute for changes that were not told. */
export class Record extends Construct {
  /** Takes changes of status. */
  readonly recordFunction: IFunction;

  constructor(scope: Construct, id: string, props: RecordProps) {
    super(scope, id);
    this.recordFunction = this.recordChanges(props);
    this.reconcile(props);
  }

  private recordChanges({ defaults, state, bus, launch, machines, alarms }: RecordProps): IFunction {
    const deadLetterQueue = new ParkedQueue(this, 'UnrecordedChanges');
    const maxEventAge = Duration.hours(6);
    const record = new HandlerFunction(this, 'Record', {
      defaults,
      name: 'record',
      description: "Records a run's change of status.",
      environment: recordEnvironment,
      access: [
        state.items('GetItem', 'BatchGetItem', 'UpdateItem', 'DeleteItem'),
        state.partitions(),
        machines.executions('StopExecution'),
        bus.publishing(),
        launch.starting(),
      ],
      variables: {},
      asynchronous: { deadLetterQueue, retryAttempts: 2, maxEventAge },
    });
    // On the default bus, where AWS's own events are (https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html).
    new Rule(this, 'StatusChanges', {
      description: 'Changes of status of the workflows of this copy of the app.',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { stateMachineArn: [{ prefix: machines.arnPrefix }] },
      },
      targets: [new LambdaFunction(record, { deadLetterQueue, retryAttempts: 185, maxEventAge: Duration.hours(24) })],
    });
    alarms.addForQueue('RecordFails', deadLetterQueue, {
      effect: 'Runs that ended show as running until the reconciler finds them.',
      runbook: 'record-fails',
    });
    return record;
  }

  private reconcile({ defaults, state, bus, launch, machines, alarms }: RecordProps): void {
    const deadLetterQueue = new ParkedQueue(this, 'FailedReconciliations');
    // The next minute's turn does the work of one that failed.
    const maxEventAge = Duration.minutes(1);
    const reconcile = new HandlerFunction(this, 'Reconcile', {
      defaults,
      name: 'reconcile',
      description: 'Looks up runs that have shown no change for a while.',
      timeout: Duration.seconds(50),
      environment: reconcileEnvironment,
      access: [
        state.lists('status', 'collection'),
        state.items('GetItem', 'BatchGetItem', 'UpdateItem', 'DeleteItem'),
        state.partitions(),
        machines.executions('DescribeExecution'),
        bus.publishing(),
        launch.starting(),
      ],
      variables: {},
      asynchronous: { deadLetterQueue, retryAttempts: 0, maxEventAge },
    });
    new Rule(this, 'EveryMinute', {
      description: 'Starts the reconciler.',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new LambdaFunction(reconcile, { deadLetterQueue, retryAttempts: 0, maxEventAge })],
    });
    alarms.addForQueue('ReconcileFails', deadLetterQueue, {
      effect: 'Runs whose change of status was never told keep a wrong status.',
      runbook: 'reconcile-fails',
    });
  }
}
