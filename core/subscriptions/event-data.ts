import { isUtf8 } from 'node:buffer';
import { subjectOf } from '../deliveries/delivery.ts';
import { isRefusal } from '../deliveries/rejected.ts';
import { type BinaryContent, type ParsedBody, parseBody } from '../events/body.ts';
import { type Envelope, type ReceivedRequest, subscriptionSource } from '../events/envelope.ts';
import { parseJsonText } from '../events/json-text.ts';
import type { ReadEvent } from '../integrations/integration.ts';
import type { Subscription } from './subscription.ts';

/** A provider's request, verified and read. */
export interface ReadRequest {
  readonly eventId: string;
  readonly type: string;
  readonly read: ReadEvent;
  readonly headers: ReceivedRequest['headers'];
  readonly body: Buffer;
  readonly receivedAt: string;
}

/** The event that a provider's request becomes, and that a replay makes of it again. */
export async function eventEnvelope(subscription: Subscription, request: ReadRequest): Promise<Envelope> {
  const { workspace, name, subscriptionId } = subscription;
  const { eventId, type, read, headers, body, receivedAt } = request;
  const { data, contentType } = await eventDataOf(read, headers, body);
  return {
    specversion: '1.0',
    id: eventId,
    source: subscriptionSource(workspace, name),
    type,
    ...subjectOf(read),
    time: read.time ?? receivedAt,
    datacontenttype: contentType,
    data,
    workspace,
    subscription: subscriptionId,
    depth: 0,
  };
}

/**
 * What workflows get of a provider's request. What the bus does not take as JSON, or what is not of its type, is carried as text: the provider would only
 * send it again.
 */
async function eventDataOf(read: ReadEvent, headers: ReceivedRequest['headers'], body: Buffer): Promise<ParsedBody> {
  try {
    if (read.data === undefined) return await parseBody(headers, body);
    return { data: parseJsonText(Buffer.from(JSON.stringify(read.data))), contentType: 'application/json' };
  } catch (error) {
    // JSON in a form is parsed by its integration: too deep for JSON.stringify, it raises a RangeError.
    if (!isRefusal(error) && !(error instanceof RangeError)) throw error;
    return asText(body);
  }
}

function asText(body: Buffer): ParsedBody {
  if (isUtf8(body)) return { data: body.toString(), contentType: 'text/plain' };
  const contentType = 'application/octet-stream';
  return { data: { contentType, size: body.length, base64: body.toString('base64') } satisfies BinaryContent, contentType };
}
