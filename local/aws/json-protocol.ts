import { DetailedAwsError } from './detailed-error.ts';
import type { Protocol, ProtocolRequest } from './protocol.ts';
import { AwsError, type Json } from './service.ts';

/**
 * AWS JSON 1.0 and 1.1, which the SDK's DynamoDB, Step Functions, SQS (1.0), EventBridge and KMS (1.1) clients use:
 * the operation is in `X-Amz-Target`, input and output are the body (https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html).
 * Times are numbers of seconds and blobs base64 text, in both directions.
 */
export const jsonProtocol: Protocol = {
  read(request) {
    const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
    if (!operation) throw new AwsError('UnknownOperationException', 'The request has no X-Amz-Target header.');
    return { operation, input: parseObject(request.body) };
  },
  answer: (_operation, output, request) => ({ status: 200, headers: contentType(request), body: toJson(output) }),
  fail: (error, request) => ({
    status: error.status,
    headers: { ...contentType(request), 'x-amzn-errortype': error.code },
    body: toJson({
      ...(error instanceof DetailedAwsError ? error.members : {}),
      __type: error.code,
      message: error.message,
    }),
  }),
};

const contentType = (request: ProtocolRequest) => ({
  'content-type': request.headers['content-type'] ?? 'application/x-amz-json-1.0',
});

function parseObject(body: Buffer): Json {
  try {
    const input: unknown = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
    if (isObject(input)) return input;
  } catch {
    // Told below: the parser's own message would quote the payload.
  }
  throw new AwsError('SerializationException', 'The request body is not a JSON object.');
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

function toJson(value: Json): string {
  return JSON.stringify(value, function replace(this: Json, key, item: unknown) {
    // JSON.stringify calls Date's toJSON first; the object still holds the Date itself.
    const original = this[key];
    if (original instanceof Date) return original.getTime() / 1000;
    if (original instanceof Uint8Array) return Buffer.from(original).toString('base64');
    return item;
  });
}
