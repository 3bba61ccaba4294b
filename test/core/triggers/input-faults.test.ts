import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inputFaults } from '../../../core/triggers/input-faults.ts';

const told = (schema: Record<string, unknown>, value: unknown) =>
  inputFaults(schema, value).map(({ pointer, detail }) => `${pointer} ${detail}`);

// https://json-schema.org/draft/2020-12/json-schema-validation
describe('a value that does not fit is told', () => {
  test.each([
    ['type', { type: 'string' }, 1, ' must be of the type string'],
    ['type', { type: ['object', 'null'] }, [], ' must be of the type object or null'],
    ['type', { type: 'integer' }, 1.5, ' must be of the type integer'],
    ['enum', { enum: ['a', 1] }, 'b', ' must be one of ["a",1]'],
    ['const', { const: { a: 1 } }, {}, ' must be {"a":1}'],
    ['required', { required: ['a'] }, {}, '/a is missing'],
    ['required', { required: ['a/b~c'] }, {}, '/a~1b~0c is missing'],
    ['required', { required: ['constructor'] }, {}, '/constructor is missing'],
    ['additionalProperties', { properties: { a: true }, additionalProperties: false }, { b: 1 }, '/b is not expected here'],
    ['additionalProperties', { additionalProperties: { type: 'string' } }, { 'ü #%': 1 }, '/ü #% must be of the type string'],
    ['minProperties', { minProperties: 1 }, {}, ' must have 1 properties at least'],
    ['maxItems', { maxItems: 1 }, [1, 2], ' must have 1 items at most'],
    ['minLength', { minLength: 2 }, '\u{1F600}', ' must have 2 characters at least'],
    ['pattern', { pattern: '^a$' }, 'b', ' must match the pattern ^a$'],
    ['format', { format: 'date-time' }, 'yesterday', ' must be of the format date-time'],
    ['format', { format: 'email' }, 'ada', ' must be of the format email'],
    ['format', { format: 'uuid' }, '1', ' must be of the format uuid'],
    ['format', { format: 'uri' }, '/a', ' must be of the format uri'],
    ['minimum', { minimum: 1 }, 0, ' must be 1 at least'],
    ['exclusiveMaximum', { exclusiveMaximum: 1 }, 1, ' must be less than 1'],
    ['multipleOf', { multipleOf: 0.1 }, 0.25, ' must be a multiple of 0.1'],
    ['not', { not: { type: 'null' } }, null, ' has a form that is excluded'],
    ['anyOf', { anyOf: [{ type: 'string' }, { required: ['a'] }] }, {}, ' must have one of the forms that are allowed'],
    ['oneOf', { oneOf: [{ minimum: 1 }, { minimum: 2 }] }, 3, ' must have exactly one of the forms that are allowed'],
    ['$ref', { $defs: { a: { items: { type: 'string' } } }, $ref: '#/$defs/a' }, [1], '/0 must be of the type string'],
    [
      '$ref',
      { properties: { next: { $ref: '#' } }, additionalProperties: false },
      { next: { a: 1 } },
      '/next/a is not expected here',
    ],
  ])('by %s of %j: %j', (_, schema, value, expected) => {
    expect(told(schema, value)).toEqual([expected]);
  });

  test('with every fault, each once', () => {
    const schema = { type: 'array', items: { allOf: [{ required: ['a'] }, { required: ['a'] }], type: 'object' } };

    expect(told(schema, [{}, 1, { a: 1 }])).toEqual(['/0/a is missing', '/1 must be of the type object']);
  });

  test('with its first fault where it is large', () => {
    expect(told({ items: { type: 'string' } }, Array(2_000_000).fill(1))).toEqual(['/0 must be of the type string']);
  });

  test('by the value of a number that a float cannot hold', () => {
    const value = JSON.rawJSON('9223372036854775807');

    expect(told({ type: 'integer', minimum: 1 }, value)).toEqual([]);
    expect(told({ maximum: 1 }, value)).toEqual([' must be 1 at most']);
  });
});

describe('a body that JSON allows and the library does not', () => {
  // Half of a surrogate pair is no Unicode text: https://www.rfc-editor.org/rfc/rfc8259#section-8.2
  test('is told of half a surrogate pair in a key', () => {
    const value: unknown = JSON.parse('{"a":{"\\ud800":1}}');

    expect(told({ properties: { a: { additionalProperties: false } } }, value)).toEqual([
      ' must not have half of a surrogate pair in a key',
    ]);
  });

  test('is told of being nested too deeply', () => {
    let value: unknown = [];
    for (let depth = 0; depth < 100_000; depth += 1) value = [value];

    expect(told({ items: { $ref: '#' } }, value)).toEqual([' must not be nested so deeply']);
  });
});

test('whatever comes is looked at without failing', () => {
  const schema = {
    $defs: {
      node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, required: ['next'], additionalProperties: false },
    },
    anyOf: [{ $ref: '#/$defs/node' }, { type: 'array', items: { oneOf: [{ type: 'string', format: 'uri' }, { $ref: '#' }] } }],
  };
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      for (const fault of inputFaults(schema, value)) expect(fault.pointer).toMatch(/^(\/|$)/);
    }),
    { numRuns: 200 },
  );
});
