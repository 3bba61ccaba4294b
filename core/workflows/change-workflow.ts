import { conflict, notFound, unprocessable } from '../errors.ts';
import { isOn, type Trigger } from '../triggers/trigger.ts';
import type { TriggerSwitch } from '../triggers/trigger-switch.ts';
import type { Revision } from './revision.ts';
import { isImported, lacking } from './revisions.ts';
import type { Workflow } from './workflow.ts';

export interface WorkflowChanges {
  /** As the table has it now. */
  readonly findWorkflow: (workspace: string, workflowId: string) => Promise<Workflow | undefined>;
  /** Undefined when the workflow was changed since it was read. */
  readonly pointTo: (workflow: Workflow, revision: Revision, now: Date) => Promise<Workflow | undefined>;
  /** Undefined when there is no such workflow. */
  readonly setActive: (workflow: Workflow, active: boolean, now: Date) => Promise<Workflow | undefined>;
  /** Every trigger of a workspace, those made at run time too. */
  readonly triggersOf: (workspace: string) => Promise<readonly Trigger[]>;
  readonly triggerSwitch: TriggerSwitch;
}

/** The workflow, or 404. */
export async function requireWorkflow(
  { findWorkflow }: Pick<WorkflowChanges, 'findWorkflow'>,
  workspace: string,
  workflowId: string,
): Promise<Workflow> {
  const workflow = await findWorkflow(workspace, workflowId);
  if (!workflow) throw unknownWorkflow();
  return workflow;
}

/**
 * Lets new runs start one of the revisions that are kept. Raises 404, 422 for a revision that is none of them, and 409 for an imported state
 * machine, for a revision whose tasks or permissions are gone, and for a workflow that is deployed or changed at the same time.
 */
export async function changeRevision(
  changes: WorkflowChanges,
  { workspace, workflowId }: Pick<Workflow, 'workspace' | 'workflowId'>,
  revision: string,
  now: Date,
): Promise<Workflow> {
  const workflow = await requireWorkflow(changes, workspace, workflowId);
  if (isImported(workflow)) throw conflict('The state machine is imported; its revisions are managed where it comes from.');
  const kept = workflow.revisions.find((each) => each.revision === revision);
  if (!kept) {
    const known = workflow.revisions.map((each) => each.revision).join(', ');
    throw unprocessable(`There is no revision ${revision}; kept are ${known || 'none'}.`, [
      { pointer: '/revision', detail: 'is not kept' },
    ]);
  }
  const [lost] = lacking(workflow, kept);
  if (lost !== undefined) {
    throw conflict(`Revision ${revision} needs ${lost}, which the last deployment took away; deploy what it was made of again.`);
  }
  const changed = await changes.pointTo(workflow, kept, now);
  if (!changed) throw conflict('The workflow was changed at the same time; look at it and try again.');
  return changed;
}

/**
 * Makes a workflow active or inactive, and turns its rules and schedules on or off with it: on again are those that were enabled before. It can
 * be repeated, and has to be when it failed half-way. Raises 404.
 */
export async function changeActive(
  changes: WorkflowChanges,
  { workspace, workflowId }: Pick<Workflow, 'workspace' | 'workflowId'>,
  active: boolean,
  now: Date,
): Promise<Workflow> {
  const workflow = await requireWorkflow(changes, workspace, workflowId);
  // First: the launcher refuses what a rule lets through before it is off, and an active workflow's events are not lost.
  const changed = await changes.setActive(workflow, active, now);
  if (!changed) throw unknownWorkflow();
  const failures: unknown[] = [];
  for (const trigger of await changes.triggersOf(workspace)) {
    if (trigger.workflowId !== workflowId) continue;
    try {
      if (!active) await changes.triggerSwitch.disable(trigger);
      else if (isOn(trigger)) await changes.triggerSwitch.enable(trigger);
    } catch (error) {
      failures.push(error);
    }
  }
  // One that cannot be turned must not keep the others as they were.
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} triggers could not be turned: ${failures[0]}`);
  return changed;
}

const unknownWorkflow = () => notFound('There is no such workflow.');
