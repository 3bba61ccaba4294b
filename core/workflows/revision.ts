import * as v from 'valibot';

/** A version of a workflow's state machine, with the versions of the tasks that it calls. */
export const revisionSchema = v.object({
  /** The version's number. */
  revision: v.string(),
  stateMachineVersionArn: v.string(),
  /** When it was first deployed. */
  createdAt: v.string(),
  /** What it cannot do without and a later deployment may take away, in words: tasks, connections, permissions. */
  needs: v.optional(v.array(v.string()), []),
});
export type Revision = v.InferOutput<typeof revisionSchema>;
