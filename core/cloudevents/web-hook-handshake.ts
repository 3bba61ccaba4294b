import { badRequest } from '../errors.ts';

export interface HandshakeRequest {
  /** `WebHook-Request-Origin`: a DNS name that stands for the sending system. */
  readonly origin: string | undefined;
  /** `WebHook-Request-Rate`: in requests a minute. */
  readonly rate?: string | undefined;
}

export interface HandshakeTerms {
  /** DNS names; `*.example.com` for all below that one, `*` for everybody. */
  readonly allowedOrigins: readonly string[];
  /** Requests a minute; absent for no limit of ours. */
  readonly allowedRate?: number;
}

/**
 * The headers that answer the OPTIONS request by which a sender asks whether it may send
 * (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md#4-abuse-protection). An origin that is not allowed gets
 * no `WebHook-` headers: their absence, not the status, is what refuses it.
 *
 * Raises 400 for a request without an origin and for a rate that is no positive whole number.
 */
export function answerHandshake({ origin, rate }: HandshakeRequest, terms: HandshakeTerms): Readonly<Record<string, string>> {
  if (!origin) throw wrong('webhook-request-origin', 'must name the sending system, such as events.example.com.');
  if (rate !== undefined && !/^[1-9][0-9]{0,9}$/.test(rate)) {
    throw wrong('webhook-request-rate', 'must be a number of requests a minute, such as 120.');
  }
  const allow = { allow: 'POST, OPTIONS' };
  if (!terms.allowedOrigins.some((allowed) => matches(allowed, origin))) return allow;
  return {
    ...allow,
    'webhook-allowed-origin': terms.allowedOrigins.includes('*') ? '*' : origin,
    'webhook-allowed-rate': allowedRate(rate, terms.allowedRate),
  };
}

function matches(allowed: string, origin: string): boolean {
  if (allowed === '*') return true;
  const [name, asked] = [allowed.toLowerCase(), origin.toLowerCase()];
  if (!name.startsWith('*.')) return name === asked;
  // The origin goes back in a header: it is a DNS name and nothing else.
  return asked.endsWith(name.slice(1)) && /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(asked);
}

/** No more than was asked for, `*` where neither side has a limit. */
function allowedRate(asked: string | undefined, limit: number | undefined): string {
  if (limit === undefined) return asked ?? '*';
  return String(asked === undefined ? limit : Math.min(Number(asked), limit));
}

const wrong = (parameter: string, detail: string) => badRequest(`The header ${parameter} ${detail}`, [{ parameter, detail }]);
