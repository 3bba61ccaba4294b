import * as v from 'valibot';
import { labelsSchema } from '../labels.ts';
import { limitsSchema } from '../limits/limits.ts';
import { INPUT_PARTS } from './input.ts';
import { revisionSchema } from './revision.ts';

/** A workflow's id: its state machine is named `<stack name>-<id>`. */
export const WORKFLOW_ID = /^[a-z0-9-]{1,40}$/;

/** A workflow as stored. */
export const workflowSchema = v.object({
  workspace: v.string(),
  workflowId: v.string(),
  name: v.string(),
  description: v.optional(v.string()),
  /** Its runs have them, too. */
  labels: v.optional(labelsSchema),
  /** How many runs it may have. */
  limits: v.optional(limitsSchema),
  active: v.boolean(),
  /** The version number of the state machine that new runs start; `imported` for one that is not ours. */
  revision: v.string(),
  stateMachineArn: v.string(),
  /** The state machine's own ARN for an imported one. */
  stateMachineVersionArn: v.string(),
  /** What the last deployment brought, which a rollback leaves. */
  deployedVersionArn: v.optional(v.string()),
  /** Newest first, at most `KEPT_REVISIONS`; none of an imported one. */
  revisions: v.optional(v.array(revisionSchema), []),
  /** Ids of the triggers declared with it, so that what left the folder can be removed. */
  triggerIds: v.array(v.string()),
  /** The parts of a request that have a JSON Schema to fit; the schemas are an item of their own. */
  input: v.optional(v.array(v.picklist(INPUT_PARTS))),
  /** The CloudFormation resource that declares it, by its stack and logical id: only that one may remove it. */
  declaredBy: v.string(),
  updatedAt: v.string(),
});
export type Workflow = v.InferOutput<typeof workflowSchema>;

/** The first workspace; everything declared in `workflows/` belongs to it. */
export const DEFAULT_WORKSPACE = 'default';

/** The id of every workflow's implicit manual trigger, by which `POST /webhook/payload` starts it. */
export const MANUAL_TRIGGER_ID = 'manual';
