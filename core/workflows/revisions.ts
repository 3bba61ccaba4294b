import type { Revision } from './revision.ts';
import type { Workflow } from './workflow.ts';

/** How many revisions of a workflow can be gone back to, the current one among them. */
const KEPT_REVISIONS = 10;

/** What an imported state machine's revision is called: its versions are not ours. */
const IMPORTED = 'imported';

/** What new runs start, and what they could. */
export type Revisions = Pick<
  Workflow,
  'revision' | 'stateMachineArn' | 'stateMachineVersionArn' | 'deployedVersionArn' | 'revisions'
>;

interface Deployed {
  readonly stateMachineArn: string;
  /** The state machine's own ARN for an imported one. */
  readonly stateMachineVersionArn: string;
  /** `manual`: the pointer of a workflow that exists stays where it is. */
  readonly policy: 'latest' | 'manual';
  readonly needs: readonly string[];
}

/** Without a version, nothing of it is ours. */
export const isImported = ({
  stateMachineArn,
  stateMachineVersionArn,
}: Pick<Deployed, 'stateMachineArn' | 'stateMachineVersionArn'>): boolean => stateMachineArn === stateMachineVersionArn;

/**
 * The revisions of a workflow after a deployment. The pointer moves when the deployment brings another version than the last one did, so
 * that a rollback outlives deployments that don't change the workflow. `dropped` are versions that are kept no longer, never the one
 * that is pointed to.
 */
export function afterDeployment(
  before: (Revisions & Pick<Workflow, 'updatedAt'>) | undefined,
  { policy, needs, ...deployed }: Deployed,
  now: Date,
): Revisions & { readonly dropped: readonly Revision[] } {
  const { stateMachineArn, stateMachineVersionArn } = deployed;
  if (isImported(deployed)) {
    return { revision: IMPORTED, ...deployed, deployedVersionArn: stateMachineVersionArn, revisions: [], dropped: [] };
  }
  const known = before?.stateMachineArn === stateMachineArn && !isImported(before) ? before : undefined;
  const earlier = known === undefined ? [] : historyOf(known);
  const isDeployed = (each: Revision) => each.stateMachineVersionArn === stateMachineVersionArn;
  const next = {
    revision: revisionOf(stateMachineVersionArn),
    stateMachineVersionArn,
    createdAt: now.toISOString(),
    needs: [...needs],
  };
  const revisions = earlier.some(isDeployed)
    ? earlier.map((each) => (isDeployed(each) ? { ...each, needs: next.needs } : each))
    : [next, ...earlier];
  const moves =
    known === undefined ||
    (policy === 'latest' && (known.deployedVersionArn ?? known.stateMachineVersionArn) !== stateMachineVersionArn);
  const current = moves ? stateMachineVersionArn : known.stateMachineVersionArn;

  const isDroppable = (each: Revision) => ![current, stateMachineVersionArn].includes(each.stateMachineVersionArn);
  const surplus = Math.max(0, revisions.length - KEPT_REVISIONS);
  const dropped = revisions.toReversed().filter(isDroppable).slice(0, surplus);
  return {
    revision: revisionOf(current),
    stateMachineArn,
    stateMachineVersionArn: current,
    deployedVersionArn: stateMachineVersionArn,
    revisions: revisions.filter((each) => !dropped.includes(each)),
    dropped,
  };
}

/** What a revision needs and the last deployment does not have: it would fail without. */
export function lacking({ revisions, deployedVersionArn }: Revisions, revision: Revision): readonly string[] {
  const deployed = revisions.find(({ stateMachineVersionArn }) => stateMachineVersionArn === deployedVersionArn);
  return revision.needs.filter((need) => deployed && !deployed.needs.includes(need));
}

/** Newest first. A workflow that was entered before revisions were kept has the one that it points to. */
function historyOf({
  revisions,
  revision,
  stateMachineVersionArn,
  updatedAt,
}: Revisions & Pick<Workflow, 'updatedAt'>): Revision[] {
  return revisions.length > 0 ? revisions : [{ revision, stateMachineVersionArn, createdAt: updatedAt, needs: [] }];
}

const revisionOf = (versionArn: string): string => versionArn.split(':').at(-1) ?? '';
