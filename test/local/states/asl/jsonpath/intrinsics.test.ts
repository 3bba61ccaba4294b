import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { StatesError } from '../../../../../local/states/asl/errors.ts';
import { evaluateQuery, NothingFound, parseQuery } from '../../../../../local/states/asl/jsonpath/query.ts';
import { PathSyntaxError } from '../../../../../local/states/asl/jsonpath/reader.ts';

const evaluate = (text: string, input: unknown = {}) =>
  evaluateQuery(parseQuery(text), { input, context: { Name: 'ctx' }, variables: { v: 7 } }, () => 0.5);

// Each of https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html.
describe('intrinsic functions', () => {
  test.each([
    ['States.Array($.id, 1, true, null)', { id: 123_456 }, [123_456, 1, true, null]],
    ['States.Array()', {}, []],
    ['States.ArrayPartition($.a, 4)', { a: [1, 2, 3, 4, 5, 6, 7, 8, 9] }, [[1, 2, 3, 4], [5, 6, 7, 8], [9]]],
    ['States.ArrayContains($.a, $.b)', { a: [1, { x: 1 }], b: { x: 1 } }, true],
    ['States.ArrayContains($.a, 5)', { a: [1] }, false],
    ['States.ArrayRange(1, 9, 2)', {}, [1, 3, 5, 7, 9]],
    ['States.ArrayRange(3, 1, -1)', {}, [3, 2, 1]],
    ['States.ArrayGetItem($.a, 5)', { a: [1, 2, 3, 4, 5, 6, 7] }, 6],
    ['States.ArrayLength($.a)', { a: [1, 2] }, 2],
    ['States.ArrayUnique($.a)', { a: [1, 2, 3, 3, { x: 1 }, { x: 1 }] }, [1, 2, 3, { x: 1 }]],
    ['States.Base64Encode($.t)', { t: 'Data to encode' }, 'RGF0YSB0byBlbmNvZGU='],
    ['States.Base64Decode($.t)', { t: 'RGVjb2RlZCBkYXRh' }, 'Decoded data'],
    ["States.Hash($.t, 'SHA-1')", { t: 'input data' }, 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
    ['States.JsonMerge($.a, $.b, false)', { a: { x: { p: 1 }, y: 1 }, b: { x: { q: 2 } } }, { x: { q: 2 }, y: 1 }],
    ['States.StringToJson($.t)', { t: '{"foo": "bar"}' }, { foo: 'bar' }],
    ['States.JsonToString($.o)', { o: { foo: 'bar' } }, '{"foo":"bar"}'],
    ['States.MathRandom(1, 999)', {}, 500],
    ['States.MathAdd($.n, -1)', { n: 111 }, 110],
    ["States.StringSplit($.t, ',')", { t: '1,2,3' }, ['1', '2', '3']],
    ["States.StringSplit($.t, '.+,=')", { t: 'This.is+a,test=string' }, ['This', 'is', 'a', 'test', 'string']],
    ["States.Format('Hello, my name is {}.', $.name)", { name: 'Arnav' }, 'Hello, my name is Arnav.'],
    ["States.Format('{} {} \\{\\} it\\'s \\\\', $v, $$.Name)", {}, "7 ctx {} it's \\"],
    ['States.Format($.t, 1)', { t: 'n={}' }, 'n=1'],
    ["States.Format('{}', States.JsonToString(States.Array(1, States.MathAdd(1, 1))))", {}, '[1,2]'],
  ])('%s', (text, input, value) => {
    expect(evaluate(text, input)).toEqual(value);
  });

  test('a seed makes the number the same; every UUID is another', () => {
    expect(evaluate('States.MathRandom(1, 1000, 42)')).toBe(evaluate('States.MathRandom(1, 1000, 42)'));
    expect(evaluate('States.UUID()')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(evaluate('States.UUID()')).not.toBe(evaluate('States.UUID()'));
  });

  test.each([
    ['States.ArrayPartition($.a, 0)', { a: [1] }],
    ['States.ArrayLength($.a)', { a: 'x' }],
    ['States.ArrayGetItem($.a, 1)', { a: [1] }],
    ['States.ArrayRange(1, 1001, 1)', {}],
    ['States.ArrayRange(1, 2, 0)', {}],
    ["States.Hash('a', 'SHA-3')", {}],
    ['States.Base64Encode($.t)', { t: 'x'.repeat(10_001) }],
    ['States.JsonMerge($.a, $.a, true)', { a: {} }],
    ['States.StringToJson($.t)', { t: '{' }],
    ['States.MathAdd(2147483647, 1)', {}],
    ["States.Format('{}')", {}],
    ["States.Format('', 1)", {}],
    ['States.UUID(1)', {}],
  ])('%s is States.IntrinsicFailure', (text, input) => {
    expect(() => evaluate(text, input)).toThrow(StatesError);
    expect(() => evaluate(text, input)).toThrow('States.IntrinsicFailure');
  });

  test.each(['States.Sum(1)', 'States.Array(', 'States.Array(1', 'States.Array(a)', "States.Format('x)", 'States.UUID() '])(
    '%s is refused',
    (text) => {
      expect(() => parseQuery(text)).toThrow(PathSyntaxError);
    },
  );

  test('whatever it is, it gives a value or one of its own errors', () => {
    const name = fc.constantFrom('Array', 'Format', 'ArrayRange', 'StringSplit', 'Hash', 'MathAdd', 'JsonMerge', 'Other');
    fc.assert(
      fc.property(name, fc.string({ unit: fc.constantFrom(...`$.,()'\\{}a1- `) }), (called, text) => {
        try {
          evaluate(`States.${called}(${text})`, { a: 1 });
        } catch (error) {
          expect([StatesError, PathSyntaxError, NothingFound]).toContain((error as Error).constructor);
        }
      }),
    );
  });
});
