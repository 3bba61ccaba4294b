import * as v from 'valibot';
import { badRequest, type ProblemDetails, unprocessable, unsupportedMediaType } from '../../core/errors.ts';
import { isJson, mediaType } from '../../core/events/body.ts';
import type { ReceivedRequest } from '../../core/events/envelope.ts';
import { parseJsonText } from '../../core/events/json-text.ts';

/** Reads a query by its schema. Raises 400 that names each parameter that is unknown, repeated or wrong. */
export function readQuery<Schema extends v.GenericSchema>(schema: Schema, query: ReceivedRequest['query']): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, query);
  if (parsed.success) return parsed.output;
  const errors = parsed.issues.map((issue) => ({
    parameter: String(issue.path?.[0]?.key ?? ''),
    detail: Array.isArray(issue.input) ? 'must be given once' : describe(issue),
  }));
  throw badRequest(`The query parameter ${summarize(errors.map(({ parameter, detail }) => `${parameter} ${detail}`))}.`, errors);
}

/** Reads a JSON body by its schema. Raises 415, 400 for broken JSON, and 422 that points at each wrong field. */
export function readBody<Schema extends v.GenericSchema>(
  schema: Schema,
  request: { readonly headers: ReceivedRequest['headers']; readonly body: Buffer },
): v.InferOutput<Schema> {
  if (!isJson(mediaType(request.headers['content-type']) ?? '')) {
    throw unsupportedMediaType('Send the body as application/json.');
  }
  const parsed = v.safeParse(schema, parseJsonText(request.body));
  if (parsed.success) return parsed.output;
  const errors: NonNullable<ProblemDetails['errors']> = parsed.issues.map((issue) => ({
    pointer: pointerOf(issue),
    detail: describe(issue),
  }));
  throw unprocessable(
    `The body is not valid: ${summarize(errors.map(({ pointer, detail }) => `${pointer || 'it'} ${detail}`))}.`,
    errors,
  );
}

/** https://www.rfc-editor.org/rfc/rfc6901#section-3 */
const pointerOf = (issue: v.BaseIssue<unknown>): string =>
  (issue.path ?? []).map(({ key }) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'must be a string',
  number: 'must be a number',
  Array: 'must be an array',
  Object: 'must be an object',
  never: 'is not known here',
};

/** What is wrong, without the value: checks of ours say it themselves. */
function describe(issue: v.BaseIssue<unknown>): string {
  if (issue.kind === 'validation') return issue.message;
  if (issue.input === undefined) return 'is missing';
  const expected = issue.expected ?? '';
  return EXPECTED[expected] ?? `must be ${expected.replaceAll(' | ', ' or ').replace(/^\((.*)\)$/, '$1')}`;
}

const MOST_NAMED = 3;

function summarize(mistakes: readonly string[]): string {
  const named = mistakes.slice(0, MOST_NAMED).join('; ');
  return mistakes.length > MOST_NAMED ? `${named}; and ${mistakes.length - MOST_NAMED} more` : named;
}
