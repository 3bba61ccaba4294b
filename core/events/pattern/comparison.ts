import { addressRange } from './address-range.ts';
import { InvalidEventPattern } from './invalid-event-pattern.ts';
import { globMatcher } from './wildcard.ts';

/** Decides on one leaf of an event: a string, number, boolean or null. */
export type Comparison = (leaf: unknown) => boolean;

type Place = readonly string[];

const onStrings =
  (test: (leaf: string) => boolean): Comparison =>
  (leaf) =>
    typeof leaf === 'string' && test(leaf);

/** The one key of a match expression such as `{ "prefix": "us-" }` and its operand. */
function onlyEntry(expression: unknown, place: Place): [operator: string, operand: unknown] {
  const entries = typeof expression === 'object' && expression !== null ? Object.entries(expression) : [];
  const [entry] = entries;
  if (entry === undefined || entries.length > 1 || Array.isArray(expression)) {
    throw new InvalidEventPattern(place, 'a match expression is an object with exactly one key');
  }
  return entry;
}

function text(operand: unknown, place: Place): string {
  if (typeof operand !== 'string') throw new InvalidEventPattern(place, 'the value must be a string');
  return operand;
}

function ignoringCase(operand: unknown, place: Place): string {
  const [operator, value] = onlyEntry(operand, place);
  if (operator !== 'equals-ignore-case') throw new InvalidEventPattern(place, `${operator} can't be used here`);
  return text(value, [...place, operator]).toLowerCase();
}

function prefix(operand: unknown, place: Place): Comparison {
  if (typeof operand === 'object') {
    const start = ignoringCase(operand, place);
    return onStrings((leaf) => leaf.toLowerCase().startsWith(start));
  }
  const start = text(operand, place);
  return onStrings((leaf) => leaf.startsWith(start));
}

function suffix(operand: unknown, place: Place): Comparison {
  if (typeof operand === 'object') {
    const end = ignoringCase(operand, place);
    return onStrings((leaf) => leaf.toLowerCase().endsWith(end));
  }
  const end = text(operand, place);
  return onStrings((leaf) => leaf.endsWith(end));
}

function equalsIgnoreCase(operand: unknown, place: Place): Comparison {
  const wanted = text(operand, place).toLowerCase();
  return onStrings((leaf) => leaf.toLowerCase() === wanted);
}

function wildcard(operand: unknown, place: Place): Comparison {
  return onStrings(globMatcher(text(operand, place), place));
}

function cidr(operand: unknown, place: Place): Comparison {
  return onStrings(addressRange(text(operand, place), place));
}

function numeric(operand: unknown, place: Place): Comparison {
  if (!Array.isArray(operand)) throw new InvalidEventPattern(place, 'numeric takes a list such as [">", 0, "<=", 5]');
  const [operator, bound, upperOperator, upperBound] = operand;
  const isRange = (operator === '>' || operator === '>=') && operand.length === 4;
  if (typeof bound !== 'number' || (operand.length !== 2 && !isRange)) {
    throw new InvalidEventPattern(place, 'numeric takes one comparison with a number, or a lower and then an upper bound');
  }
  const first = numberComparison(operator, bound, place);
  if (!isRange) return (leaf) => typeof leaf === 'number' && first(leaf);
  if ((upperOperator !== '<' && upperOperator !== '<=') || typeof upperBound !== 'number' || bound >= upperBound) {
    throw new InvalidEventPattern(place, 'the upper bound of a numeric range takes < or <= and a number above the lower bound');
  }
  const second = numberComparison(upperOperator, upperBound, place);
  return (leaf) => typeof leaf === 'number' && first(leaf) && second(leaf);
}

function numberComparison(operator: unknown, bound: number, place: Place): (leaf: number) => boolean {
  switch (operator) {
    case '=':
      return (leaf) => leaf === bound;
    case '<':
      return (leaf) => leaf < bound;
    case '<=':
      return (leaf) => leaf <= bound;
    case '>':
      return (leaf) => leaf > bound;
    case '>=':
      return (leaf) => leaf >= bound;
    default:
      throw new InvalidEventPattern(place, 'the numeric operators are =, <, <=, > and >=');
  }
}

/** `anything-but` takes these with a string or a list of strings. */
const NEGATABLE: Readonly<Record<string, (operand: unknown, place: Place) => Comparison>> = {
  prefix: (operand, place) => prefix(notEmpty(operand, place), place),
  suffix: (operand, place) => suffix(notEmpty(operand, place), place),
  'equals-ignore-case': equalsIgnoreCase,
  wildcard,
};

function notEmpty(operand: unknown, place: Place): string {
  const value = text(operand, place);
  if (value === '') throw new InvalidEventPattern(place, 'the value must not be empty');
  return value;
}

function anythingBut(operand: unknown, place: Place): Comparison {
  if (typeof operand === 'object' && operand !== null && !Array.isArray(operand)) {
    const [operator, values] = onlyEntry(operand, place);
    const compile = Object.hasOwn(NEGATABLE, operator) ? NEGATABLE[operator] : undefined;
    if (compile === undefined) throw new InvalidEventPattern(place, `anything-but can't be combined with ${operator}`);
    const excluded = listOf(values, [...place, operator]).map((value) => compile(value, [...place, operator]));
    return (leaf) => !excluded.some((matches) => matches(leaf));
  }
  const values = listOf(operand, place);
  const kind = typeof values[0];
  if ((kind !== 'string' && kind !== 'number') || values.some((value) => typeof value !== kind)) {
    throw new InvalidEventPattern(place, 'anything-but takes strings only or numbers only');
  }
  return (leaf) => !values.includes(leaf);
}

function listOf(operand: unknown, place: Place): readonly unknown[] {
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (values.length === 0) throw new InvalidEventPattern(place, 'the list must not be empty');
  return values;
}

const OPERATORS: Readonly<Record<string, (operand: unknown, place: Place) => Comparison>> = {
  prefix,
  suffix,
  'equals-ignore-case': equalsIgnoreCase,
  wildcard,
  cidr,
  numeric,
  'anything-but': anythingBut,
};

/**
 * One member of a pattern's list of values: what a leaf must be, or `'absent'` for `{ "exists": false }`.
 * Operators as in https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html.
 * Throws {@link InvalidEventPattern}.
 */
export function compileComparison(member: unknown, place: Place): Comparison | 'absent' {
  if (typeof member !== 'object' || member === null) return (leaf) => leaf === member;
  const [operator, operand] = onlyEntry(member, place);
  const inner = [...place, operator];
  if (operator === 'exists') {
    if (typeof operand !== 'boolean') throw new InvalidEventPattern(inner, 'exists takes true or false');
    return operand ? () => true : 'absent';
  }
  const compile = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (compile === undefined) throw new InvalidEventPattern(place, `${operator} is not a match operator`);
  return compile(operand, inner);
}
