import { type Comparison, compileComparison } from './comparison.ts';
import { InvalidEventPattern } from './invalid-event-pattern.ts';

/** Quota "Event pattern size" (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html). */
const LONGEST_PATTERN = 2048;

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-complex-example-or */
const MOST_COMBINATIONS = 1000;

/** Names that can't be fields within `$or`, because they read as operators. */
const NOT_FIELDS_IN_OR = new Set([
  'prefix',
  'suffix',
  'equals-ignore-case',
  'wildcard',
  'cidr',
  'numeric',
  'anything-but',
  'exists',
]);

/** What a pattern asks of the leaves at one path. */
export interface FieldTest {
  readonly path: readonly string[];
  /** The list of the pattern. */
  readonly expected: readonly unknown[];
  readonly comparisons: readonly Comparison[];
  readonly mayBeAbsent: boolean;
}

/** Fields that must all hold, by their joined path: a field named again within `$or` replaces the one outside it. */
type Combination = ReadonlyMap<string, FieldTest>;

interface FieldTree {
  readonly children: Map<string, FieldTree>;
  test?: FieldTest;
}

/**
 * Compiles an event pattern, given as an object or as its JSON text, into its matcher.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html; where the guide is silent, as
 * https://github.com/aws/event-ruler does. The matcher never throws. Throws {@link InvalidEventPattern}.
 */
export function compilePattern(pattern: unknown): (event: unknown) => boolean {
  const combinations = combinationsOf(pattern);
  return (event) => combinations.some((fields) => matchesAll(fields, event));
}

/** The ways in which an event can match: of one of them, all fields. Throws {@link InvalidEventPattern}. */
export function combinationsOf(pattern: unknown): readonly (readonly FieldTest[])[] {
  const root = normalized(pattern);
  if (!isObject(root)) throw new InvalidEventPattern([], 'it must be a JSON object');
  return combine([new Map()], root, [], false).map((fields) => [...fields.values()]);
}

/** The pattern as plain JSON: what PutRule would be sent. */
function normalized(pattern: unknown): unknown {
  let json: string | undefined;
  let value: unknown;
  try {
    json = typeof pattern === 'string' ? pattern : JSON.stringify(pattern);
    value = JSON.parse(json ?? '');
  } catch {
    throw new InvalidEventPattern([], 'it must be JSON');
  }
  if (json !== undefined && json.length > LONGEST_PATTERN) {
    throw new InvalidEventPattern([], `it has ${json.length} characters and may have ${LONGEST_PATTERN}`);
  }
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Adds the fields of one object of the pattern to each combination; every `$or` multiplies the combinations. */
function combine(
  combinations: readonly Combination[],
  fields: Readonly<Record<string, unknown>>,
  path: readonly string[],
  inOr: boolean,
): readonly Combination[] {
  const entries = Object.entries(fields);
  if (entries.length === 0) throw new InvalidEventPattern(path, 'empty objects are not allowed');
  let result = combinations;
  for (const [name, value] of entries) {
    const place = [...path, name];
    if (name === '$or') {
      result = combineAlternatives(result, value, path);
    } else if (inOr && NOT_FIELDS_IN_OR.has(name)) {
      throw new InvalidEventPattern(place, `${name} can't be a field within $or`);
    } else if (Array.isArray(value)) {
      const test = compileField(value, place);
      result = result.map((combination) => new Map(combination).set(JSON.stringify(place), test));
    } else if (isObject(value)) {
      result = combine(result, value, place, inOr);
    } else {
      throw new InvalidEventPattern(place, 'a field takes a list of values or an object');
    }
  }
  return result;
}

function combineAlternatives(
  combinations: readonly Combination[],
  alternatives: unknown,
  path: readonly string[],
): readonly Combination[] {
  const place = [...path, '$or'];
  if (!Array.isArray(alternatives) || alternatives.length < 2 || !alternatives.every(isObject)) {
    throw new InvalidEventPattern(place, '$or takes a list of at least two objects');
  }
  const result = alternatives.flatMap((alternative) => combine(combinations, alternative, path, true));
  if (result.length > MOST_COMBINATIONS) {
    throw new InvalidEventPattern(place, `its alternatives make more than ${MOST_COMBINATIONS} combinations`);
  }
  return result;
}

function compileField(members: readonly unknown[], path: readonly string[]): FieldTest {
  if (members.length === 0) throw new InvalidEventPattern(path, 'empty lists are not allowed');
  const compiled = members.map((member) => compileComparison(member, path));
  return {
    path,
    expected: members,
    comparisons: compiled.filter((comparison) => comparison !== 'absent'),
    mayBeAbsent: compiled.includes('absent'),
  };
}

/**
 * Fields absent from the whole event are settled first; the others must be found together, and fields under one array in one and the
 * same of its elements ("JSON Array Matching", https://github.com/aws/event-ruler#json-array-matching).
 */
export function matchesAll(fields: readonly FieldTest[], event: unknown): boolean {
  const tree: FieldTree = { children: new Map() };
  for (const field of fields) {
    if (!(field.mayBeAbsent && !hasLeaf(event, field.path))) plant(tree, field);
  }
  return matches(tree, event);
}

function plant(root: FieldTree, test: FieldTest): void {
  let node = root;
  for (const name of test.path) {
    let child = node.children.get(name);
    if (child === undefined) {
      child = { children: new Map() };
      node.children.set(name, child);
    }
    node = child;
  }
  node.test = test;
}

function matches(tree: FieldTree, value: unknown): boolean {
  const { test, children } = tree;
  if (test && !leavesOf(value).some((leaf) => test.comparisons.some((comparison) => comparison(leaf)))) return false;
  if (children.size === 0) return true;
  return membersOf(value).some(
    (member) =>
      isObject(member) && [...children].every(([name, child]) => Object.hasOwn(member, name) && matches(child, member[name])),
  );
}

const hasLeaf = (value: unknown, path: readonly string[]): boolean => leavesAt(value, path).length > 0;

/** The values that a field's test would look at. */
export function leavesAt(value: unknown, path: readonly string[]): readonly unknown[] {
  const [name, ...rest] = path;
  if (name === undefined) return leavesOf(value);
  return membersOf(value).flatMap((member) =>
    isObject(member) && Object.hasOwn(member, name) ? leavesAt(member[name], rest) : [],
  );
}

const leavesOf = (value: unknown) => membersOf(value).filter((member) => typeof member !== 'object' || member === null);

/** A value that is no array, or everything within an array and the arrays in it. Iterative: events nest deeper than the stack. */
function membersOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return value === undefined ? [] : [value];
  const members: unknown[] = [];
  const pending: unknown[] = [value];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (!Array.isArray(next)) members.push(next);
    else for (let index = next.length - 1; index >= 0; index--) pending.push(next[index] === undefined ? null : next[index]);
  }
  return members;
}
