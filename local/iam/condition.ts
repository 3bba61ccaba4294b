import { matchesArn, matchesPattern } from './pattern.ts';

/** A request's condition keys in lower case (their names are not case-sensitive) with their values. */
export type RequestContext = ReadonlyMap<string, readonly string[]>;

export type Condition = (context: RequestContext) => boolean;

type Comparison = (actual: string, expected: string) => boolean;

const sameIgnoringCase: Comparison = (actual, expected) => actual.toLowerCase() === expected.toLowerCase();

/** A date is ISO 8601 or seconds since the epoch. */
const instant = (text: string): number => (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text));

const ordered = (type: string, read: (text: string) => number): [string, Comparison][] => [
  [`${type}Equals`, (actual, expected) => read(actual) === read(expected)],
  [`${type}LessThan`, (actual, expected) => read(actual) < read(expected)],
  [`${type}LessThanEquals`, (actual, expected) => read(actual) <= read(expected)],
  [`${type}GreaterThan`, (actual, expected) => read(actual) > read(expected)],
  [`${type}GreaterThanEquals`, (actual, expected) => read(actual) >= read(expected)],
];

const POSITIVE = new Map<string, Comparison>([
  ['StringEquals', (actual, expected) => actual === expected],
  ['StringEqualsIgnoreCase', sameIgnoringCase],
  ['StringLike', (actual, expected) => matchesPattern(expected, actual)],
  ['ArnEquals', (actual, expected) => matchesArn(expected, actual)],
  ['ArnLike', (actual, expected) => matchesArn(expected, actual)],
  ['Bool', sameIgnoringCase],
  ...ordered('Numeric', Number),
  ...ordered('Date', instant),
]);

/** The negated operator of each positive one that has one. */
const NEGATED = new Map<string, string>([
  ['StringNotEquals', 'StringEquals'],
  ['StringNotEqualsIgnoreCase', 'StringEqualsIgnoreCase'],
  ['StringNotLike', 'StringLike'],
  ['ArnNotEquals', 'ArnEquals'],
  ['ArnNotLike', 'ArnLike'],
  ['NumericNotEquals', 'NumericEquals'],
  ['DateNotEquals', 'DateEquals'],
]);

type SetOperator = 'ForAllValues' | 'ForAnyValue';

/**
 * Compiles a statement's `Condition`: operators and keys are joined with AND, a key's values with OR (NOR for negated operators).
 * Throws an `Error` naming an operator or a policy variable that is not supported.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
 */
export function parseCondition(block: unknown): Condition {
  const tests = entriesOf(block, 'Condition').flatMap(([operator, keys]) =>
    entriesOf(keys, operator).map(([key, values]) => parseTest(operator, key.toLowerCase(), valuesOf(operator, values))),
  );
  return (context) => tests.every((test) => test(context));
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
function parseTest(operator: string, key: string, expected: readonly string[]): Condition {
  const [, set, name = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/.exec(operator) ?? [];
  if (name === 'Null' && !set && !ifExists) {
    return (context) => expected.some((value) => sameIgnoringCase(value, String(!context.get(key)?.length)));
  }
  const isNegated = NEGATED.has(name);
  const compare = POSITIVE.get(NEGATED.get(name) ?? name);
  if (!compare) throw new Error(`The condition operator ${operator} is not supported.`);
  const matches = (actual: string) => expected.some((value) => compare(actual, value)) !== isNegated;
  return (context) => {
    const actual = context.get(key) ?? [];
    if (actual.length === 0) return ifExists !== undefined || isTrueWithoutKey(isNegated, set as SetOperator | undefined);
    if (set === 'ForAllValues' || (set === undefined && isNegated)) return actual.every(matches);
    return actual.some(matches);
  };
}

const isTrueWithoutKey = (isNegated: boolean, set: SetOperator | undefined): boolean =>
  set === undefined ? isNegated : set === 'ForAllValues';

function entriesOf(block: unknown, name: string): [string, unknown][] {
  if (block === undefined) return [];
  if (typeof block !== 'object' || block === null || Array.isArray(block)) throw new Error(`${name} must be a map.`);
  return Object.entries(block);
}

function valuesOf(operator: string, values: unknown): readonly string[] {
  return [values].flat().map((value) => {
    if (typeof value === 'object' || value === undefined)
      throw new Error(`${operator} compares with text, numbers or booleans only.`);
    return withoutVariables(String(value));
  });
}

/** Refuses policy variables: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html */
export function withoutVariables(text: string): string {
  const variable = /\$\{[^}]*\}/.exec(text)?.[0];
  if (variable !== undefined) throw new Error(`The policy variable ${variable} is not supported.`);
  return text;
}
