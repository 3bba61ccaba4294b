import * as v from 'valibot';

/** A label's name and its value. */
const NAME = /^[a-z][a-z0-9._/-]{0,39}$/;
const VALUE = /^[\p{L}\p{N}][\p{L}\p{N} ._/@+-]{0,63}$/u;
const MOST_LABELS = 10;

const NAME_SENTENCE = "A label's name has 1 to 40 lower-case letters, digits or ._/-, and begins with a letter.";
const VALUE_SENTENCE =
  "A label's value is a text of 1 to 64 letters, digits, spaces or ._/@+-, and begins with a letter or a digit; quote numbers.";

/** By what people find triggers and runs again: a run has those of its workflow and of its trigger. */
export const labelsSchema = v.pipe(
  v.record(
    v.pipe(v.string(NAME_SENTENCE), v.regex(NAME, NAME_SENTENCE)),
    v.pipe(v.string(VALUE_SENTENCE), v.regex(VALUE, VALUE_SENTENCE)),
    'labels must be a mapping of texts.',
  ),
  v.maxEntries(MOST_LABELS, `labels must not be more than ${MOST_LABELS}.`),
);
export type Labels = v.InferOutput<typeof labelsSchema>;

/** As they are written in a query and on the command line: `team=billing`. */
export const labelSchema = v.pipe(
  v.string(),
  v.check((text) => {
    const { name, value } = parseLabel(text);
    return NAME.test(name) && VALUE.test(value);
  }, 'must be a name and a value such as team=billing'),
);

export function parseLabel(text: string): { readonly name: string; readonly value: string } {
  const at = text.indexOf('=');
  return at < 0 ? { name: text, value: '' } : { name: text.slice(0, at), value: text.slice(at + 1) };
}

/** Is `label` (`team=billing`) one of these? */
export function hasLabel(labels: Labels | undefined, label: string): boolean {
  const { name, value } = parseLabel(label);
  return labels !== undefined && Object.hasOwn(labels, name) && labels[name] === value;
}
