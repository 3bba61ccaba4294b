import type { ReceivedRequest } from '../events/envelope.ts';
import { parseToken } from './secret.ts';

/** Headers that never leave the gate, whatever a sender puts into them. */
const PRIVATE_HEADERS = ['authorization', 'proxy-authorization', 'cookie'];

/**
 * Splits a request into the token it presents (`Authorization: Bearer`, else `?token=`) and what may travel on: `authorization`,
 * `cookie` and the query's `token` are left behind even when another of them carried the credential.
 */
export function takeCredential<R extends ReceivedRequest>(request: R): { presented: string | undefined; request: R } {
  const bearer = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  const { token, ...query } = request.query;
  const inQuery = Array.isArray(token) ? token[0] : token;
  return { presented: bearer ?? inQuery, request: withoutCredentials({ ...request, query }) };
}

/** A request to what needs no token: without private headers, and without query fields that hold a token of ours all the same. */
export function withoutCredentials<R extends ReceivedRequest>(request: R): R {
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !PRIVATE_HEADERS.includes(name)));
  const query = Object.fromEntries(
    Object.entries(request.query).filter(([, value]) => ![value].flat().some((text) => parseToken(text) !== undefined)),
  );
  return { ...request, headers, query };
}
