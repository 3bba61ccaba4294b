import type { Trigger } from '../triggers/trigger.ts';
import type { TriggerSwitch } from '../triggers/trigger-switch.ts';
import { INPUT_PARTS, type InputSchemas } from './input.ts';
import type { Manifest } from './manifest.ts';
import { afterDeployment, isImported } from './revisions.ts';
import type { Workflow } from './workflow.ts';

export type DeclaredWorkflow = Omit<Workflow, 'active' | 'updatedAt'>;

/** A workflow as a deployment declares it. */
export interface Registration {
  readonly workspace: string;
  readonly workflowId: string;
  readonly manifest: Manifest;
  readonly stateMachineArn: string;
  readonly stateMachineVersionArn: string;
  /** The CloudFormation resource: its stack and logical id. */
  readonly declaredBy: string;
}

export interface Registry {
  readonly findWorkflow: (workspace: string, workflowId: string) => Promise<Workflow | undefined>;
  /** `active` counts for a new workflow. False, and nothing changed, when another than `before` stands there meanwhile. */
  readonly declareWorkflow: (
    workflow: DeclaredWorkflow,
    active: boolean,
    before: string | undefined,
    now: Date,
  ) => Promise<boolean>;
  readonly removeWorkflow: (workspace: string, workflowId: string) => Promise<void>;
  /** With `undefined`, requests may look as they like. */
  readonly saveInput: (workspace: string, workflowId: string, schemas: InputSchemas | undefined) => Promise<void>;
  readonly findTrigger: (triggerId: string) => Promise<Trigger | undefined>;
  /** False when another workflow has a trigger with its id. */
  readonly declareTrigger: (trigger: Trigger, now: Date) => Promise<boolean>;
  readonly removeTrigger: (triggerId: string) => Promise<void>;
  /** Every trigger of a workspace. */
  readonly triggersOf: (workspace: string) => Promise<readonly Trigger[]>;
  /** Removes a trigger that was made at run time, and its rule or its schedule. */
  readonly removeRunTimeTrigger: (trigger: Trigger) => Promise<void>;
  /** Turns triggers off that CloudFormation has just made or changed although their workflow is inactive. */
  readonly triggerSwitch: TriggerSwitch;
  /** The type of a state machine that is imported; undefined when there is none. */
  readonly findMachineType: (stateMachineArn: string) => Promise<string | undefined>;
  /** Deletes a version of a state machine; its executions go on. */
  readonly deleteVersion: (stateMachineVersionArn: string) => Promise<void>;
}

/** A deployment that cannot be registered, in one sentence for whoever deploys. */
export class RegistrationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RegistrationError';
  }
}

/**
 * Enters a workflow and its triggers, and removes triggers it had before. It can be repeated after a crash anywhere: the workflow names
 * old and new triggers before any is written, and only the new ones once the old ones are gone.
 *
 * Raises `RegistrationError`, with nothing changed, when a trigger's id belongs to another workflow, or an imported state machine cannot be
 * used.
 */
