import { deleteVersion, findMachineType } from '../../core/aws/state-machines.ts';
import { openStates } from '../../core/aws/states.ts';
import { openTable } from '../../core/aws/table.ts';
import { openRuleRemoval } from '../../core/aws/trigger-rules.ts';
import { openScheduleRemoval } from '../../core/aws/trigger-schedules.ts';
import { openTriggerSwitch } from '../../core/aws/trigger-switch.ts';
import { allTriggers } from '../../core/subscriptions/listening.ts';
import { removeRunTimeRules } from '../../core/triggers/remove-run-time-rules.ts';
import { removeRunTimeTrigger } from '../../core/triggers/remove-run-time-trigger.ts';
import { declareTrigger, findTrigger, listTriggers, removeTrigger } from '../../core/triggers/trigger.repository.ts';
import type { Trigger } from '../../core/triggers/trigger.ts';
import { saveInput } from '../../core/workflows/input.repository.ts';
import { answerRegistration, parseRegistrationRequest, type RequestedRegistry } from '../../core/workflows/registration-request.ts';
import { declareWorkflow, findWorkflow, removeWorkflow } from '../../core/workflows/workflow.repository.ts';
import { registryEnvironment } from './env.ts';
import { respond } from './respond.ts';

const { TABLE_NAME, BUS_NAME, SCHEDULE_GROUP } = registryEnvironment.read();
const table = openTable(TABLE_NAME);
const rules = openRuleRemoval(BUS_NAME);
const schedules = openScheduleRemoval(SCHEDULE_GROUP);
const states = openStates();
const registry: RequestedRegistry = {
  findWorkflow: (workspace: string, workflowId: string) => findWorkflow(table, workspace, workflowId, { consistent: true }),
  declareWorkflow: declareWorkflow.bind(undefined, table),
  removeWorkflow: removeWorkflow.bind(undefined, table),
  saveInput: saveInput.bind(undefined, table),
  findTrigger: findTrigger.bind(undefined, table),
  declareTrigger: declareTrigger.bind(undefined, table),
  removeTrigger: removeTrigger.bind(undefined, table),
  triggersOf: (workspace: string) => allTriggers((page) => listTriggers(table, workspace, {}, page)),
  removeRunTimeTrigger: (trigger: Trigger) =>
    removeRunTimeTrigger({ rules, schedules, removeTrigger: removeTrigger.bind(undefined, table) }, trigger),
  removeRunTimeRules: () => removeRunTimeRules(rules),
  triggerSwitch: openTriggerSwitch(),
  findMachineType: findMachineType.bind(undefined, states),
  deleteVersion: deleteVersion.bind(undefined, states),
};

/** The custom resource by which the workflows stack enters its workflows into the table. */
export async function handler(event: unknown): Promise<void> {
  const request = parseRegistrationRequest(event);
  await respond(request.ResponseURL, await answerRegistration(registry, request, new Date()));
}
