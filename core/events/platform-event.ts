import type { BusEvent } from '../aws/event-bus.ts';
import type { Envelope } from './envelope.ts';
import { deriveEventId } from './event-id.ts';

/** `Source` on the bus of the platform's own events. */
export const PLATFORM_SOURCE = 'millrace.platform';

export interface PlatformEvent {
  readonly workspace: string;
  readonly type:
    | `run.${'succeeded' | 'failed' | 'timed_out' | 'aborted'}`
    | `workflow.${'activated' | 'deactivated'}`
    | 'subscription.unauthorized'
    | 'notification.test'
    | 'delivery.failed';
  /** What it is about: the id of a run, a workflow, a subscription or a delivery. */
  readonly subject: string;
  /** With type and subject, what makes it the same event when it is told again. */
  readonly key: string;
  readonly time: Date;
  readonly data: Readonly<Record<string, unknown>>;
  /** How many runs led to it, one after another. */
  readonly depth: number;
}

/** Puts a platform event on the bus: told again, it is the same event, so that it starts each of its workflows once. */
export function announcer(publish: (event: BusEvent) => Promise<void>): (event: PlatformEvent) => Promise<void> {
  return async ({ workspace, type, subject, key, time, data, depth }) => {
    const envelope: Envelope = {
      specversion: '1.0',
      id: deriveEventId({ workspace, kind: 'platform', channelId: `${type} ${subject}`, deliveryKey: key }),
      source: `/workspaces/${workspace}/platform`,
      type,
      subject,
      time: time.toISOString(),
      datacontenttype: 'application/json',
      data,
      workspace,
      depth,
    };
    await publish({ source: PLATFORM_SOURCE, detailType: type, detail: JSON.stringify(envelope) });
  };
}
