import type { ReceivedRequest } from '../events/envelope.ts';

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
  return { presented: bearer ?? inQuery, request: { ...withoutPrivateHeaders(request), query } };
}

export function withoutPrivateHeaders<R extends ReceivedRequest>(request: R): R {
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !PRIVATE_HEADERS.includes(name)));
  return { ...request, headers };
}
