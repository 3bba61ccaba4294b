import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readObjectBody } from '../../../local/aws/aws-chunked.ts';
import { AwsError } from '../../../local/aws/service.ts';

// The form of the body: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
const headers = { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' };
const encode = (chunks: readonly Uint8Array[]) =>
  Buffer.concat([
    ...chunks.flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]),
    Buffer.from('0\r\n\r\n'),
  ]);

describe('an aws-chunked body', () => {
  test('gives back the bytes of its chunks, whatever they hold', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1 })), (chunks) => {
        expect(readObjectBody(headers, encode(chunks))).toEqual(Buffer.concat(chunks));
      }),
    );
  });

  test('raises nothing but AwsError for broken ones', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.string().map(Buffer.from)), (bytes) => {
        try {
          readObjectBody(headers, Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
      }),
    );
  });

  test('with a checksum that does not match is refused', () => {
    const body = Buffer.from('5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n');

    expect(() => readObjectBody(headers, body)).toThrow(expect.objectContaining({ code: 'BadDigest' }));
  });
});