export async function register(registry: Registry, registration: Registration, now: Date): Promise<void> {
  const { workspace, workflowId, manifest, stateMachineArn, stateMachineVersionArn, declaredBy } = registration;
  const triggers: Trigger[] = manifest.triggers.map((trigger) => ({ ...trigger, workspace, workflowId }));
  const paused = new Set<string>();
  for (const { triggerId } of triggers) {
    const found = await registry.findTrigger(triggerId);
    if (found?.kind === 'schedule' && found.paused) paused.add(triggerId);
    if (found && (found.atRunTime || !belongsTo(found, workspace, workflowId))) throw isTaken(triggerId);
  }
  if (isImported(registration)) await requireStandard(registry, stateMachineArn);

  const before = await registry.findWorkflow(workspace, workflowId);
  const deployed = { stateMachineArn, stateMachineVersionArn, policy: manifest.revision, needs: manifest.needs };
  const { dropped, ...revisions } = afterDeployment(before, deployed, now);
  const triggerIds = triggers.map(({ triggerId }) => triggerId);
  const declare = async (ids: string[], updatedAt: string | undefined) => {
    const { name, description, labels, limits } = manifest;
    const workflow = { workspace, workflowId, name, description, labels, limits, ...revisions, input, declaredBy, triggerIds: ids };
    if (await registry.declareWorkflow(workflow, manifest.active, updatedAt, now)) return;
    throw new RegistrationError(`The workflow ${workflowId} was changed while it was deployed; deploy it again.`);
  };
  const schemas = manifest.input;
  const input = schemas && INPUT_PARTS.filter((part) => schemas[part] !== undefined);
  // Before the workflow says that there are any, and gone only after it says that there are none.
  if (schemas) await registry.saveInput(workspace, workflowId, schemas);
  const left = before?.triggerIds.filter((triggerId) => !triggerIds.includes(triggerId)) ?? [];
  await declare([...triggerIds, ...left], before?.updatedAt);
  for (const trigger of triggers) {
    if (!(await registry.declareTrigger(trigger, now))) throw isTaken(trigger.triggerId);
  }
  // The template's rules and schedules may just have become what they are for a workflow that begins as the manifest says.
  if (!(before?.active ?? manifest.active)) {
    for (const trigger of triggers) await registry.triggerSwitch.disable(trigger);
  } else if (!manifest.active) {
    for (const trigger of triggers)
      if (trigger.enabled && !paused.has(trigger.triggerId)) await registry.triggerSwitch.enable(trigger);
  }
  // The template knows nothing of a pause, and may just have ended it.
  for (const trigger of triggers) if (paused.has(trigger.triggerId)) await registry.triggerSwitch.disable(trigger);
  if (left.length > 0) {
    await removeTriggers(registry, left, workspace, workflowId);
    await declare(triggerIds, now.toISOString());
  }
  if (!schemas && before?.input) await registry.saveInput(workspace, workflowId, undefined);
  // Last: one that a crash leaves undeleted does no harm.
  for (const revision of dropped) await registry.deleteVersion(revision.stateMachineVersionArn);
}

/** Express executions tell of no change of status. One that is not there yet fails its runs, and may come. */
async function requireStandard(registry: Registry, stateMachineArn: string): Promise<void> {
  const type = await registry.findMachineType(stateMachineArn);
  if (type === undefined || type === 'STANDARD') return;
  throw new RegistrationError(`The state machine ${stateMachineArn} is of the type ${type}; only STANDARD ones can be imported.`);
}

/**
 * Removes a workflow and its triggers, those made at run time too, if `declaredBy` still is who declares it: when a resource is replaced by one of another name,
 * CloudFormation deletes the old one after the new one has been created.
 */
export async function unregister(registry: Registry, workspace: string, workflowId: string, declaredBy: string): Promise<void> {
  const workflow = await registry.findWorkflow(workspace, workflowId);
  if (workflow?.declaredBy !== declaredBy) return;
  await removeTriggers(registry, workflow.triggerIds, workspace, workflowId);
  for (const trigger of await registry.triggersOf(workspace)) {
    if (trigger.atRunTime && trigger.workflowId === workflowId) await registry.removeRunTimeTrigger(trigger);
  }
  await registry.saveInput(workspace, workflowId, undefined);
  await registry.removeWorkflow(workspace, workflowId);
}

async function removeTriggers(registry: Registry, triggerIds: readonly string[], workspace: string, workflowId: string) {
  for (const triggerId of triggerIds) {
    const found = await registry.findTrigger(triggerId);
    if (found && belongsTo(found, workspace, workflowId)) await registry.removeTrigger(triggerId);
  }
}

const belongsTo = (trigger: Trigger, workspace: string, workflowId: string) =>
  trigger.workspace === workspace && trigger.workflowId === workflowId;

const isTaken = (triggerId: string) =>
  new RegistrationError(
    `The trigger id ${triggerId} belongs to another workflow, or to a trigger made at run time; choose another id.`,
  );
