import { validateHeaderName, validateHeaderValue } from 'node:http';
import * as v from 'valibot';
import { internalError } from './gateway-error.ts';

export interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Buffer;
}

const StructuredResponse = v.object({
  statusCode: v.pipe(v.union([v.number(), v.pipe(v.string(), v.transform(Number))]), v.integer(), v.minValue(100), v.maxValue(599)),
  headers: v.nullish(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])), {}),
  cookies: v.nullish(v.array(v.string()), []),
  body: v.nullish(v.string(), ''),
  isBase64Encoded: v.nullish(v.boolean(), false),
});

/** Framing belongs to the connection, not to the function. */
const CONNECTION_HEADERS = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade']);

/**
 * Reads a function's answer in payload format 2.0; without a `statusCode` it is the body of a 200 with JSON. `multiValueHeaders` is not of
 * this format and is ignored. Raises `GatewayError` 500 when the answer is malformed.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function proxyResponse(payload: string): HttpResponse {
  const answer: unknown = JSON.parse(payload);
  if (typeof answer !== 'object' || answer === null || !('statusCode' in answer)) {
    const body = Buffer.from(typeof answer === 'string' ? answer : payload);
    return { statusCode: 200, headers: { 'content-type': 'application/json' }, cookies: [], body };
  }
  const parsed = v.safeParse(StructuredResponse, answer);
  if (!parsed.success) throw internalError();
  const { statusCode, cookies, body, isBase64Encoded } = parsed.output;
  const headers = Object.entries(parsed.output.headers)
    .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
    .filter(([name]) => !CONNECTION_HEADERS.has(name));
  if (![...headers, ...cookies.map((cookie) => ['set-cookie', cookie] as const)].every(isSendable)) throw internalError();
  return {
    statusCode,
    headers: Object.fromEntries(headers),
    cookies,
    body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  };
}

function isSendable([name, value]: readonly [string, string]): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
