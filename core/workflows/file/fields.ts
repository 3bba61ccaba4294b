import * as v from 'valibot';
import { nearest } from './near.ts';

/** A mapping of these keys alone; `what` begins its sentences, such as "A trigger". */
export const mapping = <const Entries extends v.ObjectEntries>(what: string, entries: Entries) =>
  v.strictObject(entries, (issue) => {
    const key = String(issue.path?.at(-1)?.key ?? '');
    if (issue.expected === 'never') return notKnown(key, Object.keys(entries));
    if (issue.path?.at(-1)?.origin === 'key') return `"${key}" is missing.`;
    return `${what} must be a mapping of ${Object.keys(entries).join(', ')}.`;
  });

/** What a reader is told of a word that is none of those that are known here. */
function notKnown(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return `"${word}" is not known here; ${near ? `did you mean "${near}"?` : `known are ${known.join(', ')}.`}`;
}

export const text = (what: string, maximum: number) =>
  v.pipe(
    v.string(`${what} must be a text.`),
    v.minLength(1, `${what} must not be empty.`),
    v.maxLength(maximum, `${what} must not be longer than ${maximum} characters.`),
  );

/** A text of a form that its one sentence says. */
export const textLike = (pattern: RegExp, sentence: string) => v.pipe(v.string(sentence), v.regex(pattern, sentence));

export const oneOf = <const Options extends readonly string[]>(what: string, options: Options) =>
  v.picklist(options, (issue) => {
    const near = typeof issue.input === 'string' ? nearest(issue.input, options) : undefined;
    return near ? `${what} must be ${options.join(' or ')}; did you mean ${near}?` : `${what} must be ${options.join(' or ')}.`;
  });

/** A list of at least one. */
export const listOf = <Item extends v.GenericSchema>(what: string, item: Item) =>
  v.pipe(v.array(item, `${what} must be a list.`), v.minLength(1, `${what} must not be empty.`));

const isMapping = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A mapping of any keys and values. Not `v.record`: that leaves out keys by the name of `constructor`. */
export const anyMapping = (what: string) => v.custom<Readonly<Record<string, unknown>>>(isMapping, `${what} must be a mapping.`);
