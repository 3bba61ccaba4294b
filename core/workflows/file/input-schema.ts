import * as v from 'valibot';
import { listOf, mapping, oneOf } from './fields.ts';

const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const;
const FORMATS = ['date-time', 'date', 'time', 'email', 'uuid', 'uri', 'ipv4', 'ipv6'] as const;

/** A schema within a schema: `true` and `false` are schemas, too. */
const subschema: v.GenericSchema<unknown> = v.lazy((given) => (typeof given === 'boolean' ? v.boolean() : jsonSchema));
const subschemas = (what: string) => v.optional(v.record(v.string(), subschema, `${what} must be a mapping of schemas.`));
const number = (what: string) => v.optional(v.number(`${what} must be a number.`));
const count = (what: string) =>
  v.optional(
    v.pipe(
      v.number(`${what} must be a number.`),
      v.safeInteger(`${what} must be a whole number.`),
      v.minValue(0, `${what} must not be negative.`),
    ),
  );

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') !== undefined;
  } catch {
    return false;
  }
}

/** The keywords of JSON Schema 2020-12 that are enforced, and notes for people (https://json-schema.org/draft/2020-12). */
export const jsonSchema = mapping('A schema', {
  $defs: subschemas('$defs'),
  $ref: v.optional(v.string('$ref must be a text such as "#/$defs/address".')),
  title: v.optional(v.string('title must be a text.')),
  description: v.optional(v.string('description must be a text.')),
  default: v.optional(v.unknown()),
  examples: v.optional(v.array(v.unknown(), 'examples must be a list.')),
  type: v.optional(
    v.union(
      [v.picklist(TYPES), v.pipe(v.array(v.picklist(TYPES)), v.minLength(1))],
      `type must be ${TYPES.join(' or ')}, or a list of these.`,
    ),
  ),
  enum: v.optional(listOf('enum', v.unknown())),
  const: v.optional(v.unknown()),
  properties: subschemas('properties'),
  required: v.optional(v.array(v.string('required must name properties.'), 'required must be a list of names.')),
  additionalProperties: v.optional(subschema),
  minProperties: count('minProperties'),
  maxProperties: count('maxProperties'),
  items: v.optional(subschema),
  minItems: count('minItems'),
  maxItems: count('maxItems'),
  minLength: count('minLength'),
  maxLength: count('maxLength'),
  pattern: v.optional(
    v.pipe(
      v.string('pattern must be a text.'),
      v.check(isPattern, 'pattern must be a regular expression, as JavaScript reads it with the flag u.'),
    ),
  ),
  format: v.optional(oneOf('format', FORMATS)),
  minimum: number('minimum'),
  maximum: number('maximum'),
  exclusiveMinimum: number('exclusiveMinimum'),
  exclusiveMaximum: number('exclusiveMaximum'),
  multipleOf: v.optional(v.pipe(v.number('multipleOf must be a number.'), v.gtValue(0, 'multipleOf must be more than 0.'))),
  allOf: v.optional(listOf('allOf', subschema)),
  anyOf: v.optional(listOf('anyOf', subschema)),
  oneOf: v.optional(listOf('oneOf', subschema)),
  not: v.optional(subschema),
});

const part = (meaning: string) =>
  v.optional(
    v.pipe(
      v.lazy(() => jsonSchema),
      v.description(meaning),
    ),
  );

export const inputSchema = v.pipe(
  mapping('input', {
    body: part("What a webhook's body must look like."),
    query: part("What a webhook's query fields must look like; they are texts, or lists of texts where repeated."),
    headers: part("What a webhook's headers must look like, named in lower case; they are texts."),
    params: part('What the properties of POST /webhook/payload must look like.'),
  }),
  v.description('What a request must look like, in JSON Schema; one that does not fit is answered with 422 and starts nothing.'),
  v.examples([{ body: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } } }]),
);
