import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseDefinition } from '../../../../local/states/asl/validate.ts';

const parse = (definition: Record<string, unknown>) => () =>
  parseDefinition(JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'A', ...definition }));
const state = (fields: Record<string, unknown>, more: Record<string, unknown> = {}) =>
  parse({ States: { A: { Type: 'Pass', End: true, ...fields }, ...more } });
const jsonPath = (fields: Record<string, unknown>) =>
  parse({ QueryLanguage: undefined, States: { A: { Type: 'Pass', End: true, ...fields } } });
const LAMBDA = 'arn:aws:states:::lambda:invoke';

// https://states-language.net/ and https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
describe('a definition is refused', () => {
  test.each([
    ['an unknown state in Next', state({ End: undefined, Next: 'B' }), 'state "A": Next names "B", which does not exist.'],
    ['an unknown state in StartAt', parse({ StartAt: 'X', States: { A: { Type: 'Succeed' } } }), 'StartAt names "X"'],
    ['neither Next nor End', state({ End: undefined }), 'state "A": it must have either Next or "End": true.'],
    ['both Next and End', state({ Next: 'A' }), 'either Next or "End": true'],
    ['a field that the state does not have', state({ Result: 1 }), 'state "A": the field Result is not supported.'],
    ['a field of JSONata, as JSONPath is the default', jsonPath({ Output: 1 }), 'state "A": the field Output is not supported.'],
    ['a path that does not parse', jsonPath({ InputPath: '$.a[' }), 'state "A": InputPath: $.a[ is not valid at character 5'],
    ['a path that is none', jsonPath({ InputPath: 'a' }), 'InputPath: must be a path, which begins with $.'],
    ['a ResultPath to many places', jsonPath({ ResultPath: '$.a[*]' }), 'ResultPath: $.a[*] is not a reference path'],
    ['a path to a function that does not exist', jsonPath({ Parameters: { 'x.$': 'States.Sum(1)' } }), 'there is no function'],
    ['a field given twice', jsonPath({ Parameters: { x: 1, 'x.$': '$.x' } }), 'it has both x and x.$.'],
    [
      'an unknown comparison',
      jsonPath({ Type: 'Choice', End: undefined, Choices: [{ Variable: '$', Is: 1, Next: 'A' }] }),
      'the comparison Is does not exist',
    ],
    ['seconds twice', jsonPath({ Type: 'Wait', Seconds: 1, SecondsPath: '$.s' }), 'either Seconds or Timestamp'],
    [
      'a time-out twice',
      jsonPath({ Type: 'Task', Resource: LAMBDA, TimeoutSeconds: 1, TimeoutSecondsPath: '$.s' }),
      'not have both TimeoutSeconds and TimeoutSecondsPath',
    ],
    ['JSONPath in one state', state({ QueryLanguage: 'JSONPath' }), 'state "A" uses JSONPath, which a definition'],
    ['an expression that does not parse', state({ Output: '{% 1 + %}' }), 'States.A.Output: the JSONata expression is not valid'],
    ['an expression that does not end', state({ Output: { deep: ['{% 1'] } }), 'must begin with {% and end with %}'],
    ['the reserved variable', state({ Assign: { states: 1 } }), 'the variable name states is reserved'],
    ['a variable with $', state({ Assign: { $x: 1 } }), 'a variable name must be an identifier'],
    [
      'waiting where the service cannot wait',
      state({ Type: 'Task', Resource: 'arn:aws:states:::dynamodb:getItem.sync' }),
      'getItem.sync is not supported locally.',
    ],
    [
      'an activity',
      state({ Type: 'Task', Resource: 'arn:aws:states:us-east-1:123456789012:activity:a' }),
      'is not supported locally.',
    ],
    [
      'an integration that is not known',
      state({ Type: 'Task', Resource: 'arn:aws:states:::ecs:runTask' }),
      'ecs:runTask is not supported',
    ],
    [
      'States.ALL among others',
      state({ Type: 'Task', Resource: LAMBDA, Retry: [{ ErrorEquals: ['States.ALL', 'X'] }] }),
      'must stand alone',
    ],
    [
      'States.ALL before others',
      state({ Type: 'Task', Resource: LAMBDA, Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['X'] }] }),
      'States.ALL must come last',
    ],
    [
      'Seconds and Timestamp',
      state({ Type: 'Wait', Seconds: 1, Timestamp: '2026-01-01T00:00:00Z' }),
      'either Seconds or Timestamp',
    ],
    [
      'a distributed map without the type of its executions',
      state({
        Type: 'Map',
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'B', States: { B: { Type: 'Succeed' } } },
      }),
      'state "A": ItemProcessor.ProcessorConfig.ExecutionType',
    ],
    [
      'a reader of items',
      state({ Type: 'Map', ItemReader: {}, ItemProcessor: { StartAt: 'B', States: { B: { Type: 'Succeed' } } } }),
      'the field ItemReader is not supported.',
    ],
    [
      'tolerated failures in an inline map',
      state({ Type: 'Map', ToleratedFailureCount: 1, ItemProcessor: { StartAt: 'B', States: { B: { Type: 'Succeed' } } } }),
      'state "A": ToleratedFailureCount is for a distributed Map.',
    ],
    [
      'an outer variable assigned in an inner scope',
      state(
        { End: undefined, Next: 'P', Assign: { x: 1 } },
        {
          P: {
            Type: 'Parallel',
            End: true,
            Branches: [{ StartAt: 'B', States: { B: { Type: 'Pass', End: true, Assign: { x: 2 } } } }],
          },
        },
      ),
      'state "B": Assign sets $x, which belongs to an outer scope.',
    ],
    [
      'a transition out of a branch',
      state({
        Type: 'Parallel',
        Branches: [{ StartAt: 'B', States: { B: { Type: 'Pass', Next: 'A' } } }],
      }),
      'state "B": Next names "A", which does not exist.',
    ],
  ])('for %s', (_why, attempt, message) => {
    expect(attempt).toThrow(message);
  });
});

