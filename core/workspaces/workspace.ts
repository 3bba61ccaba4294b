import * as v from 'valibot';

/** What holds for a workspace as a whole, as stored. */
export const workspaceSchema = v.object({
  workspace: v.string(),
  /** The senders that may ask to send CloudEvents: DNS names, `*.example.com` for all below that one, `*` for everybody. */
  allowedOrigins: v.optional(v.array(v.string()), []),
});
export type Workspace = v.InferOutput<typeof workspaceSchema>;
