import { type OutputUnit, type Schema, Validator } from '@cfworker/json-schema';

/** How a value does not fit: where, as a JSON Pointer (RFC 6901) into it, and what it has to be. Never what it is. */
export interface InputFault {
  readonly pointer: string;
  readonly detail: string;
}

type JsonSchema = Readonly<Record<string, unknown>>;

/** In characters of JSON. Every fault has its price in memory: of a larger value, only the first is named. */
const LARGEST_FOR_EVERY_FAULT = 64 * 1024;

const validators = new WeakMap<JsonSchema, { first: Validator; every: Validator }>();

/** How `value`, as parsed from JSON, does not fit a JSON Schema 2020-12 of the keywords that `workflow.yaml` takes; nothing where it fits. */
export function inputFaults(schema: JsonSchema, value: unknown): InputFault[] {
  try {
    return found(schema, value);
  } catch (error) {
    // The library writes a place as a URI, which has no half of a surrogate pair, and goes into a value by recursion.
    if (error instanceof URIError) return [{ pointer: '', detail: 'must not have half of a surrogate pair in a key' }];
    if (error instanceof RangeError) return [{ pointer: '', detail: 'must not be nested so deeply' }];
    throw error;
  }
}

function found(schema: JsonSchema, value: unknown): InputFault[] {
  const json = JSON.stringify(value) ?? 'null';
  // Anew, because numbers that a float can't hold travel as raw JSON, which is no number to the library.
  const instance: unknown = JSON.parse(json);
  const { first, every } = validatorsOf(schema);
  const { valid, errors: firstErrors } = first.validate(instance);
  if (valid) return [];
  const errors = json.length <= LARGEST_FOR_EVERY_FAULT ? every.validate(instance).errors : firstErrors;
  const alternatives = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  const isWithinAlternative = ({ keywordLocation }: OutputUnit) =>
    alternatives.some((alternative) => keywordLocation.startsWith(`${alternative.keywordLocation}/`));
  const faults = errors.filter((error) => !isWithinAlternative(error)).flatMap((error) => faultsOf(schema, instance, error));
  // A schema may ask for the same twice.
  return [...new Map(faults.map((fault) => [`${fault.pointer} ${fault.detail}`, fault])).values()];
}

function validatorsOf(schema: JsonSchema) {
  const known = validators.get(schema);
  if (known) return known;
  const made = {
    first: new Validator(schema as Schema, '2020-12', true),
    every: new Validator(schema as Schema, '2020-12', false),
  };
  validators.set(schema, made);
  return made;
}

/** None for the library's errors about what merely contains a fault. */
function faultsOf(schema: JsonSchema, instance: unknown, { keyword, keywordLocation, instanceLocation }: OutputUnit): InputFault[] {
  const steps = stepsOf(instanceLocation);
  const pointer = pointerOf(steps);
  if (keyword === 'false') return [{ pointer, detail: 'is not expected here' }];
  const operand = operandAt(schema, stepsOf(keywordLocation));
  if (keyword === 'required') {
    const here = steps.reduce<unknown>((value, step) => memberOf(value, step), instance);
    const names = Array.isArray(operand) ? operand.map(String) : [];
    return names
      .filter((name) => !Object.hasOwn(Object(here), name))
      .map((name) => ({ pointer: pointerOf([...steps, name]), detail: 'is missing' }));
  }
  const detail = SENTENCES[keyword]?.(operand);
  return detail === undefined ? [] : [{ pointer, detail }];
}

const shown = (value: unknown): string => {
  const json = JSON.stringify(value);
  return json.length > 200 ? `${json.slice(0, 200)}…` : json;
};

/** By keyword, what it asks for. */
const SENTENCES: Readonly<Record<string, (operand: unknown) => string>> = {
  type: (types) => `must be of the type ${[types].flat().join(' or ')}`,
  enum: (values) => `must be one of ${shown(values)}`,
  const: (value) => `must be ${shown(value)}`,
  format: (format) => `must be of the format ${format}`,
  pattern: (pattern) => `must match the pattern ${pattern}`,
  minLength: (count) => `must have ${count} characters at least`,
  maxLength: (count) => `must have ${count} characters at most`,
  minItems: (count) => `must have ${count} items at least`,
  maxItems: (count) => `must have ${count} items at most`,
  minProperties: (count) => `must have ${count} properties at least`,
  maxProperties: (count) => `must have ${count} properties at most`,
  minimum: (bound) => `must be ${bound} at least`,
  maximum: (bound) => `must be ${bound} at most`,
  exclusiveMinimum: (bound) => `must be more than ${bound}`,
  exclusiveMaximum: (bound) => `must be less than ${bound}`,
  multipleOf: (divisor) => `must be a multiple of ${divisor}`,
  not: () => 'has a form that is excluded',
  anyOf: () => 'must have one of the forms that are allowed',
  oneOf: () => 'must have exactly one of the forms that are allowed',
};

/** The steps of the library's locations, which are JSON Pointers in URI fragments. */
const stepsOf = (location: string): string[] =>
  location
    .split('/')
    .slice(1)
    .map((step) => decodeURI(step.replaceAll('%23', '#')).replaceAll('~1', '/').replaceAll('~0', '~'));

const pointerOf = (steps: readonly string[]): string =>
  steps.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** What a keyword is set to; the library's locations go through references, `#` or `#/$defs/<name>`. */
function operandAt(root: JsonSchema, steps: readonly string[]): unknown {
  return steps.reduce<unknown>((node, step) => {
    const member = memberOf(node, step);
    if (step !== '$ref' || typeof member !== 'string') return member;
    return member === '#' ? root : memberOf(root.$defs, member.slice('#/$defs/'.length));
  }, root);
}

const memberOf = (value: unknown, step: string): unknown => {
  if (Array.isArray(value)) return value[Number(step)];
  return Object.hasOwn(Object(value), step) ? (value as JsonSchema)[step] : undefined;
};
