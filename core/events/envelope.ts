import type { Labels } from '../labels.ts';

/** The kinds of trigger. */
type TriggerKind = 'webhook' | 'event' | 'schedule' | 'manual';

export interface AddressedTrigger {
  readonly id: string;
  readonly kind: TriggerKind;
  readonly workflowId: string;
  /** Those of the trigger, for its runs. */
  readonly labels?: Labels | undefined;
}

export interface ReceivedRequest {
  readonly method: string;
  readonly query: Readonly<Record<string, string | string[]>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** `Detail` on the bus: a CloudEvents 1.0 JSON object (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md) with our extensions. */
export interface Envelope {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  /** ISO 8601 in UTC with milliseconds. */
  readonly time: string;
  readonly datacontenttype: string;
  readonly data: unknown;
  readonly workspace: string;
  /** The id of the subscription it came by; its name is in `source`, as `subscriptionSource` makes it. */
  readonly subscription?: string;
  readonly depth: number;
  readonly dataref?: string;
  readonly datatruncated?: true;
  /** The id that the sender of a CloudEvent gave it; `id` is ours. */
  readonly senderid?: string;
  readonly trigger?: AddressedTrigger;
  readonly request?: ReceivedRequest;
}

/** `Source` of an event on the bus. Addressed events come from these alone; the addressed rule matches them. */
export const ADDRESSED_SOURCES = ['millrace.webhook', 'millrace.schedule', 'millrace.manual'] as const;

export const EVENT_TYPES = { webhook: 'webhook.received', manual: 'run.requested', schedule: 'schedule.fired' } as const;

/** The `source` of a subscription's events: a trigger that names the subscription matches it (docs/decisions/0060). */
export const subscriptionSource = (workspace: string, name: string): string => `/workspaces/${workspace}/subscriptions/${name}`;

/** `Source` of CloudEvents on the bus; those that name a workflow are addressed, all others are for whoever listens. */
export const CLOUDEVENTS_SOURCE = 'millrace.cloudevents';

/** `Source` on the bus of an integration's events. */
export const integrationSource = (integration: string): string => `millrace.${integration}`;
