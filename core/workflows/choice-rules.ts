import { nearest } from './file/near.ts';
import type { JsonPath } from './source-text.ts';

type Json = Readonly<Record<string, unknown>>;
type Refuse = (at: JsonPath, problem: string, place?: 'key') => void;

const ORDERS = ['Equals', 'LessThan', 'GreaterThan', 'LessThanEquals', 'GreaterThanEquals'];
const comparisons = (kind: string, orders = ORDERS): string[] => orders.flatMap((order) => [kind + order, `${kind}${order}Path`]);

/** https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html */
const OPERATORS = [
  ...['IsNull', 'IsPresent', 'IsNumeric', 'IsString', 'IsBoolean', 'IsTimestamp', 'StringMatches'],
  ...[...comparisons('String'), ...comparisons('Numeric'), ...comparisons('Timestamp'), ...comparisons('Boolean', ['Equals'])],
];
const COMBINES = ['And', 'Or', 'Not'];

/** What is wrong with a JSONPath rule of a Choice, and with those within it, which have no `Next` of their own. */
export function pathRuleMistakes(rule: unknown, at: JsonPath, refuse: Refuse, isWithin = false): void {
  if (!isObject(rule)) {
    refuse(at, 'has a rule that is no mapping.');
    return;
  }
  const known = ['Variable', 'Comment', ...COMBINES, ...OPERATORS, ...(isWithin ? [] : ['Next', 'Assign'])];
  for (const name of Object.keys(rule).filter((key) => !known.includes(key))) {
    const near = nearest(name, known);
    refuse([...at, name], `has ${name} in a rule, which has no such field${near ? `; did you mean ${near}?` : '.'}`, 'key');
  }
  const [combined] = COMBINES.filter((name) => name in rule);
  if (combined !== undefined) combinationMistakes(combined, rule[combined], at, refuse);
  else {
    if (typeof rule.Variable !== 'string') refuse([...at, 'Variable'], 'has a rule that needs a Variable, such as $.order.id.');
    const operators = OPERATORS.filter((name) => name in rule);
    if (operators.length !== 1) refuse(at, 'has a rule that needs exactly one comparison, such as StringEquals.');
    for (const name of operators) {
      const what = typeOf(name);
      if (typeof rule[name] !== what) refuse([...at, name], `has ${name} in a rule, which takes a ${what}.`);
    }
  }
}

function combinationMistakes(name: string, value: unknown, at: JsonPath, refuse: Refuse): void {
  const here = [...at, name];
  if (name === 'Not') pathRuleMistakes(value, here, refuse, true);
  else if (!Array.isArray(value) || value.length === 0) refuse(here, `has ${name} in a rule, which takes a list of rules.`);
  else for (const [index, inner] of value.entries()) pathRuleMistakes(inner, [...here, index], refuse, true);
}

function typeOf(operator: string): 'string' | 'number' | 'boolean' {
  if (operator.endsWith('Path')) return 'string';
  if (operator.startsWith('Numeric')) return 'number';
  return /^(Is|Boolean)/.test(operator) ? 'boolean' : 'string';
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
