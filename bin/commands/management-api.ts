import * as v from 'valibot';
import { CommandFailed, type Connection } from './connection.ts';

export interface ApiRequest {
  readonly method: string;
  /** From the base URL on, with its parts percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Headers;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/** The part of a request that sends JSON. */
export const jsonBody = (value: unknown): Pick<ApiRequest, 'headers' | 'body'> => ({
  headers: new Headers({ 'content-type': 'application/json' }),
  body: JSON.stringify(value),
});

/** RFC 9457, as far as it is shown. */
const problemSchema = v.object({
  detail: v.string(),
  errors: v.optional(v.array(v.object({ pointer: v.optional(v.string()), parameter: v.optional(v.string()), detail: v.string() }))),
});

/** What API Gateway answers by itself. */
const gatewayErrorSchema = v.object({ message: v.string() });

const TIMEOUT_SECONDS = 30;
const PAGE_SIZE = 100;

/** Sends a request and gives its answer's body, checked. Raises `CommandFailed` when there is none, it is an error, or it is not as expected. */
export async function callApi<S extends v.GenericSchema>(
  connection: Connection,
  request: ApiRequest,
  schema: S,
): Promise<v.InferOutput<S>> {
  const { response, text } = await exchange(connection, request);
  const body = parseJson(text);
  if (!response.ok) throw failureOf(connection, response, body);
  const parsed = v.safeParse(schema, body);
  if (parsed.success) return parsed.output;
  throw new CommandFailed(
    body === undefined
      ? `${connection.baseUrl} answered ${response.status}, but not with JSON; is this the address of a Millrace stack?`
      : `${connection.baseUrl} answered something that this command line does not understand (${v.getDotPath(parsed.issues[0]) ?? 'the whole answer'}).`,
  );
}

/** As `callApi`, for an answer without a body. */
export async function callApiForNothing(connection: Connection, request: ApiRequest): Promise<void> {
  const { response, text } = await exchange(connection, request);
  if (!response.ok) throw failureOf(connection, response, parseJson(text));
}

export interface Page<Item> {
  readonly items: Item[];
  /** The cursor of what follows; absent at the end of the list. */
  readonly next?: string;
}

/** Reads a list page by page until it has `limit` items or the list ends. */
export async function listFromApi<S extends v.GenericSchema>(
  connection: Connection,
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  limit: number,
  schema: S,
): Promise<Page<v.InferOutput<S>>> {
  const page = v.object({ items: v.array(schema), next: v.optional(v.string()) });
  const items: v.InferOutput<S>[] = [];
  let cursor: string | undefined;
  do {
    const size = Math.min(limit - items.length, PAGE_SIZE);
    const answer = await callApi(connection, { method: 'GET', path, query: { ...query, limit: size, cursor } }, page);
    items.push(...answer.items);
    cursor = answer.next;
  } while (cursor !== undefined && items.length < limit);
  return { items, ...(cursor !== undefined && { next: cursor }) };
}

async function exchange(connection: Connection, request: ApiRequest): Promise<{ response: Response; text: string }> {
  const headers = new Headers(request.headers);
  if (connection.token && !headers.has('authorization')) headers.set('authorization', `Bearer ${connection.token}`);
  const url = new URL(connection.baseUrl + request.path);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  try {
    const response = await fetch(url, {
      method: request.method,
      headers,
      // A token goes to the address that was named and nowhere else.
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_SECONDS * 1_000),
      ...(request.body !== undefined && { body: request.body }),
    });
    return { response, text: await response.text() };
  } catch (error) {
    throw unreachable(connection.baseUrl, error);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreachable(baseUrl: string, error: unknown): CommandFailed {
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return new CommandFailed(`${baseUrl} did not answer within ${TIMEOUT_SECONDS} seconds.`);
  }
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const { code, message } = cause as { code?: string; message?: string };
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(new URL(baseUrl).hostname);
  if (code === 'ECONNREFUSED' && isLocal) {
    return new CommandFailed(`Nothing answers at ${baseUrl}; is \`npm start\` running?`);
  }
  return new CommandFailed(`${baseUrl} cannot be reached (${code ?? message}).`);
}

function failureOf(connection: Connection, response: Response, body: unknown): CommandFailed {
  if (response.status === 401) return new CommandFailed(refusedToken(connection));
  const problem = v.safeParse(problemSchema, body);
  if (problem.success) {
    const places = (problem.output.errors ?? []).map(
      ({ pointer, parameter, detail }) => `\n  ${[pointer ?? parameter, detail].filter(Boolean).join(': ')}`,
    );
    return new CommandFailed(problem.output.detail + places.join(''));
  }
  const gateway = v.safeParse(gatewayErrorSchema, body);
  return new CommandFailed(
    `${connection.baseUrl} answered ${response.status}${gateway.success ? `: ${gateway.output.message}` : ' without saying why'}.`,
  );
}

function refusedToken({ baseUrl, tokenSource }: Connection): string {
  if (tokenSource === undefined) return `${baseUrl} wants a token; set MILLRACE_TOKEN to one of that stack.`;
  return `${baseUrl} refused the token from ${tokenSource}; set MILLRACE_TOKEN to one of that stack that is neither revoked nor expired.`;
}
