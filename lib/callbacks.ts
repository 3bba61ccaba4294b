import { Construct } from 'constructs';
import { callbackEnvironment } from '../lambdas/callback/env.ts';
import { callbacksEnvironment } from '../lambdas/callbacks/env.ts';
import { type FunctionDefaults, HandlerFunction } from './handler-function.ts';
import type { PublicHttpApi } from './http-api.ts';
import type { StateStack } from './state-stack.ts';
import type { WorkflowMachines } from './workflow-machines.ts';

interface CallbacksProps {
  readonly defaults: FunctionDefaults;
  readonly state: StateStack;
  readonly machines: WorkflowMachines;
  readonly http: PublicHttpApi;
}

/** Lets runs ask outside: one function opens callbacks for them, the other takes the answers. */
export class Callbacks extends Construct {
  /** The function that workflows call. */
  readonly callbacksArn: string;

  constructor(scope: Construct, id: string, { defaults, state, machines, http }: CallbacksProps) {
    super(scope, id);
    const open = new HandlerFunction(this, 'Open', {
      defaults,
      name: 'callbacks',
      description: 'Opens a callback for a run, and notes the step that waits for it; called by workflows.',
      environment: callbacksEnvironment,
      access: [state.items('GetItem', 'PutItem', 'UpdateItem'), machines.answeringTasks()],
      variables: { PUBLIC_URL: http.url },
    });
    this.callbacksArn = open.functionArn;

    const answer = new HandlerFunction(this, 'Answer', {
      defaults,
      name: 'callback',
      description: "Shows a callback to who is asked, takes the answer and ends the run's step that waits.",
      environment: callbackEnvironment,
      access: [state.items('GetItem', 'UpdateItem'), machines.answeringTasks()],
      variables: {},
    });
    http.route(answer, '/callback/{callbackId}');
  }
}
