import type { IncomingHttpHeaders } from 'node:http';
import { crc32 } from 'node:zlib';
import { AwsError } from './service.ts';

/**
 * The object's bytes out of a request body. The SDK sends streams as `aws-chunked`: `<hex size>[;chunk-signature=...]CRLF<bytes>CRLF`,
 * an empty chunk, and trailers with the checksum (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html).
 * Raises `IncompleteBody` for a broken body and `BadDigest` for a wrong CRC32, the checksum the SDK sends by default.
 */
export function readObjectBody(headers: IncomingHttpHeaders, body: Buffer): Buffer {
  const chunked = String(headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
  const { bytes, trailers } = chunked ? decodeChunks(body) : { bytes: body, trailers: new Map<string, string>() };
  const length = headers['x-amz-decoded-content-length'];
  if (length !== undefined && Number(length) !== bytes.length) throw incomplete();
  const checksum = trailers.get('x-amz-checksum-crc32') ?? headers['x-amz-checksum-crc32'];
  if (checksum !== undefined && checksum !== base64Crc32(bytes)) {
    throw new AwsError('BadDigest', 'The CRC32 you specified did not match the calculated checksum.');
  }
  return bytes;
}

function decodeChunks(body: Buffer): { bytes: Buffer; trailers: Map<string, string> } {
  const chunks: Buffer[] = [];
  let at = 0;
  const readLine = () => {
    const end = body.indexOf('\r\n', at);
    if (end < 0) throw incomplete();
    const line = body.toString('latin1', at, end);
    at = end + 2;
    return line;
  };
  for (;;) {
    const size = /^([0-9a-fA-F]{1,8})(?:;.*)?$/.exec(readLine())?.[1];
    if (size === undefined) throw incomplete();
    const length = Number.parseInt(size, 16);
    if (length === 0) break;
    if (at + length + 2 > body.length) throw incomplete();
    chunks.push(body.subarray(at, at + length));
    at += length;
    if (readLine() !== '') throw incomplete();
  }
  const trailers = new Map<string, string>();
  while (at < body.length) {
    const line = readLine();
    const colon = line.indexOf(':');
    if (colon > 0) trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return { bytes: Buffer.concat(chunks), trailers };
}

function base64Crc32(bytes: Buffer): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString('base64');
}

const incomplete = () => new AwsError('IncompleteBody', 'The request body terminated unexpectedly.');
