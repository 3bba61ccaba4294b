import type { ReceivedRequest } from '../../events/envelope.ts';
import type { Place } from './verification-schema.ts';

/** The text, or the number as text, at a place of a request; undefined where there is none. `json` is its body as parsed. */
export function textAt(place: Place, headers: ReceivedRequest['headers'], json: unknown): string | undefined {
  if ('header' in place) return headers[place.header] || undefined;
  const found = stepsOf(place.pointer).reduce<unknown>((value, step) => memberOf(value, step), json);
  if (typeof found === 'string') return found || undefined;
  // An id of more digits than a number holds.
  if (JSON.isRawJSON(found)) return JSON.stringify(found);
  return typeof found === 'number' ? String(found) : undefined;
}

/** https://www.rfc-editor.org/rfc/rfc6901#section-4 */
const stepsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

function memberOf(value: unknown, step: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[step];
}
