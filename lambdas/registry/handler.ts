import { deleteVersion, findMachineType } from '../../core/aws/state-machines.ts';
import { openStates } from '../../core/aws/states.ts';
import { openTable } from '../../core/aws/table.ts';
import { openTriggerSwitch } from '../../core/aws/trigger-switch.ts';
import { declareTrigger, findTrigger, removeTrigger } from '../../core/triggers/trigger.repository.ts';
import { saveInput } from '../../core/workflows/input.repository.ts';
import type { Registry } from '../../core/workflows/registration.ts';
import { answerRegistration, parseRegistrationRequest } from '../../core/workflows/registration-request.ts';
import { declareWorkflow, findWorkflow, removeWorkflow } from '../../core/workflows/workflow.repository.ts';
import { registryEnvironment } from './env.ts';
import { respond } from './respond.ts';

const table = openTable(registryEnvironment.read().TABLE_NAME);
const states = openStates();
const registry: Registry = {
  findWorkflow: (workspace: string, workflowId: string) => findWorkflow(table, workspace, workflowId, { consistent: true }),
  declareWorkflow: declareWorkflow.bind(undefined, table),
  removeWorkflow: removeWorkflow.bind(undefined, table),
  saveInput: saveInput.bind(undefined, table),
  findTrigger: findTrigger.bind(undefined, table),
  declareTrigger: declareTrigger.bind(undefined, table),
  removeTrigger: removeTrigger.bind(undefined, table),
  triggerSwitch: openTriggerSwitch(),
  findMachineType: findMachineType.bind(undefined, states),
  deleteVersion: deleteVersion.bind(undefined, states),
};

/** The custom resource by which the workflows stack enters its workflows into the table. */
export async function handler(event: unknown): Promise<void> {
  const request = parseRegistrationRequest(event);
  await respond(request.ResponseURL, await answerRegistration(registry, request, new Date()));
}
