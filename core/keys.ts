/**
 * The one table's keys. A *collection* is a list kept newest first; collections that every accepted request or every run
 * writes are spread over shards, so that one partition's write limit (1,000 units a second,
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html) is not the platform's.
 */
export const TABLE_KEY = { partition: 'pk', sort: 'sk', expiry: 'ttl' } as const;

/** Every index projects its keys only: a change of status is then no write to the index, and lists read the items in batches. */
export const INDEXES = {
  /** Workflows, triggers and tokens of a workspace; deliveries of a trigger; runs of a workspace. */
  collection: { name: 'byCollection', partition: 'collection', sort: 'collectionSort' },
  /** Runs of a workflow. */
  workflow: { name: 'byWorkflow', partition: 'workflowRuns', sort: 'workflowRunsSort' },
  /** Runs that have not succeeded, by status: what is open, and what went wrong. */
  status: { name: 'byStatus', partition: 'statusRuns', sort: 'statusRunsSort' },
} as const;

export const SHARDS = 8;

/** RFC 4648 base32 in lower case: the alphabet of event ids. */
export const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** The shard (0 to 7) of an event id, and so of every delivery and run that carries it. The launcher computes the same in JSONata. */
export function shardOf(eventId: string): number {
  return Math.floor(Math.max(0, BASE32.indexOf(eventId.charAt(0))) / (BASE32.length / SHARDS));
}

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

export const itemKey = {
  workflow: (workspace: string, workflowId: string): ItemKey => ({ pk: `WORKFLOW#${workspace}#${workflowId}`, sk: 'WORKFLOW' }),
  /** What requests to a workflow must look like. */
  workflowInput: (workspace: string, workflowId: string): ItemKey => ({ pk: `WORKFLOW#${workspace}#${workflowId}`, sk: 'INPUT' }),
  trigger: (triggerId: string): ItemKey => ({ pk: `TRIGGER#${triggerId}`, sk: 'TRIGGER' }),
  token: (tokenId: string): ItemKey => ({ pk: `TOKEN#${tokenId}`, sk: 'TOKEN' }),
  /** The secrets of a webhook trigger: set by hand, and left alone by deployments. */
  triggerSecrets: (triggerId: string): ItemKey => ({ pk: `TRIGGER#${triggerId}`, sk: 'SECRETS' }),
  subscription: (subscriptionId: string): ItemKey => ({ pk: `SUBSCRIPTION#${subscriptionId}`, sk: 'SUBSCRIPTION' }),
  /** The names of a workspace's subscriptions: what makes them unique, and counts them, in one write. */
  subscriptionNames: (workspace: string): ItemKey => ({ pk: `SUBSCRIPTIONS#${workspace}`, sk: 'NAMES' }),
  /** What holds for a workspace as a whole. */
  workspace: (workspace: string): ItemKey => ({ pk: `WORKSPACE#${workspace}`, sk: 'SETTINGS' }),
  delivery: (deliveryId: string): ItemKey => ({ pk: `DELIVERY#${deliveryId}`, sk: 'DELIVERY' }),
  /** How many requests a trigger has taken in a period, by the period's beginning. */
  rate: (triggerId: string, period: string): ItemKey => ({ pk: `RATE#${triggerId}`, sk: period }),
  /** How many rejected requests of a trigger or subscription came in a minute beyond those that are kept. */
  rejections: (channelId: string, minute: string): ItemKey => ({ pk: `REJECTIONS#${channelId}`, sk: minute }),
  /** The runs of an event are in one partition, so that they are found without an index. An activityId begins with its event's id. */
  run: (activityId: string): ItemKey => ({ pk: `RUN#${activityId.slice(0, 26)}`, sk: activityId }),
  /** The places of a line of runs, and who has them. */
  places: (line: string): ItemKey => ({ pk: `PLACES#${line}`, sk: 'PLACES' }),
  /** How many runs of a quota a period has, by the period's beginning. */
  period: (line: string, beginning: number): ItemKey => ({ pk: `PLACES#${line}`, sk: `PERIOD#${beginning}` }),
  /** That somebody stands in a line. */
  line: (line: string): ItemKey => ({ pk: `PLACES#${line}`, sk: 'LINE' }),
  /** A run in line, sorted by when its event came in. */
  waiter: (line: string, position: string): ItemKey => ({ pk: `LINE#${line}`, sk: position }),
  launch: (line: string, position: string): ItemKey => ({ pk: `LAUNCH#${line}#${position}`, sk: 'LAUNCH' }),
  /** Who is told of the failed runs of a workflow, or of all of a workspace's. */
  recipients: (workspace: string, workflowId = '*'): ItemKey => ({ pk: `RECIPIENTS#${workspace}#${workflowId}`, sk: 'RECIPIENTS' }),
  /** That somebody was told of a run. */
  notice: (about: string, recipient: string): ItemKey => ({ pk: `NOTICE#${about}`, sk: recipient }),
  callback: (callbackId: string): ItemKey => ({ pk: `CALLBACK#${callbackId}`, sk: 'CALLBACK' }),
  /** The steps of a run that ended, kept so that its execution history is read once. */
  steps: (activityId: string): ItemKey => ({ pk: `STEPS#${activityId}`, sk: 'STEPS' }),
};

export const collection = {
  workflows: (workspace: string) => `WORKFLOWS#${workspace}`,
  triggers: (workspace: string) => `TRIGGERS#${workspace}`,
  tokens: (workspace: string) => `TOKENS#${workspace}`,
  subscriptions: (workspace: string) => `SUBSCRIPTIONS#${workspace}`,
  /** `channelId` is a trigger's id or a subscription's; manual runs' is `manual#<workflowId>`, because every workflow has that trigger. */
  deliveries: (workspace: string, channelId: string, shard: number) => `DELIVERIES#${workspace}#${channelId}#${shard}`,
  runs: (workspace: string, shard: number) => `RUNS#${workspace}#${shard}`,
  workflowRuns: (workspace: string, workflowId: string, shard: number) => `RUNS#${workspace}#${workflowId}#${shard}`,
  /** The lines in which runs wait. */
  lines: 'LINES',
  /** What a run has asked outside. */
  callbacks: (activityId: string) => `CALLBACKS#${activityId}`,
  statusRuns: (workspace: string, status: string, shard: number) => `RUNS#${workspace}#${status}#${shard}`,
};

/** Sorts a collection by time, then id. `time` is ISO 8601 in UTC with milliseconds. */
export const collectionSort = (time: string, id: string) => `${time}#${id}`;
