import { describe, expect, test } from '@jest/globals';
import { matchesRule, ruleProblem } from '../../../../../local/states/asl/jsonpath/choice.ts';

const INPUT = { s: 'b', n: 2, t: '2026-01-01T00:00:00Z', yes: true, none: null, s2: 'b', n2: 3, t2: '2026-01-01T01:00:00+01:00' };
const matches = (rule: Record<string, unknown>, input: unknown = INPUT) =>
  matchesRule(rule, { input, context: { Name: 'b' }, variables: { x: 2 } });

// Every comparison of https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html.
describe('a rule', () => {
  test.each([
    ['StringEquals', '$.s', 'b', 'c'],
    ['StringEqualsPath', '$.s', '$.s2', '$.t'],
    ['StringLessThan', '$.s', 'c', 'b'],
    ['StringLessThanPath', '$.s', '$.x', '$.s2'],
    ['StringGreaterThan', '$.s', 'a', 'b'],
    ['StringGreaterThanPath', '$.s', '$.t', '$.s2'],
    ['StringLessThanEquals', '$.s', 'b', 'a'],
    ['StringLessThanEqualsPath', '$.s', '$.s2', '$.t'],
    ['StringGreaterThanEquals', '$.s', 'b', 'c'],
    ['StringGreaterThanEqualsPath', '$.s', '$.s2', '$.x'],
    ['StringMatches', '$.t', '2026-*Z', '2026-*z'],
    ['StringMatches', '$.t', '2026*T*00*', '*T*T*'],
    ['StringMatches', '$.s', 'b', 'b*b'],
    ['StringMatches', '$.star', 'a\\*b\\\\', 'a*c'],
    ['NumericEquals', '$.n', 2, 3],
    ['NumericEqualsPath', '$.n', '$x', '$.n2'],
    ['NumericLessThan', '$.n', 3, 2],
    ['NumericLessThanPath', '$.n', '$.n2', '$.n'],
    ['NumericGreaterThan', '$.n', 1, 2],
    ['NumericGreaterThanPath', '$.n2', '$.n', '$.n2'],
    ['NumericLessThanEquals', '$.n', 2, 1],
    ['NumericLessThanEqualsPath', '$.n', '$.n', '$.one'],
    ['NumericGreaterThanEquals', '$.n', 2, 3],
    ['NumericGreaterThanEqualsPath', '$.n', '$.n', '$.n2'],
    ['BooleanEquals', '$.yes', true, false],
    ['BooleanEqualsPath', '$.yes', '$.yes', '$.none'],
    ['TimestampEquals', '$.t', '2026-01-01T01:00:00+01:00', '2026-01-01T00:00:01Z'],
    ['TimestampEqualsPath', '$.t', '$.t2', '$.s'],
    ['TimestampLessThan', '$.t', '2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['TimestampLessThanPath', '$.t', '$.later', '$.t2'],
    ['TimestampGreaterThan', '$.t', '2025-01-02T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['TimestampGreaterThanPath', '$.later', '$.t', '$.later'],
    ['TimestampLessThanEquals', '$.t', '2026-01-01T00:00:00Z', '2025-01-01T00:00:00Z'],
    ['TimestampLessThanEqualsPath', '$.t', '$.t2', '$.earlier'],
    ['TimestampGreaterThanEquals', '$.t', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['TimestampGreaterThanEqualsPath', '$.t', '$.t2', '$.later'],
    ['IsNull', '$.none', true, false],
    ['IsString', '$.s', true, false],
    ['IsNumeric', '$.n', true, false],
    ['IsBoolean', '$.yes', true, false],
    ['IsTimestamp', '$.t', true, false],
    ['IsPresent', '$.none', true, false],
    ['IsPresent', '$.missing.more', false, true],
    ['StringEquals', '$$.Name', 'b', 'x'],
  ])('%s of %s is met by %j and not by %j', (operator, Variable, met, unmet) => {
    const input = { ...INPUT, x: 'x', one: 1, star: 'a*b\\', later: '2026-06-01T00:00:00Z', earlier: '2025-06-01T00:00:00.5Z' };
    expect(ruleProblem({ Variable, [operator]: met, Next: 'A' })).toBeUndefined();
    expect(matches({ Variable, [operator]: met }, input)).toBe(true);
    expect(matches({ Variable, [operator]: unmet }, input)).toBe(false);
  });

  test('a value of another type is not met', () => {
    expect(matches({ Variable: '$.n', StringEquals: '2' })).toBe(false);
    expect(matches({ Variable: '$.s', NumericLessThanEquals: 2 })).toBe(false);
  });

  test('And, Or and Not join rules', () => {
    const [yes, no] = [
      { Variable: '$.yes', BooleanEquals: true },
      { Variable: '$.yes', BooleanEquals: false },
    ];
    const rule = { And: [{ Or: [no, yes] }, { Not: no }], Next: 'A' };
    expect(ruleProblem(rule)).toBeUndefined();
    expect(matches(rule)).toBe(true);
    expect(matches({ And: [yes, no] })).toBe(false);
    expect(matches({ Not: { Or: [no, yes] } })).toBe(false);
  });

  test('a path that finds nothing is an error, but for IsPresent', () => {
    expect(() => matches({ Variable: '$.missing', StringEquals: 'a' })).toThrow('$.missing found nothing');
    expect(() => matches({ Variable: '$.s', StringEqualsPath: '$.missing' })).toThrow('$.missing found nothing');
  });

  test.each([
    [{ Next: 'A' }, 'a rule must have a Variable and one comparison'],
    [{ Variable: '$', StringEquals: 'a', NumericEquals: 1 }, 'a rule must have a Variable and one comparison'],
    [{ Variable: '$', StringEquals: 1 }, 'StringEquals must have a string'],
    [{ Variable: '$', TimestampEquals: 'today' }, 'TimestampEquals must have a timestamp'],
    [{ Variable: '$', IsPresent: 'yes' }, 'IsPresent must have a boolean'],
    [{ Variable: '$', NumericEqualsPath: 1 }, 'must be a path'],
    [{ Variable: 'x', IsNull: true }, 'Variable: must be a path'],
    [{ And: [] }, 'And must stand alone, with an array of rules'],
    [{ And: [{ Variable: '$', IsNull: true, Next: 'A' }] }, 'a rule must have a Variable and one comparison'],
  ])('%j is refused', (rule, problem) => {
    expect(ruleProblem(rule)).toBe(problem);
  });
});
