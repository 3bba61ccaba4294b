import * as v from 'valibot';
import type { Clock } from '../clock.ts';
import { send } from './http-client.ts';

/** A request for a token by client credentials (RFC 6749, section 4.4), its parameters as the connection has them. */
export interface TokenRequest {
  readonly endpoint: string;
  readonly method: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, string>>;
}

export interface Token {
  readonly value: string;
  /** Milliseconds since the epoch from which it is not to be used. */
  readonly freshUntil: number;
}

const LARGEST_ANSWER = 256 * 1024;
const DEFAULT_LIFETIME_SECONDS = 3600;

/** A token is not begun with in its last seconds, or it would expire on its way. */
const MARGIN_SECONDS = 30;

const answerSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    access_token: v.pipe(v.string(), v.minLength(1)),
    expires_in: v.optional(v.pipe(v.unknown(), v.transform(Number), v.finite())),
  }),
);

/** Gets a token. Throws an `Error` with a sentence, without anything of the request's or the answer's content. */
export async function fetchToken(request: TokenRequest, clock: Clock, signal: AbortSignal): Promise<Token> {
  const { endpoint, method, clientId, clientSecret, headers, query, body } = request;
  const url = new URL(endpoint);
  const credentials = { client_id: clientId, client_secret: clientSecret };
  const isQuery = method === 'GET';
  for (const [key, value] of Object.entries({ ...query, ...(isQuery && credentials) })) url.searchParams.set(key, value);
  const answer = await send(
    {
      method,
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json', ...headers },
      ...(!isQuery && { body: new URLSearchParams({ ...body, ...credentials }).toString() }),
    },
    { maximumBytes: LARGEST_ANSWER, signal },
  );
  const where = `The token endpoint ${url.origin}`;
  if (answer.status < 200 || answer.status > 299) throw new Error(`${where} answered ${answer.status}.`);
  const parsed = v.safeParse(answerSchema, answer.body.toString('utf8'));
  if (!parsed.success) throw new Error(`${where} answered without an access_token.`);
  const { access_token: value, expires_in: lifetime = DEFAULT_LIFETIME_SECONDS } = parsed.output;
  return { value, freshUntil: clock.now() + (lifetime - MARGIN_SECONDS) * 1000 };
}
