import type { IncomingMessage } from 'node:http';
import { type AwsCall, AwsError, type Json } from '../aws/service.ts';
import type { Log } from '../log.ts';
import type { Meter } from '../meter.ts';
import { localArn } from '../template/provisioner.ts';
import { createThrottle, type DeployedApi, type Integration, type Stage } from './deployed-api.ts';
import {
  badRequest,
  GatewayError,
  headersTooLarge,
  internalError,
  notFound,
  tooLarge,
  tooManyRequests,
  unavailable,
} from './gateway-error.ts';
import { proxyEvent } from './proxy-event.ts';
import { type HttpResponse, proxyResponse } from './proxy-response.ts';
import { readBody } from './request-body.ts';
import type { RouteMatch } from './route-table.ts';

/** A request that reached a route, and how it was answered. Neither path nor query: tokens travel there. */
export interface Delivered {
  readonly method: string;
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly status: number;
  readonly durationMs: number;
  /** The function's answer; absent when the gateway answered by itself. */
  readonly response?: HttpResponse;
}

export interface GatewayOptions {
  readonly call: AwsCall;
  readonly log: Log;
  readonly meter: Meter;
  readonly domainName: string;
  readonly api: DeployedApi;
  readonly stage: Stage;
  readonly onRequest?: (delivered: Delivered) => void;
}

/** Bytes of the request line and all header values: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const LARGEST_HEAD = 10_240;

/** HTTP APIs are billed in increments of 512 KB: https://aws.amazon.com/api-gateway/pricing/ */
const BILLED_BYTES = 512 * 1024;

/** Routes requests to functions. The returned function raises `GatewayError` for what API Gateway answers by itself. */
export function createGateway(options: GatewayOptions): (request: IncomingMessage) => Promise<HttpResponse> {
  const { api, stage, log, meter, onRequest } = options;
  const isThrottled = createThrottle(stage);

  return async (request) => {
    const began = performance.now();
    const { method = '', url = '' } = request;
    if (headSize(request) > LARGEST_HEAD) throw headersTooLarge();
    const [path, rawQueryString] = splitTarget(url);
    if (!path.startsWith('/')) throw badRequest();
    const match = decoding(() => api.routes.match(method, path));
    if (!match) throw notFound();

    let status = 500;
    let response: HttpResponse | undefined;
    try {
      if (isThrottled(match)) throw tooManyRequests();
      const body = await readBody(request);
      const event = decoding(() =>
        proxyEvent({
          request,
          body,
          path,
          rawQueryString,
          routeKey: match.route.key,
          pathParameters: match.pathParameters,
          apiId: api.apiId,
          stage: stage.name,
          domainName: options.domainName,
          now: new Date(),
        }),
      );
      response = await integrate(options, method, match, event);
      status = response.statusCode;
      meter.add('httpApi.requests', Math.max(1, Math.ceil(Math.max(body.length, response.body.length) / BILLED_BYTES)));
      return response;
    } catch (error) {
      if (error instanceof GatewayError) status = error.status;
      throw error;
    } finally {
      const durationMs = Math.round(performance.now() - began);
      const { route, pathParameters } = match;
      if (stage.logsAccess) log.detail(`${route.key} ${status} ${durationMs} ms`);
      onRequest?.({ method, routeKey: route.key, pathParameters, status, durationMs, ...(response && { response }) });
    }
  };
}

/**
 * Invokes the function as API Gateway does: on its own behalf, so that the function's permission is what lets it. Raises `GatewayError`.
 * The statuses for a function that fails or is refused are API Gateway's; those for a payload that Lambda refuses and for throttling are
 * not in its documentation.
 */
async function integrate(
  options: GatewayOptions,
  method: string,
  match: RouteMatch<Integration>,
  event: object,
): Promise<HttpResponse> {
  const { call, log, api, stage } = options;
  const { functionArn, timeoutMs } = match.target;
  // The function's permission names the route's own path: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html
  const key = match.route.key;
  const place = key === '$default' ? key : `${method}${key.slice(key.indexOf('/'))}`;
  const sourceArn = localArn('execute-api', `${api.apiId}/${stage.name}/${place}`);
  const input = { FunctionName: functionArn, InvocationType: 'RequestResponse', Payload: JSON.stringify(event) };
  const invocation = call('lambda', 'Invoke', input, { kind: 'service', principal: 'apigateway.amazonaws.com', sourceArn });
  const { Payload, FunctionError } = await inTime(invocation, timeoutMs).catch((error: unknown): Json => {
    if (error instanceof GatewayError) throw error;
    log.detail(`${key}: the function could not be invoked (${error instanceof AwsError ? error.code : String(error)}).`);
    const code = error instanceof AwsError ? error.code : undefined;
    if (code === 'RequestTooLargeException') throw tooLarge();
    throw code === 'TooManyRequestsException' ? unavailable() : internalError();
  });
  if (FunctionError !== undefined || typeof Payload !== 'string') throw internalError();
  return proxyResponse(Payload);
}

/** Rejects with `GatewayError` 503 after `timeoutMs`, whatever becomes of the invocation. */
async function inTime(invocation: Promise<Json>, timeoutMs: number): Promise<Json> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable()), timeoutMs);
  });
  try {
    return await Promise.race([invocation, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function splitTarget(url: string): [path: string, rawQueryString: string] {
  const mark = url.indexOf('?');
  return mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
}

function headSize({ method = '', url = '', rawHeaders }: IncomingMessage): number {
  const values = rawHeaders.reduce((sum, text, index) => sum + (index % 2 === 1 ? text.length : 0), 0);
  return `${method} ${url} HTTP/1.1`.length + values;
}

/** What cannot be percent-decoded is a bad request. */
function decoding<Result>(action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (error instanceof URIError) throw badRequest();
    throw error;
  }
}
