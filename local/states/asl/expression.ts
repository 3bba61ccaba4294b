import jsonata from 'jsonata';
import { queryError } from './errors.ts';

/** A guard against expressions that never end; AWS documents no number. */
const LONGEST_EVALUATION_MS = 5_000;
const DEEPEST_EVALUATION = 1_000;
const CACHED_EXPRESSIONS = 1_000;

const compiled = new Map<string, jsonata.Expression>();

/** Whether a string is to be evaluated: it begins with `{%` and ends with `%}`, without anything around them (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html). */
export const isExpression = (value: unknown): value is string =>
  typeof value === 'string' && value.length >= 4 && value.startsWith('{%') && value.endsWith('%}');

const sourceOf = (expression: string) => expression.slice(2, -2).trim();

/** The parser's complaint about a `{% %}` string, or undefined when it is valid JSONata. */
export function expressionProblem(expression: string): string | undefined {
  try {
    compile(sourceOf(expression));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/**
 * The value of a template: every `{% %}` string in it, at any depth, replaced by its result. `field` says in the cause where
 * an expression stands. Throws `StatesError` `States.QueryEvaluationError` when one fails or gives nothing.
 */
export async function evaluateTemplate(
  template: unknown,
  field: string,
  bindings: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  if (isExpression(template)) return evaluateExpression(template, field, bindings);
  if (Array.isArray(template)) {
    return Promise.all(template.map((item, index) => evaluateTemplate(item, `${field}[${index}]`, bindings)));
  }
  if (typeof template === 'object' && template !== null) {
    const entries = Object.entries(template).map(
      async ([key, item]) => [key, await evaluateTemplate(item, `${field}/${key}`, bindings)] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }
  return template;
}

async function evaluateExpression(
  expression: string,
  field: string,
  bindings: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const source = sourceOf(expression);
  const place = `The JSONata expression '${source}' specified for the field '${field}'`;
  let json: string | undefined;
  try {
    json = JSON.stringify(await compile(source).evaluate(undefined, { ...bindings }), refuseFunctions);
  } catch (error) {
    throw queryError(`${place} threw an error during evaluation. ${messageOf(error)}`);
  }
  if (json === undefined) throw queryError(`${place} returned nothing (undefined).`);
  // Also takes off the flags that jsonata leaves on its arrays.
  return JSON.parse(json);
}

function compile(source: string): jsonata.Expression {
  const known = compiled.get(source);
  if (known) return known;
  const expression = jsonata(source, { timeout: LONGEST_EVALUATION_MS, stack: DEEPEST_EVALUATION });
  if (compiled.size >= CACHED_EXPRESSIONS) compiled.clear();
  compiled.set(source, expression);
  return expression;
}

function refuseFunctions(_key: string, value: unknown): unknown {
  if (typeof value === 'function' || (typeof value === 'object' && value !== null && '_jsonata_lambda' in value)) {
    throw new Error('The result contains a function.');
  }
  return value;
}

/** jsonata rejects with plain objects that have a `message`. */
function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
