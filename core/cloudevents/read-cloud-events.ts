import { badRequest, type Problem, payloadTooLarge, unsupportedMediaType } from '../errors.ts';
import { mediaType, parseBody } from '../events/body.ts';
import { type Fault, readAttributes } from './attributes.ts';
import type { CloudEvent } from './cloud-event.ts';
import { decodeHeaderValue } from './header-value.ts';
import { readJsonEvent } from './json-event.ts';
import { isUriReference } from './uri.ts';

export interface CloudEventsRequest {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface ReadCloudEvents {
  /** The content mode, as its sender chose it: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#3-http-message-mapping */
  readonly mode: 'binary' | 'structured' | 'batch';
  /** One, but in a batch none to `largestBatch`, in their order. */
  readonly events: readonly CloudEvent[];
}

/** Enough to mend a sender by; a batch may hold many more. */
const MOST_FAULTS_TOLD = 20;

/** A fault and where it is in the request. */
interface PlacedFault {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly detail: string;
}

/**
 * Reads the CloudEvents 1.0 events of a request in binary, structured or batch mode; the latter two in JSON alone.
 *
 * Raises 400 where one of them is none, naming each attribute by its header or its JSON Pointer (`/3/id`): then none of a batch is accepted.
 * 413 for a batch of more than `largestBatch`, 415 for another format than JSON, and what `parseBody` raises.
 */
export async function readCloudEvents(request: CloudEventsRequest, largestBatch: number): Promise<ReadCloudEvents> {
  const contentType = mediaType(request.headers['content-type']) ?? '';
  if (!contentType.startsWith('application/cloudevents')) return { mode: 'binary', events: [await readBinary(request)] };
  const json = await parseFormat(contentType, request);
  if (contentType === 'application/cloudevents+json') return { mode: 'structured', events: await readAll([json], () => '') };

  if (!Array.isArray(json))
    throw badRequest('A batch of CloudEvents is a JSON array.', [{ pointer: '', detail: 'must be an array.' }]);
  if (json.length > largestBatch) {
    throw payloadTooLarge(`The batch has ${json.length} events; at most ${largestBatch} are taken at once.`);
  }
  return { mode: 'batch', events: await readAll(json, (index) => `/${index}`) };
}

async function parseFormat(contentType: string, { headers, body }: CloudEventsRequest): Promise<unknown> {
  if (!/^application\/cloudevents(?:-batch)?\+json$/.test(contentType)) {
    throw unsupportedMediaType(
      `CloudEvents are read as application/cloudevents+json or application/cloudevents-batch+json, or with ce- headers; not as ${contentType.slice(0, 80)}.`,
    );
  }
  return (await parseBody(headers, body)).data;
}

async function readAll(values: readonly unknown[], prefixOf: (index: number) => string): Promise<readonly CloudEvent[]> {
  const events: CloudEvent[] = [];
  const faults: PlacedFault[] = [];
  for (const [index, value] of values.entries()) {
    const read = await readJsonEvent(value);
    if ('event' in read) events.push(read.event);
    else faults.push(...read.faults.map(({ name, detail }) => ({ pointer: prefixOf(index) + pointerTo(name), detail })));
  }
  if (faults.length > 0) throw refusal(faults);
  return events;
}

/** No name stands for the event as a whole. The name is the sender's own text. */
const pointerTo = (name: string) => (name === '' ? '' : `/${shorten(name).replaceAll('~', '~0').replaceAll('/', '~1')}`);

const shorten = (name: string) => (name.length > 60 ? `${name.slice(0, 60)}...` : name);

async function readBinary({ headers, body }: CloudEventsRequest): Promise<CloudEvent> {
  const given = new Map<string, unknown>();
  const faults: Fault[] = [];
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith('ce-')) continue;
    const name = header.slice('ce-'.length);
    const text = textOf(name, value);
    given.set(name, text);
    if (text === undefined) faults.push({ name, detail: 'must be percent-encoded UTF-8.' });
    if (name === 'datacontenttype') faults.push({ name, detail: 'is told by Content-Type; leave this header out.' });
  }
  given.delete('datacontenttype');
  const undecoded = new Set(faults.map(({ name }) => name));
  const type = headers['content-type'];
  if (type !== undefined) given.set('datacontenttype', type);

  const read = readAttributes(given);
  if ('faults' in read) faults.push(...read.faults.filter(({ name }) => !undecoded.has(name)));
  if (faults.length > 0 || 'faults' in read) throw refusal(faults.map(inHeader), given.size > (type === undefined ? 0 : 1));
  // What CloudEvents take for JSON is more than other requests do: text/json is JSON too.
  const isJson = mediaType(type)?.endsWith('/json');
  const { data, contentType } = await parseBody(isJson ? { ...headers, 'content-type': 'application/json' } : headers, body);
  return { datacontenttype: contentType, ...read.attributes, data };
}

/** Some senders, the JavaScript SDK among them, do not encode the `%` of a URI; decoded, it is none any more. */
function textOf(name: string, header: string): string | undefined {
  const text = decodeHeaderValue(header);
  const isUri = name === 'source' || name === 'dataschema';
  return isUri && text !== undefined && !isUriReference(text) && isUriReference(header) ? header : text;
}

const inHeader = ({ name, detail }: Fault): PlacedFault => ({
  parameter: name === 'datacontenttype' && !detail.startsWith('is told') ? 'content-type' : `ce-${shorten(name)}`,
  detail,
});

function refusal(faults: readonly PlacedFault[], isCloudEvent = true): Problem {
  if (!isCloudEvent) {
    return badRequest(
      'This is no CloudEvent: send its attributes in ce- headers, or all of it as application/cloudevents+json.',
      faults,
    );
  }
  const { pointer, parameter, detail } = faults[0] ?? { detail: '' };
  const more = faults.length > 1 ? ` It is the first of ${faults.length} faults.` : '';
  return badRequest(
    `Nothing was accepted: ${pointer || parameter || 'the event'} ${detail}${more}`,
    faults.slice(0, MOST_FAULTS_TOLD),
  );
}
