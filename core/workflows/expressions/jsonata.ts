import type { Expression, Step } from './expression.ts';
import { fixedNames } from './received.ts';

/** An expression that JSONata evaluates; the others are known before. */
export type Query = Exclude<Expression, { kind: 'tasks' | 'connections' | 'millrace' }>;

/** The variable that holds a state's output, without its `$`. */
type VariableOf = (state: string) => string;

/**
 * JSONata for the value at the path of one expression, in `{%` and `%}`; null where the path leads to nothing. What senders and tasks
 * decide is not read by JSONata's own paths, which look into each element of an array by themselves and unwrap an array of one.
 */
export const valueQuery = (query: Query, variableOf: VariableOf): string => `{% ${pathOf(query, variableOf)} %}`;

/** JSONata for whether the value is true, so that what is missing is simply not. */
export const conditionQuery = (query: Query, variableOf: VariableOf): string => `{% ${pathOf(query, variableOf)} = true %}`;

/**
 * JSONata for a text with values in it. Strings are taken as they are, null as nothing, lists and objects as JSON. Whole numbers
 * go through $formatBase, as $string keeps only 15 digits of a number (https://docs.jsonata.org/string-functions#string).
 */
export function textQuery(parts: readonly (string | Query)[], variableOf: VariableOf): string {
  const joined = parts.map((part) => (typeof part === 'string' ? literal(part) : `$text(${pathOf(part, variableOf)})`));
  return `{% ($text := ${TEXT}; ${joined.join(' & ')}) %}`;
}

const WHOLE = `$floor($v) = $v and $abs($v) < ${Number.MAX_SAFE_INTEGER}`;
const TEXT = `function($v) { $type($v) = 'null' ? '' : $type($v) = 'number' ? (${WHOLE} ? $formatBase($v) : $string($v)) : $string($v) }`;

/**
 * A JSONata string. Apostrophes are escaped by their code, which JSONata has no other escape for; so is what could be taken for the end
 * of the expression or for a placeholder of CloudFormation.
 */
function literal(text: string): string {
  const json = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  const escaped = json.replaceAll(/'|\$(?=\{)|%(?=\})|(?<=\{)%/g, (found) => `\\u00${found.charCodeAt(0).toString(16)}`);
  return `'${escaped}'`;
}

function pathOf(query: Query, variableOf: VariableOf): string {
  if (query.kind === 'output') return walk(`$${variableOf(query.state)}`, query.steps);
  const fixed = fixedNames(query.steps);
  return walk(['$states.context.Execution.Input', ...fixed].join('.'), query.steps.slice(fixed.length));
}

const walk = (root: string, steps: readonly Step[]): string =>
  `($v := ${root}; ${statements(steps)
    .map((statement) => `${statement}; `)
    .join('')}$exists($v) ? $v : null)`;

/** Each makes of `$v` what the next step leads to. */
function statements(steps: readonly Step[]): string[] {
  const [step, ...rest] = steps;
  if (step === undefined) return [];
  if (step.kind === 'key') return [guarded('object', `$lookup($v, ${literal(step.key)})`), ...statements(rest)];
  if (step.kind === 'index') return [guarded('array', `$v[${step.index}]`), ...statements(rest)];
  if (rest.length === 0) return [guarded('array', '$v')];
  // `[]` keeps a list of one a list; of an empty one $map makes nothing at all.
  const each = guarded('array', `($count($v) = 0 ? [] : $map($v, function($v) { ${walk('$v', rest)} })[])`);
  const isNested = rest.some(({ kind }) => kind === 'all');
  return isNested ? [each, guarded('array', FLATTENED)] : [each];
}

const FLATTENED = `$reduce($v, function($all, $some) { $type($some) = 'array' ? $append($all, $some) : $all }, [])`;

const guarded = (type: 'array' | 'object', value: string): string => `$v := $type($v) = '${type}' ? ${value} : null`;
