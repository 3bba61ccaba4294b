import type { IncomingMessage } from 'node:http';
import { tooLarge } from './gateway-error.ts';

/** 10 MB: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const LARGEST_BODY = 10 * 1024 * 1024;

/** Reads the body. Raises `GatewayError` 413 as soon as it is known to be larger than API Gateway takes. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_BODY) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  // Not destroyed when refused halfway, so that the answer still reaches the sender.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const TEXT = /^\s*(?:text\/[^;\s]+|application\/(?:json|xml|javascript))\s*(?:;|$)/i;

/**
 * The event's `body` and `isBase64Encoded`. Which types arrive as text is how HTTP APIs behave; the page on Lambda integrations only says
 * that the field tells (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).
 * A compressed body is no text, whatever its type.
 */
export function encodeBody(body: Buffer, headers: IncomingMessage['headers']): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const encoding = headers['content-encoding'] ?? 'identity';
  const isText = encoding === 'identity' && TEXT.test(headers['content-type'] ?? '');
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}
