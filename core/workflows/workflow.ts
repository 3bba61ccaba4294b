export interface Workflow {
  readonly workspace: string;
  readonly workflowId: string;
  readonly name: string;
  readonly description?: string;
  readonly active: boolean;
  /** The version number of the state machine that new runs start. */
  readonly revision: string;
  readonly stateMachineArn: string;
  readonly stateMachineVersionArn: string;
  /** Ids of the triggers declared with it, so that what left the folder can be removed. */
  readonly triggerIds: readonly string[];
  readonly updatedAt: string;
}

/** The first workspace; everything declared in `workflows/` belongs to it. */
export const DEFAULT_WORKSPACE = 'default';

/** The id of every workflow's implicit manual trigger, by which `POST /webhook/payload` starts it. */
export const MANUAL_TRIGGER_ID = 'manual';
