import { isUtf8 } from 'node:buffer';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as v from 'valibot';
import type { ReceivedRequest } from '../events/envelope.ts';
import { fieldsSchema } from '../events/fields.ts';

/** A write costs a unit for each KB; what is larger is left to S3 (docs/decisions/0061). */
const LARGEST_CONTENT = 32 * 1024;
/** What is kept of a body in any case, and shown of it. */
const BEGINNING = 4 * 1024;
/** Larger bodies are not compressed to see whether they fit: that would take longer than the rest of the request. */
const LARGEST_TO_TRY = 512 * 1024;

/** Stores a body as it came; gives its `s3://bucket/key`. */
export type StoreBody = (object: { workspace: string; deliveryId: string; body: Uint8Array }) => Promise<string>;

export interface KeptContent {
  readonly content: Uint8Array<ArrayBuffer>;
  /** Where the whole body is, when `content` has its beginning alone. */
  readonly bodyRef?: string;
}

/** A request's headers and query and its whole body, gzipped where that is small enough; else the body goes to the store. Credentials are removed before. */
export async function keepContent(
  request: ReceivedRequest,
  body: Buffer,
  of: { readonly workspace: string; readonly deliveryId: string },
  storeBody: StoreBody,
): Promise<KeptContent> {
  if (body.length <= LARGEST_TO_TRY) {
    const content = zip(request, body);
    if (content.length <= LARGEST_CONTENT) return { content };
  }
  return { content: beginningOf(request, body), bodyRef: await storeBody({ ...of, body }) };
}

/** The same with the first 4 KB of the body alone: enough to see what was refused. */
export const beginningOf = (request: ReceivedRequest, body: Buffer): Uint8Array<ArrayBuffer> =>
  zip(request, shownBody(body), body.length);

/** Text stays text: base64 compresses worse, and most bodies are JSON. */
function zip({ headers, query }: ReceivedRequest, body: Buffer, size = body.length): Uint8Array<ArrayBuffer> {
  const kept = isUtf8(body) ? { text: body.toString() } : { base64: body.toString('base64') };
  return gzipSync(JSON.stringify({ headers, query, size, ...kept }));
}

const contentSchema = v.object({
  headers: v.record(v.string(), v.string()),
  query: fieldsSchema,
  size: v.number(),
  text: v.optional(v.string()),
  base64: v.optional(v.string()),
});

/** What was kept of a request; `size` is that of its whole body in bytes, of which `body` may be the beginning alone. */
export interface ReadContent extends Omit<ReceivedRequest, 'method'> {
  readonly body: Buffer;
  readonly size: number;
}

/** What `keepContent` or `beginningOf` kept. */
export function readContent(content: Uint8Array): ReadContent {
  const stored = v.parse(v.pipe(v.string(), v.parseJson(), contentSchema), gunzipSync(content).toString());
  const { headers, query, size, text, base64 = '' } = stored;
  return { headers, query, size, body: text === undefined ? Buffer.from(base64, 'base64') : Buffer.from(text) };
}

/** The part of a body that is shown: its first 4 KB, of a text without the part of a character that may be at their end. */
export function shownBody(body: Buffer): Buffer {
  const beginning = body.subarray(0, BEGINNING);
  // A character of UTF-8 has 4 bytes at most (https://www.rfc-editor.org/rfc/rfc3629#section-3).
  const cuts = [0, 1, 2, 3].map((bytes) => beginning.subarray(0, beginning.length - bytes));
  return body.length > BEGINNING ? (cuts.find((cut) => isUtf8(cut)) ?? beginning) : body;
}
