import { type Authorize, AwsError, type Caller, type Json, type RequiredPermission } from '../../aws/service.ts';
import type { Clock } from '../../clock.ts';
import type { Connection, Connections } from '../../connections/connections.ts';
import { type HttpRequest, type HttpResponse, ResponseTooLargeError, send } from '../../connections/http-client.ts';
import type { Log } from '../../log.ts';
import { StatesError } from '../asl/errors.ts';
import { DATA_LIMIT } from '../asl/limits.ts';
import { until } from '../asl/until.ts';
import { readHttpStep } from './http-request.ts';

/** Does an HTTP step of a state machine as its role; rejects with `StatesError`. */
export type InvokeHttp = (
  input: Json,
  options: { readonly caller: Caller; readonly stateMachineArn: string; readonly signal: AbortSignal },
) => Promise<Json>;

/** https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#http-task-authentication */
const LONGEST_MS = 60_000;

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection-auth.html */
const WITH_OLD_TOKEN = [401, 407];

/** `arn:aws:states:::http:invoke` (https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html). */
export function createInvokeHttp(options: {
  readonly authorize: Authorize;
  readonly connections: Connections;
  readonly clock: Clock;
  readonly log: Log;
}): InvokeHttp {
  const { authorize, connections, clock, log } = options;

  /** Sends with the connection's headers, which win over the step's; a second time when its token has expired. */
  async function exchange(connection: Connection, request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const attempt = async (renew: boolean) => {
      const added = await connections.authorize(connection, { renew, signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw connectionError('InvalidConnectionState', error instanceof Error ? error.message : String(error));
      });
      return send({ ...request, headers: { ...request.headers, ...added } }, { maximumBytes: DATA_LIMIT, signal });
    };
    const first = await attempt(false);
    return connection.hasTokens && WITH_OLD_TOKEN.includes(first.status) ? attempt(true) : first;
  }

  return async (input, { caller, stateMachineArn, signal }) => {
    const { endpoint, connectionArn, request } = readHttpStep(input);
    const allow = (permission: RequiredPermission, refuse: (message: string) => StatesError) => {
      try {
        authorize(caller, permission);
      } catch (error) {
        throw error instanceof AwsError ? refuse(error.message) : error;
      }
    };
    const context = { 'states:HTTPEndpoint': endpoint, 'states:HTTPMethod': request.method };
    allow({ action: 'states:InvokeHTTPEndpoint', resource: stateMachineArn, context }, (cause) => {
      return new StatesError('States.Permissions', cause);
    });
    const denied = (cause: string) => connectionError('AccessDenied', cause);
    allow({ action: 'events:RetrieveConnectionCredentials', resource: connectionArn }, denied);
    const connection = connections.find(connectionArn);
    if (!connection) throw connectionError('ResourceNotFound', `The connection ${connectionArn} does not exist.`);
    for (const action of ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret']) {
      allow({ action, resource: connection.secretArn }, denied);
    }

    const abandon = new AbortController();
    const either = AbortSignal.any([signal, abandon.signal]);
    const started = clock.now();
    const tell = (outcome: string) =>
      log.detail(`http:invoke ${request.method} ${request.url.origin} ${outcome} ${clock.now() - started} ms`);
    try {
      const response = await until(exchange(connection, request, either), clock, signal, LONGEST_MS, () => {
        throw new StatesError('States.Http.Socket', 'The HTTP task had no response within 60 seconds.');
      });
      tell(String(response.status));
      return resultOf(response);
    } catch (error) {
      signal.throwIfAborted();
      const failure = failureOf(error);
      if (!failure.error.startsWith('States.Http.StatusCode.')) tell(failure.error);
      throw failure;
    } finally {
      abandon.abort();
    }
  };
}

const connectionError = (name: string, cause: string) => new StatesError(`Events.ConnectionResource.${name}`, cause);

function failureOf(error: unknown): StatesError {
  if (error instanceof StatesError) return error;
  if (error instanceof ResponseTooLargeError) return new StatesError('States.DataLimitExceeded', error.message);
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException;
  return new StatesError(NOT_HTTP.includes(code) ? 'States.Runtime' : 'States.Http.Socket', message);
}

/** What cannot be written as an HTTP request, such as a line break in a header (https://nodejs.org/api/errors.html). */
const NOT_HTTP = ['ERR_INVALID_HTTP_TOKEN', 'ERR_INVALID_CHAR', 'ERR_UNESCAPED_CHARACTERS'];

/** Types that no step can read (https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#unsupported-http-task-responses). */
const UNREADABLE = /^(application\/octet-stream|(image|video|audio)\/)/i;
const JSON_TYPE = /^application\/([^;]*\+)?json\b/i;

function resultOf({ status, statusText, headers, body }: HttpResponse): Json {
  const type = headers['content-type']?.[0] ?? '';
  if (UNREADABLE.test(type)) throw new StatesError('States.Runtime', `A response of the type ${type} cannot be read.`);
  const text = decoded(body);
  if (status < 200 || status > 299) throw new StatesError(`States.Http.StatusCode.${status}`, text);
  return { ResponseBody: JSON_TYPE.test(type) ? parsed(text) : text, Headers: headers, StatusCode: status, StatusText: statusText };
}

function decoded(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new StatesError('States.Runtime', 'The response is not text.');
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
