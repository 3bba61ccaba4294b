import { type Envelope, type ReceivedRequest, subscriptionSource } from '../events/envelope.ts';
import type { ReadEvent } from '../integrations/integration.ts';
import { eventDataOf } from './event-data.ts';
import type { Subscription } from './subscription.ts';

/** Some integrations take an event's subject from a field of any length. */
const LONGEST_SUBJECT = 256;

/** A provider's request, verified and without its credentials. */
export interface ProviderEvent {
  readonly eventId: string;
  readonly type: string;
  readonly read: ReadEvent;
  readonly headers: ReceivedRequest['headers'];
  readonly body: Buffer;
  /** ISO 8601 in UTC with milliseconds. */
  readonly receivedAt: string;
}

/** What goes on the bus for a provider's request. */
export async function eventEnvelope(
  { workspace, subscriptionId, name }: Subscription,
  { eventId, type, read, headers, body, receivedAt }: ProviderEvent,
): Promise<Envelope> {
  const { data, contentType } = await eventDataOf(read, headers, body);
  return {
    specversion: '1.0',
    id: eventId,
    source: subscriptionSource(workspace, name),
    type,
    ...(read.subject && { subject: read.subject.slice(0, LONGEST_SUBJECT).toWellFormed() }),
    time: read.time ?? receivedAt,
    datacontenttype: contentType,
    data,
    workspace,
    subscription: subscriptionId,
    depth: 0,
  };
}
