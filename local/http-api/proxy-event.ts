import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { LOCAL_ACCOUNT } from '../template/provisioner.ts';
import { encodeBody } from './request-body.ts';

export interface ProxyRequest {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  /** Percent-encoded, as sent. */
  readonly path: string;
  readonly rawQueryString: string;
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly apiId: string;
  readonly stage: string;
  /** Host and port of the API. */
  readonly domainName: string;
  readonly now: Date;
}

/**
 * The event of payload format 2.0 (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html):
 * repeated headers and query fields are joined with commas, cookies are taken out of the headers. Path and parameters are
 * decoded (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html), `rawPath` too; `rawQueryString` is not.
 * Throws `URIError` when the path is not decodable.
 */
export function proxyEvent(input: ProxyRequest): APIGatewayProxyEventV2 {
  const { request, body, routeKey, pathParameters, now, stage } = input;
  const headers = joinedHeaders(request);
  const { cookie, ...otherHeaders } = headers;
  const sourceIp = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  const path = decodeURIComponent(input.path);
  const query = queryParameters(input.rawQueryString);
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: input.rawQueryString,
    ...(cookie !== undefined && { cookies: cookie.split(/;\s*/) }),
    headers: { ...otherHeaders, ...gatewayHeaders(headers, sourceIp, request.socket.localPort, now) },
    ...(query && { queryStringParameters: query }),
    requestContext: {
      accountId: LOCAL_ACCOUNT,
      apiId: input.apiId,
      domainName: input.domainName,
      domainPrefix: input.apiId,
      http: {
        method: request.method ?? '',
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage,
      time: requestTime(now),
      timeEpoch: now.getTime(),
    },
    ...(Object.keys(pathParameters).length > 0 && { pathParameters: { ...pathParameters } }),
    ...encodeBody(body, request.headers),
  };
}

function joinedHeaders(request: IncomingMessage): Record<string, string> {
  const joined: Record<string, string> = Object.create(null);
  const raw = request.rawHeaders;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const value = raw[index + 1] ?? '';
    const separator = name === 'cookie' ? '; ' : ',';
    joined[name] = name in joined ? `${joined[name]}${separator}${value}` : value;
  }
  return joined;
}

/** What API Gateway adds: who sent the request, over what, and a trace id. */
function gatewayHeaders(
  headers: Record<string, string>,
  sourceIp: string,
  port: number | undefined,
  now: Date,
): Record<string, string> {
  const seconds = Math.floor(now.getTime() / 1000).toString(16);
  const forwardedFor = headers['x-forwarded-for'];
  return {
    'x-amzn-trace-id': headers['x-amzn-trace-id'] ?? `Root=1-${seconds}-${randomBytes(12).toString('hex')}`,
    'x-forwarded-for': forwardedFor === undefined ? sourceIp : `${forwardedFor}, ${sourceIp}`,
    'x-forwarded-port': String(port ?? ''),
    'x-forwarded-proto': 'http',
  };
}

function queryParameters(rawQueryString: string): Record<string, string> | undefined {
  if (rawQueryString === '') return undefined;
  const joined = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(joined);
}

/** As in the page's example: `12/Mar/2020:19:03:58 +0000`. */
function requestTime(now: Date): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(now.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
