import { readObjectBody } from './aws-chunked.ts';
import type { Protocol, ProtocolRequest } from './protocol.ts';
import { AwsError, type Json } from './service.ts';

/** Members of an object that travel as plain headers (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html). */
const OBJECT_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'ContentType',
  'content-disposition': 'ContentDisposition',
  'content-language': 'ContentLanguage',
  'cache-control': 'CacheControl',
  'content-encoding': 'ContentEncoding',
};
const METADATA_PREFIX = 'x-amz-meta-';
/** Of the `x-amz-` headers, those that are understood or change nothing here; any other is refused. */
const KNOWN_AMZ =
  /^x-amz-(?:date|user-agent|security-token|content-sha256|decoded-content-length|trailer|sdk-checksum-algorithm|checksum-.+|server-side-encryption.*|expected-bucket-owner|meta-.+)$/;
const KNOWN_QUERY = new Set(['x-id', 'list-type', 'prefix', 'max-keys', 'continuation-token', 'start-after']);

/** The REST-XML form of the S3 operations supported here, path-style only (`/bucket/key`). Object bodies are `Uint8Array` in `Body`. */
export const s3Protocol: Protocol = {
  read(request) {
    refuseUnknown(request);
    const { bucket, key } = location(request.path);
    if (key === '') return readBucketRequest(request, bucket);
    const input = { Bucket: bucket, Key: key };
    switch (request.method) {
      case 'PUT':
        return { operation: 'PutObject', input: { ...input, ...readPut(request) } };
      case 'GET':
        return { operation: 'GetObject', input };
      case 'HEAD':
        return { operation: 'HeadObject', input };
      case 'DELETE':
        return { operation: 'DeleteObject', input };
      default:
        throw notImplemented(`${request.method} of an object`);
    }
  },

  answer(operation, output) {
    if (operation === 'ListObjectsV2') return { status: 200, headers: XML, body: listXml(output) };
    const headers: Record<string, string> = {};
    for (const [header, member] of Object.entries({ ...OBJECT_HEADERS, etag: 'ETag' })) {
      const value = output[member];
      if (typeof value === 'string') headers[header] = value;
    }
    if (typeof output.ContentLength === 'number') headers['content-length'] = String(output.ContentLength);
    if (output.LastModified instanceof Date) headers['last-modified'] = output.LastModified.toUTCString();
    for (const [name, value] of Object.entries(output.Metadata ?? {})) headers[METADATA_PREFIX + name] = String(value);
    return {
      status: operation === 'DeleteObject' ? 204 : 200,
      headers,
      ...(output.Body instanceof Uint8Array && { body: output.Body }),
    };
  },

  fail(error, request) {
    // S3 says AccessDenied and InvalidAccessKeyId (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList).
    const code =
      { AccessDeniedException: 'AccessDenied', UnrecognizedClientException: 'InvalidAccessKeyId' }[error.code] ?? error.code;
    const status = code === 'AccessDenied' ? 403 : error.status;
    if (request.method === 'HEAD') return { status, headers: {} };
    return { status, headers: XML, body: `${XML_HEAD}<Error>${element('Code', code)}${element('Message', error.message)}</Error>` };
  },
};

const XML = { 'content-type': 'application/xml' };
const XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n';

const notImplemented = (what: string) => new AwsError('NotImplemented', `${what} is not supported locally.`, 501);

function refuseUnknown({ headers, query }: ProtocolRequest): void {
  for (const name of Object.keys(headers)) {
    if ((name.startsWith('x-amz-') && !KNOWN_AMZ.test(name)) || name === 'range') throw notImplemented(`The S3 header ${name}`);
  }
  for (const name of query.keys()) {
    if (!KNOWN_QUERY.has(name)) throw notImplemented(`The S3 query parameter ${name}`);
  }
}

function location(path: string): { bucket: string; key: string } {
  try {
    const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
    return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(key) };
  } catch {
    throw new AwsError('InvalidURI', 'The path cannot be decoded.');
  }
}

function readBucketRequest({ method, query }: ProtocolRequest, bucket: string): { operation: string; input: Json } {
  if (method !== 'GET' || query.get('list-type') !== '2')
    throw notImplemented('Of the S3 bucket operations, all but ListObjectsV2');
  const members = { Prefix: 'prefix', ContinuationToken: 'continuation-token', StartAfter: 'start-after', MaxKeys: 'max-keys' };
  const input: Json = { Bucket: bucket };
  for (const [member, name] of Object.entries(members)) {
    const value = query.get(name);
    if (value !== null) input[member] = member === 'MaxKeys' ? Number(value) : value;
  }
  return { operation: 'ListObjectsV2', input };
}

function readPut({ headers, body }: ProtocolRequest): Json {
  const input: Json = { Body: readObjectBody(headers, body) };
  for (const [header, member] of Object.entries(OBJECT_HEADERS)) {
    const value = headers[header];
    if (typeof value === 'string') input[member] = value;
  }
  const encoding = String(input.ContentEncoding ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'aws-chunked');
  if (encoding.length > 0) input.ContentEncoding = encoding.join(',');
  else delete input.ContentEncoding;
  const metadata = Object.entries(headers).filter(([name]) => name.startsWith(METADATA_PREFIX));
  input.Metadata = Object.fromEntries(metadata.map(([name, value]) => [name.slice(METADATA_PREFIX.length), String(value)]));
  if (headers['if-none-match'] !== undefined) input.IfNoneMatch = headers['if-none-match'];
  return input;
}

function listXml(output: Json): string {
  const objects = Array.isArray(output.Contents) ? (output.Contents as Json[]) : [];
  const contents = objects.map((object) => {
    const modified = object.LastModified instanceof Date ? object.LastModified.toISOString() : '';
    return `<Contents>${element('Key', object.Key)}${element('LastModified', modified)}${element('ETag', object.ETag)}${element('Size', object.Size)}</Contents>`;
  });
  const plain = ['Name', 'Prefix', 'KeyCount', 'MaxKeys', 'IsTruncated', 'NextContinuationToken']
    .filter((name) => output[name] !== undefined)
    .map((name) => element(name, output[name]));
  return `${XML_HEAD}<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${plain.join('')}${contents.join('')}</ListBucketResult>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const element = (name: string, value: unknown): string =>
  `<${name}>${String(value ?? '').replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)}</${name}>`;
