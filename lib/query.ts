import { Construct } from 'constructs';
import { queryEnvironment } from '../lambdas/query/env.ts';
import type { Bus } from './bus.ts';
import { type FunctionDefaults, HandlerFunction } from './handler-function.ts';
import type { PublicHttpApi } from './http-api.ts';
import type { StateStack } from './state-stack.ts';
import type { WorkflowMachines } from './workflow-machines.ts';

interface QueryProps {
  readonly defaults: FunctionDefaults;
  readonly state: StateStack;
  readonly bus: Bus;
  readonly machines: WorkflowMachines;
  readonly http: PublicHttpApi;
}

/** Tells senders how their run goes, and cancels it. */
export class Query extends Construct {
  constructor(scope: Construct, id: string, { defaults, state, bus, machines, http }: QueryProps) {
    super(scope, id);
    const query = new HandlerFunction(this, 'Function', {
      defaults,
      name: 'query',
      description: "Answers a run's status, and cancels it.",
      environment: queryEnvironment,
      access: [
        state.items('GetItem', 'PutItem', 'UpdateItem'),
        machines.executions('DescribeExecution', 'GetExecutionHistory', 'StopExecution'),
        bus.publishing(),
      ],
      variables: {},
    });
    http.route(query, '/webhook/status/{activityId}');
  }
}