test('branches side by side may use the same variable', () => {
  const branch = (name: string) => ({ StartAt: name, States: { [name]: { Type: 'Pass', End: true, Assign: { x: 1 } } } });
  expect(state({ Type: 'Parallel', Branches: [branch('B'), branch('C')] })).not.toThrow();
});

test('whatever it is given, it answers with a definition or a sentence', () => {
  const fields = fc.record(
    {
      Type: fc.constantFrom('Pass', 'Task', 'Map', 'Parallel', 'Choice', 'Wait', 'Fail', 'Succeed', 'Other'),
      Next: fc.constantFrom('A', 'B', '__proto__'),
      End: fc.boolean(),
      Output: fc.json().map((text): unknown => JSON.parse(text)),
      Assign: fc.dictionary(fc.string(), fc.jsonValue()),
      Branches: fc.jsonValue(),
      Retry: fc.jsonValue(),
      Choices: fc.jsonValue(),
      Parameters: fc.jsonValue(),
      InputPath: fc.constantFrom('$', '$.a[?(@.b > 1)]', '$.', null, 1),
      Iterator: fc.jsonValue(),
      Resource: fc.constantFrom(LAMBDA, `${LAMBDA}.waitForTaskToken`, 'x'),
    },
    { requiredKeys: [] },
  );
  const definition = fc.oneof(
    fc.jsonValue(),
    fc.record({
      QueryLanguage: fc.constantFrom('JSONata', 'JSONPath'),
      StartAt: fc.constantFrom('A', 'toString'),
      States: fc.record({ A: fields }),
    }),
  );
  fc.assert(
    fc.property(definition, (value) => {
      try {
        expect(parseDefinition(JSON.stringify(value)).StartAt).toBe('A');
      } catch (error) {
        expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
        expect((error as Error).message).toMatch(/\.$/);
      }
    }),
  );
});
