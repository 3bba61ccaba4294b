import type { AddressedTrigger, Envelope } from '../events/envelope.ts';
import type { CloudEvent } from './cloud-event.ts';

/** What goes on the bus for a CloudEvent: its sender's attributes under ours. `receivedAt` is ISO 8601 in UTC. */
export function cloudEventEnvelope(
  event: CloudEvent,
  {
    workspace,
    eventId,
    receivedAt,
    trigger,
  }: { workspace: string; eventId: string; receivedAt: string; trigger?: AddressedTrigger | undefined },
): Envelope {
  const { id, source, type, subject, time, datacontenttype, dataschema, data, extensions } = event;
  return {
    ...extensions,
    ...(dataschema !== undefined && { dataschema }),
    specversion: '1.0',
    id: eventId,
    senderid: id,
    source,
    type,
    ...(subject !== undefined && { subject }),
    time: time ?? receivedAt,
    datacontenttype,
    data,
    workspace,
    depth: 0,
    ...(trigger && { trigger }),
  };
}

/** The event in JSON, as it is kept with its delivery: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
export function toJsonFormat({ extensions, ...attributes }: CloudEvent): string {
  return JSON.stringify({ specversion: '1.0', ...attributes, ...extensions });
}

export const JSON_FORMAT = 'application/cloudevents+json';
