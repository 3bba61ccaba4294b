import { openTable } from '../../core/aws/table.ts';
import { declareTrigger, findTrigger, removeTrigger } from '../../core/triggers/trigger.repository.ts';
import { answerRegistration, parseRegistrationRequest } from '../../core/workflows/registration-request.ts';
import { declareWorkflow, findWorkflow, removeWorkflow } from '../../core/workflows/workflow.repository.ts';
import { registryEnvironment } from './env.ts';
import { respond } from './respond.ts';

const table = openTable(registryEnvironment.read().TABLE_NAME);
const registry = {
  findWorkflow: (workspace: string, workflowId: string) => findWorkflow(table, workspace, workflowId, { consistent: true }),
  declareWorkflow: declareWorkflow.bind(undefined, table),
  removeWorkflow: removeWorkflow.bind(undefined, table),
  findTrigger: findTrigger.bind(undefined, table),
  declareTrigger: declareTrigger.bind(undefined, table),
  removeTrigger: removeTrigger.bind(undefined, table),
};

/** The custom resource by which the workflows stack enters its workflows into the table. */
export async function handler(event: unknown): Promise<void> {
  const request = parseRegistrationRequest(event);
  await respond(request.ResponseURL, await answerRegistration(registry, request, new Date()));
}
