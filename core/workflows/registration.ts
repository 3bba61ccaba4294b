import type { Trigger } from '../triggers/trigger.ts';
import type { Manifest } from './manifest.ts';
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
  readonly declareWorkflow: (workflow: DeclaredWorkflow, now: Date) => Promise<void>;
  readonly removeWorkflow: (workspace: string, workflowId: string) => Promise<void>;
  readonly findTrigger: (triggerId: string) => Promise<Trigger | undefined>;
  /** False when another workflow has a trigger with its id. */
  readonly declareTrigger: (trigger: Trigger, now: Date) => Promise<boolean>;
  readonly removeTrigger: (triggerId: string) => Promise<void>;
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
 * Raises `RegistrationError`, with nothing changed, when a trigger's id belongs to another workflow.
 */
export async function register(registry: Registry, registration: Registration, now: Date): Promise<void> {
  const { workspace, workflowId, manifest, stateMachineArn, stateMachineVersionArn, declaredBy } = registration;
  const triggers: Trigger[] = manifest.triggers.map((trigger) => ({ ...trigger, workspace, workflowId }));
  for (const { triggerId } of triggers) {
    const found = await registry.findTrigger(triggerId);
    if (found && !belongsTo(found, workspace, workflowId)) throw isTaken(triggerId);
  }

  const before = (await registry.findWorkflow(workspace, workflowId))?.triggerIds ?? [];
  const triggerIds = triggers.map(({ triggerId }) => triggerId);
  const declare = (ids: string[]) =>
    registry.declareWorkflow(
      {
        workspace,
        workflowId,
        name: manifest.name,
        description: manifest.description,
        revision: stateMachineVersionArn.split(':').at(-1) ?? '',
        stateMachineArn,
        stateMachineVersionArn,
        declaredBy,
        triggerIds: ids,
      },
      now,
    );
  const left = before.filter((triggerId) => !triggerIds.includes(triggerId));
  await declare([...triggerIds, ...left]);
  for (const trigger of triggers) {
    if (!(await registry.declareTrigger(trigger, now))) throw isTaken(trigger.triggerId);
  }
  if (left.length === 0) return;
  await removeTriggers(registry, left, workspace, workflowId);
  await declare(triggerIds);
}

/**
 * Removes a workflow and its triggers, if `declaredBy` still is who declares it: when a resource is replaced by one of another name,
 * CloudFormation deletes the old one after the new one has been created.
 */
export async function unregister(registry: Registry, workspace: string, workflowId: string, declaredBy: string): Promise<void> {
  const workflow = await registry.findWorkflow(workspace, workflowId);
  if (workflow?.declaredBy !== declaredBy) return;
  await removeTriggers(registry, workflow.triggerIds, workspace, workflowId);
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
  new RegistrationError(`The trigger id ${triggerId} belongs to another workflow; choose another id.`);
