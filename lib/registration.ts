import { CustomResource, Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { RUN_TIME_RULES } from '../core/workflows/registration-request.ts';
import { registryEnvironment } from '../lambdas/registry/env.ts';
import type { Alarms } from './alarms.ts';
import type { Bus } from './bus.ts';
import { type FunctionDefaults, HandlerFunction } from './handler-function.ts';
import { ParkedQueue } from './queue.ts';
import type { StateStack } from './state-stack.ts';
import type { WorkflowMachines } from './workflow-machines.ts';

/** Enters the workflows of the workflows stack, with their triggers, into the table. */
export class Registration extends Construct {
  /** What a `Custom::MillraceWorkflow` has as its `ServiceToken`. */
  readonly serviceToken: string;

  constructor(
    scope: Construct,
    id: string,
    props: { defaults: FunctionDefaults; state: StateStack; bus: Bus; machines: WorkflowMachines; alarms: Alarms },
  ) {
    super(scope, id);
    const deadLetterQueue = new ParkedQueue(this, 'FailedRegistrations');
    const registry = new HandlerFunction(this, 'Function', {
      defaults: props.defaults,
      name: 'registry',
      description: 'Enters a workflow and its triggers into the table, for CloudFormation.',
      timeout: Duration.minutes(1),
      environment: registryEnvironment,
      access: [
        props.state.items('GetItem', 'BatchGetItem', 'UpdateItem', 'DeleteItem'),
        props.state.lists('collection'),
        props.bus.switching(),
        props.bus.removingRules(),
        props.bus.removingSchedules(),
        props.machines.registering(),
      ],
      variables: {},
      asynchronous: { deadLetterQueue, retryAttempts: 2, maxEventAge: Duration.hours(1) },
    });
    this.serviceToken = registry.functionArn;
    // It names the bus and the function, so it is deleted before them.
    new CustomResource(this, 'RunTimeRules', {
      resourceType: RUN_TIME_RULES,
      serviceToken: this.serviceToken,
      serviceTimeout: Duration.minutes(5),
      properties: { BusName: props.bus.triggerHome.busName },
    });
    props.alarms.addForQueue('RegistryFails', deadLetterQueue, {
      effect: 'A deployment of the workflows stack waits for an answer until it times out.',
      runbook: 'registry-fails',
    });
  }
}
