import { createHash, type Hash } from 'node:crypto';
import * as v from 'valibot';

export const messageAttributesSchema = v.record(
  v.string(),
  v.object({
    DataType: v.pipe(v.string(), v.regex(/^(?:String|Number|Binary)(?:\..+)?$/)),
    StringValue: v.optional(v.string()),
    BinaryValue: v.optional(v.string()),
  }),
);
export type MessageAttributes = v.InferOutput<typeof messageAttributesSchema>;

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/**
 * MD5OfMessageAttributes, which the SDK checks: over the attributes sorted by name, each as length-prefixed name, type and value
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation).
 */
export function attributesMd5(attributes: MessageAttributes): string {
  const hash = createHash('md5');
  const names = Object.keys(attributes).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const name of names) {
    const attribute = attributes[name];
    const binary = attribute?.BinaryValue;
    addPart(hash, Buffer.from(name));
    addPart(hash, Buffer.from(attribute?.DataType ?? ''));
    hash.update(Buffer.of(binary === undefined ? 1 : 2));
    addPart(hash, binary === undefined ? Buffer.from(attribute?.StringValue ?? '') : Buffer.from(binary, 'base64'));
  }
  return hash.digest('hex');
}

function addPart(hash: Hash, bytes: Buffer): void {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  hash.update(length).update(bytes);
}

/** A message's bytes, with the names, types and values of its attributes. */
export function messageBytes(body: string, attributes: MessageAttributes): number {
  let size = Buffer.byteLength(body);
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes)) {
    size += Buffer.byteLength(name) + Buffer.byteLength(DataType);
    size += BinaryValue === undefined ? Buffer.byteLength(StringValue ?? '') : Buffer.byteLength(BinaryValue, 'base64');
  }
  return size;
}

const NOT_ALLOWED = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/** The characters a body may hold: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
export const hasAllowedCharacters = (body: string): boolean => !NOT_ALLOWED.test(body);
