import { isUtf8 } from 'node:buffer';
import { isRefusal } from '../deliveries/rejected.ts';
import { type BinaryContent, type ParsedBody, parseBody } from '../events/body.ts';
import type { ReceivedRequest } from '../events/envelope.ts';
import { parseJsonText } from '../events/json-text.ts';
import type { ReadEvent } from '../integrations/integration.ts';

/**
 * What workflows get of a provider's request. What the bus does not take as JSON, or what is not of its type, is carried as text: the provider would only
 * send it again.
 */
export async function eventDataOf(read: ReadEvent, headers: ReceivedRequest['headers'], body: Buffer): Promise<ParsedBody> {
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
