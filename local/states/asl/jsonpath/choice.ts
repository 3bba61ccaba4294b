import { findPath, parsePath, type Sources } from './path.ts';
import { NothingFound } from './query.ts';
import { queryProblem } from './template.ts';
import { matchesWildcard } from './wildcard.ts';

type Json = Readonly<Record<string, unknown>>;
type Comparison = (value: unknown, expected: unknown) => boolean;

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const isTimestamp = (value: unknown): value is string => typeof value === 'string' && TIMESTAMP.test(value);

const ORDERINGS: Readonly<Record<string, (order: number) => boolean>> = {
  Equals: (order) => order === 0,
  LessThan: (order) => order < 0,
  GreaterThan: (order) => order > 0,
  LessThanEquals: (order) => order <= 0,
  GreaterThanEquals: (order) => order >= 0,
};

/** A value of another type never matches. */
const ORDERS: Readonly<Record<string, (a: unknown, b: unknown) => number>> = {
  String: (a, b) => (typeof a !== 'string' || typeof b !== 'string' ? Number.NaN : a < b ? -1 : Number(a > b)),
  Numeric: (a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : Number.NaN),
  Timestamp: (a, b) => (isTimestamp(a) && isTimestamp(b) ? Date.parse(a) - Date.parse(b) : Number.NaN),
};

const ORDERED = Object.entries(ORDERS).flatMap(([type, orderOf]) =>
  Object.entries(ORDERINGS).map(([name, holds]): [string, Comparison] => [
    `${type}${name}`,
    (value, expected) => holds(orderOf(value, expected)),
  ]),
);

/** Those that have a form in `Path`, too, in which the other side is a path (https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html). */
const COMPARISONS: Readonly<Record<string, Comparison>> = {
  ...Object.fromEntries(ORDERED),
  BooleanEquals: (value, expected) => typeof value === 'boolean' && value === expected,
};

const TESTS: Readonly<Record<string, Comparison>> = {
  StringMatches: (value, pattern) => typeof value === 'string' && matchesWildcard(String(pattern), value),
  IsNull: (value, expected) => (value === null) === expected,
  IsString: (value, expected) => (typeof value === 'string') === expected,
  IsNumeric: (value, expected) => (typeof value === 'number') === expected,
  IsBoolean: (value, expected) => (typeof value === 'boolean') === expected,
  IsTimestamp: (value, expected) => isTimestamp(value) === expected,
};

const OTHERS = ['Next', 'Comment', 'Assign'];

/** Whether a rule matches; throws `NothingFound` when a path finds nothing, but for `IsPresent`. */
export function matchesRule(rule: Json, sources: Sources): boolean {
  if (Array.isArray(rule.And)) return rule.And.every((inner) => matchesRule(inner, sources));
  if (Array.isArray(rule.Or)) return rule.Or.some((inner) => matchesRule(inner, sources));
  if (rule.Not !== undefined) return !matchesRule(rule.Not as Json, sources);
  const variable = String(rule.Variable);
  const found = findPath(parsePath(variable), sources);
  if (rule.IsPresent !== undefined) return (found !== undefined) === rule.IsPresent;
  if (!found) throw new NothingFound(variable);
  const [operator = '', expected] = Object.entries(rule).find(([key]) => key !== 'Variable' && !OTHERS.includes(key)) ?? [];
  const comparison = COMPARISONS[operator] ?? TESTS[operator];
  if (comparison) return comparison(found.value, expected);
  const other = findPath(parsePath(String(expected)), sources);
  if (!other) throw new NothingFound(String(expected));
  return COMPARISONS[operator.replace(/Path$/, '')]?.(found.value, other.value) ?? false;
}

/** What is wrong with a rule, or undefined; `nested` ones have no `Next`. */
export function ruleProblem(rule: unknown, nested = false): string | undefined {
  if (typeof rule !== 'object' || rule === null || Array.isArray(rule)) return 'a rule must be an object';
  const keys = Object.keys(rule).filter((key) => nested || !OTHERS.includes(key));
  const fields = rule as Json;
  for (const join of ['And', 'Or'].filter((key) => keys.includes(key))) {
    const rules = fields[join];
    if (keys.length > 1 || !Array.isArray(rules) || rules.length === 0) return `${join} must stand alone, with an array of rules`;
    return rules.map((inner) => ruleProblem(inner, true)).find((problem) => problem !== undefined);
  }
  if (keys.includes('Not')) return keys.length > 1 ? 'Not must stand alone' : ruleProblem(fields.Not, true);
  const operators = keys.filter((key) => key !== 'Variable');
  const [operator = ''] = operators;
  if (!keys.includes('Variable') || operators.length !== 1) return 'a rule must have a Variable and one comparison';
  const problem = pathProblem(fields.Variable);
  return problem === undefined ? comparisonProblem(operator, fields[operator]) : `Variable: ${problem}`;
}

function comparisonProblem(operator: string, expected: unknown): string | undefined {
  const byPath = Object.hasOwn(COMPARISONS, operator.replace(/Path$/, '')) && operator.endsWith('Path');
  if (byPath) return pathProblem(expected);
  if (!Object.hasOwn(COMPARISONS, operator) && !Object.hasOwn(TESTS, operator) && operator !== 'IsPresent') {
    return `the comparison ${operator} does not exist`;
  }
  const type = /^(String|Numeric|Timestamp)/.exec(operator)?.[1];
  const fits =
    type === 'Numeric'
      ? typeof expected === 'number'
      : type === 'Timestamp'
        ? isTimestamp(expected)
        : typeof expected === (type ? 'string' : 'boolean');
  return fits ? undefined : `${operator} must have a ${type?.toLowerCase() ?? 'boolean'}`;
}

const pathProblem = (path: unknown): string | undefined =>
  typeof path === 'string' && path.startsWith('$') ? queryProblem(path) : 'must be a path';
