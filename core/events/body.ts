import { unsupportedMediaType } from '../errors.ts';
import { parseFields } from './fields.ts';
import { decodeUtf8, parseJsonText } from './json-text.ts';

export interface ParsedBody {
  /** What the workflow receives as `body`. */
  readonly data: unknown;
  /** The media type without parameters; `application/octet-stream` where the sender named none for a body it sent. */
  readonly contentType: string;
}

/** A body, or a part of one, that is not text. */
export interface BinaryContent {
  readonly contentType: string;
  /** In bytes, before base64. */
  readonly size: number;
  readonly base64: string;
}

/**
 * Makes data of a body by its `Content-Type`: JSON as it is, forms as objects (files as `{filename, contentType, size, base64}`),
 * text as a string, anything else as `BinaryContent`, no body as null.
 *
 * Raises 400 for a body that is not what its type says, 415 for one that is compressed, 422 as `parseJsonText` does.
 */
export async function parseBody(headers: Readonly<Record<string, string>>, body: Buffer): Promise<ParsedBody> {
  const encoding = headers['content-encoding'];
  if (encoding && encoding.toLowerCase() !== 'identity') {
    throw unsupportedMediaType(`A body with content-encoding "${encoding.slice(0, 40)}" is not read; send it uncompressed.`);
  }
  const header = headers['content-type'];
  const contentType = mediaType(header) ?? 'application/octet-stream';
  if (body.length === 0) return { data: null, contentType: header ? contentType : 'application/json' };
  return { data: await parseAs(contentType, header ?? '', body), contentType };
}

async function parseAs(contentType: string, header: string, body: Buffer): Promise<unknown> {
  if (isJson(contentType)) return parseJsonText(body);
  if (contentType === 'application/x-www-form-urlencoded') return parseFields(decodeUtf8(body));
  if (contentType === 'multipart/form-data') {
    // Few senders use it: the parser is loaded when one does, not at every cold start.
    const { parseMultipart } = await import('./multipart.ts');
    return parseMultipart(header, body);
  }
  if (isText(contentType)) return decodeText(header, body);
  return { contentType, size: body.length, base64: body.toString('base64') } satisfies BinaryContent;
}

/** The media type in a Content-Type header, lower-case, without parameters. */
export const mediaType = (header: string | undefined): string | undefined =>
  header?.split(';', 1)[0]?.trim().toLowerCase() || undefined;

export const isJson = (contentType: string): boolean => contentType === 'application/json' || contentType.endsWith('+json');

const isText = (contentType: string) =>
  contentType.startsWith('text/') ||
  /^application\/(xml|javascript|yaml|x-yaml|graphql|x-ndjson)$/.test(contentType) ||
  contentType.endsWith('+xml');

function decodeText(header: string, body: Buffer): string {
  const charset = /;\s*charset\s*=\s*"?([\w:.-]+)"?/i.exec(header)?.[1] ?? 'utf-8';
  if (/^utf-?8$/i.test(charset)) return decodeUtf8(body);
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    throw unsupportedMediaType(`The charset "${charset.slice(0, 40)}" is not known; send the text as UTF-8.`);
  }
}
