import * as v from 'valibot';
import type { JsonPath, Mistake, SourceText } from '../source-text.ts';

/**
 * Checks a value against a schema. Gives what the schema makes of it, or every mistake with its place. The value is plain JSON that may be
 * changed: valibot tells of one unknown key a time, so each that it tells of is taken out and the rest looked at again.
 */
export function checked<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  source: SourceText,
): { output: v.InferOutput<Schema> | undefined; mistakes: readonly Mistake[] } {
  const unknownKeys: Mistake[] = [];
  for (;;) {
    const { issues = [], success, output } = v.safeParse(schema, value);
    const unknown = issues.filter(isUnknownKey);
    for (const issue of unknown) {
      unknownKeys.push(source.mistakeAt(pathOf(issue), issue.message, 'key'));
      const { input, key } = issue.path?.at(-1) ?? {};
      Reflect.deleteProperty(input as object, key as string);
    }
    if (unknown.length > 0) continue;
    const lists = new Set(issues.filter(isListForMapping).map((issue) => JSON.stringify(pathOf(issue).slice(0, -1))));
    const mistakes = [
      ...unknownKeys,
      ...[...lists].map((path) => source.mistakeAt(JSON.parse(path), 'Here must be a mapping, not a list.')),
      ...issues.filter((issue) => !isListForMapping(issue)).map((issue) => source.mistakeAt(pathOf(issue), issue.message)),
    ];
    return { output: success && mistakes.length === 0 ? output : undefined, mistakes };
  }
}

const isUnknownKey = (issue: v.BaseIssue<unknown>): boolean =>
  issue.type === 'strict_object' && issue.expected === 'never' && issue.path !== undefined && !isListForMapping(issue);

/** To valibot a list is a mapping without the keys that it should have. */
const isListForMapping = ({ type, path }: v.BaseIssue<unknown>): boolean =>
  type === 'strict_object' && path?.at(-1)?.origin === 'key' && Array.isArray(path.at(-1)?.input);

function pathOf(issue: v.BaseIssue<unknown>): JsonPath {
  return (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));
}
