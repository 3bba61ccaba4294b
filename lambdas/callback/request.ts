import type { SignedParameters } from '../../core/callbacks/urls.ts';
import { badRequest, unprocessable, unsupportedMediaType } from '../../core/errors.ts';
import { isJson, parseBody } from '../../core/events/body.ts';
import type { RawRequest } from '../middleware/raw-request.ts';

const STATUSES = ['succeeded', 'failed', 'heartbeat'] as const;
type Status = (typeof STATUSES)[number];

/** What the URL was signed over. A parameter that is missing or repeated is one that no URL of ours has. */
export function signedParametersOf({ query }: RawRequest): SignedParameters {
  const once = (name: string) => {
    const value = query[name];
    return typeof value === 'string' ? value : '';
  };
  return { expires: once('expires'), signature: once('signature'), ...('by' in query && { by: once('by') }) };
}

/** The status that the request asks for, if any. Raises 400 for one that is not known. */
export function statusOf({ query: { status } }: RawRequest): Status | undefined {
  const known = STATUSES.find((one) => one === status);
  if (status !== undefined && known === undefined) {
    throw badRequest(`The status is ${STATUSES.join(', ')}, given once.`, [{ parameter: 'status', detail: 'is not known' }]);
  }
  return known;
}

/** Does whoever asks read pages? Programs that take anything get JSON. */
export const isBrowser = ({ headers }: RawRequest): boolean => /\btext\/html\b/i.test(headers.accept ?? '');

/** What comes with an answer: a JSON object, the fields of a form that are filled in, or nothing. Raises 400, 415 and 422. */
export async function readPayload({ headers, body }: RawRequest): Promise<object> {
  const { data, contentType } = await parseBody(headers, body);
  if (data === null && body.length === 0) return {};
  if (contentType === 'application/x-www-form-urlencoded') {
    return Object.fromEntries(Object.entries(data as object).filter(([, value]) => value !== ''));
  }
  if (!isJson(contentType)) throw unsupportedMediaType('Send the payload as application/json, or a form, or nothing.');
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data;
  throw unprocessable('The payload is not a JSON object.', [{ pointer: '', detail: 'must be an object' }]);
}
