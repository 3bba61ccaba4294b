import type { AwsService } from '../aws/service.ts';
import type { Provisioners, Removers } from '../template/provisioner.ts';
import { Executions, type ExecutionsOptions } from './executions.ts';
import { MachineStore } from './machine-store.ts';
import { statesProvisioners } from './provisioners.ts';
import { createStatesService } from './service.ts';

export interface States {
  readonly service: AwsService;
  readonly provisioners: Provisioners;
  readonly removers: Removers;
  /** Goes on with the executions that a stopped process left, and announces the status changes it still owed. Call it once, after provisioning. */
  resume(): void;
  /** Leaves running executions as they stand; the database must stay open until this resolves. */
  close(): Promise<void>;
}

/**
 * Step Functions of the local runtime: the `states` service, whose state machines come from templates. `call` must check IAM; `emit`
 * puts a status change of a Standard execution on the default bus.
 */
export function createStates(options: ExecutionsOptions): States {
  const machines = new MachineStore(options.db, options.clock);
  const executions = new Executions(options, machines);
  return {
    service: createStatesService(machines, executions, options.clock),
    provisioners: statesProvisioners(machines),
    removers: { 'AWS::StepFunctions::StateMachine': ({ ref }) => machines.remove(ref) },
    resume: () => executions.resume(),
    close: () => executions.close(),
  };
}
