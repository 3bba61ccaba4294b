import { Problem } from '../errors.ts';
import { isJson, mediaType, parseBody } from '../events/body.ts';
import { type Fault, readAttributes } from './attributes.ts';
import type { CloudEvent } from './cloud-event.ts';

type Data = Pick<CloudEvent, 'data' | 'datacontenttype'>;

/**
 * Reads an event in the JSON format (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md). Gives every fault
 * of its attributes at once; a fault without a name is one of the event as a whole.
 */
export async function readJsonEvent(value: unknown): Promise<{ event: CloudEvent } | { faults: readonly Fault[] }> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || JSON.isRawJSON(value)) {
    return { faults: [{ name: '', detail: 'must be a JSON object.' }] };
  }
  const members = new Map<string, unknown>(Object.entries(value));
  const payload = { data: members.get('data'), base64: members.get('data_base64') ?? undefined };
  members.delete('data');
  members.delete('data_base64');

  const read = readAttributes(members);
  if ('faults' in read) return read;
  try {
    return { event: { ...read.attributes, ...(await readData(payload, read.attributes.datacontenttype)) } };
  } catch (error) {
    // What the bytes in data_base64 are said to be, they are not.
    if (error instanceof Problem) return fault('data_base64', `cannot be read: ${error.message}`);
    if (error instanceof InvalidData) return fault(error.member, error.message);
    throw error;
  }
}

const fault = (name: string, detail: string) => ({ faults: [{ name, detail }] });

class InvalidData extends Error {
  readonly member: 'data' | 'data_base64';
  constructor(member: 'data' | 'data_base64', detail: string) {
    super(detail);
    this.member = member;
  }
}

/** `type` is the event's datacontenttype; without one, `data` is JSON and `data_base64` bytes of which nothing is known. */
async function readData(payload: { data: unknown; base64: unknown }, type: string | undefined): Promise<Data> {
  const { data, base64 } = payload;
  if (base64 !== undefined) {
    if (data !== undefined) throw new InvalidData('data_base64', 'must not come beside data.');
    return readBytes(base64, type ?? 'application/octet-stream');
  }
  const datacontenttype = type ?? 'application/json';
  // A string is content that JSON has carried as text already, whatever charset it had elsewhere.
  if (data !== undefined && data !== null && !declaresJson(datacontenttype) && typeof data !== 'string') {
    throw new InvalidData('data', 'must be a string, for datacontenttype is not JSON.');
  }
  return { data: data ?? null, datacontenttype };
}

async function readBytes(base64: unknown, datacontenttype: string): Promise<Data> {
  const bytes = typeof base64 === 'string' ? Buffer.from(base64, 'base64') : undefined;
  // Buffer skips what is no base64.
  if (bytes === undefined || bytes.toString('base64') !== base64)
    throw new InvalidData('data_base64', 'must be base64 with padding.');
  const { data } = await parseBody({ 'content-type': declaresJson(datacontenttype) ? 'application/json' : datacontenttype }, bytes);
  return { data, datacontenttype };
}

/** Is the data JSON by its type: any subtype `json`, or one that ends in `+json`? */
function declaresJson(datacontenttype: string): boolean {
  const type = mediaType(datacontenttype) ?? '';
  return isJson(type) || type.endsWith('/json');
}
