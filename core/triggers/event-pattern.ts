import { CLOUDEVENTS_SOURCE, subscriptionSource } from '../events/envelope.ts';

/** What an event trigger listens to. */
export interface EventSelection {
  readonly workspace: string;
  /** The `Source` on the bus. */
  readonly source: string;
  /** Its `DetailType`, any of these; `*` at the end of one stands for anything. */
  readonly types: readonly string[];
  /** The subscription whose events alone it takes, by its name, as a declared trigger knows it. */
  readonly subscription?: string | undefined;
  /** By its id, as a trigger made at run time knows it; then the name does not count (docs/decisions/0060). */
  readonly subscriptionId?: string | undefined;
  /** An EventBridge pattern over the event's data. */
  readonly filter?: Readonly<Record<string, unknown>> | undefined;
  /** Of `AWS_SOURCE`: the pattern as it is. */
  readonly pattern?: Readonly<Record<string, unknown>> | undefined;
}

/** The source of triggers by events of the account's default bus, where AWS's own events are: none of ours is there. */
export const AWS_SOURCE = 'aws';

/** The pattern of an event trigger's rule: its filter sees the event's data alone, so no trigger reaches another workspace's events. */
export function eventPatternOf({
  workspace,
  source,
  types,
  subscription,
  subscriptionId,
  filter,
  pattern,
}: EventSelection): Readonly<Record<string, unknown>> {
  if (source === AWS_SOURCE) return pattern ?? {};
  return {
    source: [source],
    'detail-type': types.map(typePattern),
    detail: {
      workspace: [workspace],
      ...(subscriptionId !== undefined
        ? { subscription: [subscriptionId] }
        : subscription !== undefined && { source: [subscriptionSource(workspace, subscription)] }),
      // One that names its workflow is for that one alone.
      ...(source === CLOUDEVENTS_SOURCE && { trigger: { id: [{ exists: false }] } }),
      ...(filter && { data: filter }),
    },
  };
}

/** A prefix where that says it all: a bus takes few rules with wildcards (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html). */
function typePattern(type: string): string | { readonly prefix: string } | { readonly wildcard: string } {
  const star = type.indexOf('*');
  if (star < 0) return type;
  return star === type.length - 1 ? { prefix: type.slice(0, -1) } : { wildcard: type };
}

/** Does a pattern match with wildcards? A bus takes few such rules. */
export function hasWildcard(pattern: unknown): boolean {
  if (typeof pattern !== 'object' || pattern === null) return false;
  return Object.entries(pattern).some(([key, value]) => key === 'wildcard' || hasWildcard(value));
}
