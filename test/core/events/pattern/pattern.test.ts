import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InvalidEventPattern } from '../../../../core/events/pattern/invalid-event-pattern.ts';
import { compilePattern } from '../../../../core/events/pattern/pattern.ts';

const matches = (pattern: unknown, event: unknown) => compilePattern(pattern)(event);

/** The example event of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html */
const instanceTerminated = {
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '111122223333',
  time: '2017-12-22T18:43:48Z',
  region: 'us-west-1',
  resources: ['arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0'],
  detail: { 'instance-id': 'i-1234567890abcdef0', state: 'terminated' },
};

describe('values (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html)', () => {
  test("the guide's first pattern selects terminated instances", () => {
    const pattern = {
      source: ['aws.ec2'],
      'detail-type': ['EC2 Instance State-change Notification'],
      detail: { state: ['terminated'] },
    };
    expect(matches(pattern, instanceTerminated)).toBe(true);
    expect(matches(pattern, { ...instanceTerminated, detail: { state: 'running' } })).toBe(false);
  });

  test('a pattern may be given as its JSON text', () => {
    expect(matches('{"source":["aws.ec2"]}', instanceTerminated)).toBe(true);
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-null-values.html
  test('null and the empty string are not interchangeable', () => {
    const event = { detail: { eventVersion: '', responseElements: null } };
    expect(matches({ detail: { eventVersion: [''] } }, event)).toBe(true);
    expect(matches({ detail: { responseElements: [null] } }, event)).toBe(true);
    expect(matches({ detail: { responseElements: [''] } }, event)).toBe(false);
    expect(matches({ detail: { eventVersion: [null] } }, event)).toBe(false);
  });

  test('strings, numbers and booleans match their own kind only', () => {
    expect(matches({ a: ['1'] }, { a: 1 })).toBe(false);
    expect(matches({ a: [1] }, { a: '1' })).toBe(false);
    expect(matches({ a: ['true'] }, { a: true })).toBe(false);
    expect(matches({ a: [true] }, { a: true })).toBe(true);
    expect(matches({ a: [300] }, { a: 3.0e2 })).toBe(true);
  });
});

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
describe('operators', () => {
  const field = (member: unknown) => (value: unknown) => matches({ field: [member] }, { field: value });

  test.each<[string, unknown, unknown[], unknown[]]>([
    ['prefix', { prefix: '2017-10-02' }, ['2017-10-02T18:43:48Z'], ['2017-10-03', 20171002, null]],
    ['prefix ignoring case', { prefix: { 'equals-ignore-case': 'EventB' } }, ['eventbridge', 'EVENTBRIDGE'], ['bridge', 1]],
    ['suffix', { suffix: '.png' }, ['a.png'], ['a.PNG', 'png', true]],
    ['suffix ignoring case', { suffix: { 'equals-ignore-case': 'tBridge' } }, ['EventBridge', 'EVENTBRIDGE'], ['bridges']],
    ['equals-ignore-case', { 'equals-ignore-case': 'alice' }, ['Alice', 'ALICE'], ['Alice B', 5]],
    ['wildcard', { wildcard: 'dir/*.png' }, ['dir/a.png', 'dir/b/c.png', 'dir/.png'], ['dir/a.jpg', 'a/dir/b.png', 7]],
    ['wildcard with an escape', { wildcard: 'a\\*b\\\\*' }, ['a*b\\', 'a*b\\c'], ['axb\\', 'a*b']],
    ['wildcards whose parts would overlap', { wildcard: 'ab*ba' }, ['abba', 'abxba'], ['aba']],
    ['anything-but a string', { 'anything-but': 'initializing' }, ['running', null, 5], ['initializing']],
    ['anything-but a number', { 'anything-but': 123 }, [124, '123'], [123]],
    ['anything-but strings', { 'anything-but': ['stopped', 'overloaded'] }, ['running'], ['stopped', 'overloaded']],
    ['anything-but numbers', { 'anything-but': [100, 200, 300] }, [150], [100, 200, 300]],
    ['anything-but a prefix', { 'anything-but': { prefix: 'init' } }, ['running', 1], ['initializing']],
    ['anything-but prefixes', { 'anything-but': { prefix: ['init', 'error'] } }, ['running'], ['initializing', 'error: x']],
    ['anything-but a suffix', { 'anything-but': { suffix: '.txt' } }, ['a.png'], ['a.txt']],
    ['anything-but suffixes', { 'anything-but': { suffix: ['.txt', '.rtf'] } }, ['a.png'], ['a.txt', 'a.rtf']],
    ['anything-but ignoring case', { 'anything-but': { 'equals-ignore-case': 'initializing' } }, ['x'], ['INITIALIZING']],
    ['anything-but several ignoring case', { 'anything-but': { 'equals-ignore-case': ['a', 'B'] } }, ['c'], ['A', 'b']],
    ['anything-but a wildcard', { 'anything-but': { wildcard: '*/lib/*' } }, ['/usr/bin'], ['/usr/lib/x']],
    [
      'anything-but wildcards',
      { 'anything-but': { wildcard: ['*/lib/*', '*/bin/*'] } },
      ['/usr/etc/x'],
      ['/usr/lib/x', '/usr/bin/x'],
    ],
    ['numeric equality', { numeric: ['=', 3.018e2] }, [301.8], [301, '301.8']],
    ['numeric less than', { numeric: ['<', 10] }, [9.9, -1], [10, '9']],
    ['numeric at most', { numeric: ['<=', 10] }, [10], [10.1]],
    ['numeric greater than', { numeric: ['>', 10] }, [11], [10]],
    ['numeric at least', { numeric: ['>=', 10] }, [10], [9]],
    ['a numeric range', { numeric: ['>', 0, '<=', 5] }, [0.5, 5], [0, 5.1, null]],
    ['an IPv4 block', { cidr: '10.0.0.0/24' }, ['10.0.0.0', '10.0.0.255'], ['10.0.1.0', 'not an address', 10]],
    ['an IPv6 block', { cidr: '2001:db8::/32' }, ['2001:db8::1', '2001:0db8:0000::ff'], ['2001:db9::1', '10.0.0.1']],
    ['exists', { exists: true }, ['', 0, false, null], [{ c1: 100 }, [], undefined]],
    ['does not exist', { exists: false }, [{ c1: 100 }, [], undefined], ['', 0, false, null]],
  ])('%s', (_name, member, matching, others) => {
    const matchesField = field(member);
    expect(matching.filter((value) => !matchesField(value))).toEqual([]);
    expect(others.filter((value) => matchesField(value))).toEqual([]);
  });

  // #eb-filtering-exists-matching on the same page: "Exists matching only works on leaf nodes."
  test('exists looks at leaves: an object in its place counts as absent', () => {
    const pattern = { detail: { state: [{ exists: true }] } };
    expect(matches(pattern, { detail: { 'instance-id': 'i-abcd1111', state: 'pending' } })).toBe(true);
    expect(matches(pattern, { detail: { 'c-count': { c1: 100 } } })).toBe(false);
    expect(matches({ detail: { 'c-count': [{ exists: false }] } }, { detail: { 'c-count': { c1: 100 } } })).toBe(true);
  });

  test('a field that is absent together with its parents does not exist', () => {
    expect(matches({ detail: { a: { b: [{ exists: false }] } } }, {})).toBe(true);
    expect(matches({ detail: { a: [{ exists: false }, 'x'] } }, { detail: { a: 'x' } })).toBe(true);
    expect(matches({ detail: { a: [{ exists: false }, 'x'] } }, { detail: { a: 'y' } })).toBe(false);
  });

  // #eb-filtering-complex-example on the same page
  test("the guide's complex example", () => {
    const pattern = {
      time: [{ prefix: '2017-10-02' }],
      detail: {
        state: [{ 'anything-but': 'initializing' }],
        'c-count': [{ numeric: ['>', 0, '<=', 5] }],
        'd-count': [{ numeric: ['<', 10] }],
        'x-limit': [{ 'anything-but': [100, 200, 300] }],
      },
    };
    const event = { time: '2017-10-02T00:00:00Z', detail: { state: 'running', 'c-count': 5, 'd-count': 3, 'x-limit': 301.8 } };
    expect(matches(pattern, event)).toBe(true);
    expect(matches(pattern, { ...event, detail: { ...event.detail, 'd-count': 10 } })).toBe(false);
  });
});

// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-complex-example-or
describe('$or', () => {
  const pattern = {
    detail: {
      $or: [
        { 'c-count': [{ numeric: ['>', 0, '<=', 5] }] },
        { 'd-count': [{ numeric: ['<', 10] }] },
        { 'x-limit': [{ numeric: ['=', 3.018e2] }] },
      ],
    },
  };

  test("the guide's example matches when any alternative does", () => {
    expect(matches(pattern, { detail: { 'c-count': 3 } })).toBe(true);
    expect(matches(pattern, { detail: { 'd-count': 3, 'c-count': 9 } })).toBe(true);
    expect(matches(pattern, { detail: { 'x-limit': 301.8 } })).toBe(true);
    expect(matches(pattern, { detail: { 'x-limit': 1 } })).toBe(false);
  });

  // https://github.com/aws/event-ruler#the-or-primitive
  test('fields beside $or must hold too, also within alternatives', () => {
    const nested = { source: ['s'], $or: [{ a: [1] }, { b: [2], $or: [{ c: [3] }, { d: [4] }] }] };
    expect(matches(nested, { source: 's', a: 1 })).toBe(true);
    expect(matches(nested, { source: 't', a: 1 })).toBe(false);
    expect(matches(nested, { source: 's', b: 2 })).toBe(false);
    expect(matches(nested, { source: 's', b: 2, d: 4 })).toBe(true);
  });

  test('more than 1000 combinations are refused', () => {
    const ten = Array.from({ length: 10 }, (_, index) => ({ a: [index] }));
    const thousand = { x: { $or: ten }, y: { $or: ten }, z: { $or: ten } };
    expect(() => compilePattern(thousand)).not.toThrow();
    expect(() => compilePattern({ ...thousand, w: { $or: [{ a: [1] }, { b: [1] }] } })).toThrow(InvalidEventPattern);
  });
});

describe('arrays', () => {
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html
  test('an array in the event matches when it has a value in common with the pattern', () => {
    const pattern = {
      resources: [
        'arn:aws:ec2:us-east-1:123456789012:instance/i-b188560f',
        'arn:aws:ec2:us-east-1:111122223333:instance/i-b188560f',
        'arn:aws:ec2:us-east-1:444455556666:instance/i-b188560f',
      ],
    };
    const group = 'arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:eb56d16b:autoScalingGroupName/ASGTerminate';
    expect(matches(pattern, { resources: [group, 'arn:aws:ec2:us-east-1:123456789012:instance/i-b188560f'] })).toBe(true);
    expect(matches(pattern, { resources: [group] })).toBe(false);
  });

  // https://github.com/aws/event-ruler#json-array-matching
  const employees = [
    { firstName: 'John', lastName: 'Doe' },
    { firstName: 'Anna', lastName: 'Smith' },
    { firstName: 'Peter', lastName: 'Jones' },
  ];

  test('an array of objects stands for its elements, at any depth', () => {
    expect(matches({ employees: { firstName: ['Anna'] } }, { employees })).toBe(true);
    expect(matches({ employees: { firstName: ['Anna'] } }, { employees: [employees.slice(0, 2), employees.slice(2)] })).toBe(true);
  });

  test('fields under one array must be in the same element', () => {
    expect(matches({ employees: { firstName: ['Anna'], lastName: ['Jones'] } }, { employees })).toBe(false);
    expect(matches({ employees: { firstName: ['Anna'], lastName: ['Smith'] } }, { employees })).toBe(true);
    const split = { $or: [{ employees: { firstName: ['Anna'] } }, { none: [1] }], employees: { lastName: ['Jones'] } };
    expect(matches(split, { employees })).toBe(false);
  });
});

describe('patterns that PutRule refuses', () => {
  test.each<[string, unknown, string]>([
    ['not an object', ['a'], 'it must be a JSON object'],
    ['broken JSON', '{"a":', 'it must be JSON'],
    ['an empty object', {}, 'empty objects'],
    ['an empty object inside', { detail: { a: {} } }, 'at detail.a: empty objects'],
    ['an empty list', { detail: { a: [] } }, 'at detail.a: empty lists'],
    ['a bare value', { source: 'aws.ec2' }, 'at source: a field takes a list'],
    ['a list in a list', { a: [['b']] }, 'at a: a match expression'],
    ['an unknown operator', { a: [{ regex: '.*' }] }, 'at a: regex is not'],
    ['an inherited name as an operator', { a: [{ constructor: 'x' }] }, 'at a: constructor is not'],
    ['two operators', { a: [{ prefix: 'x', suffix: 'y' }] }, 'exactly one key'],
    ['a prefix that is a number', { a: [{ prefix: 5 }] }, 'at a.prefix: the value must be a string'],
    ['an empty anything-but prefix', { a: [{ 'anything-but': { prefix: '' } }] }, 'must not be empty'],
    ['anything-but of mixed types', { a: [{ 'anything-but': ['x', 1] }] }, 'strings only or numbers only'],
    ['anything-but of nothing', { a: [{ 'anything-but': [] }] }, 'must not be empty'],
    ['anything-but of a range', { a: [{ 'anything-but': { numeric: ['=', 1] } }] }, "can't be combined"],
    ['consecutive wildcards', { a: [{ wildcard: 'a**b' }] }, 'consecutive wildcard'],
    ['an unknown escape', { a: [{ wildcard: 'a\\b' }] }, 'backslash'],
    ['exists of a word', { a: [{ exists: 'yes' }] }, 'true or false'],
    ['a mask too long', { a: [{ cidr: '10.0.0.0/33' }] }, 'cidr takes'],
    ['an unknown comparison', { a: [{ numeric: ['!=', 5] }] }, 'the numeric operators'],
    ['a range upside down', { a: [{ numeric: ['>', 5, '<', 1] }] }, 'upper bound'],
    ['a range that begins with its end', { a: [{ numeric: ['<', 5, '>', 1] }] }, 'numeric takes'],
    ['$or of one', { $or: [{ a: [1] }] }, 'at least two'],
    ['an operator as a field in $or', { $or: [{ prefix: ['x'] }, { a: [1] }] }, "can't be a field within $or"],
    ['more than 2,048 characters', { a: ['x'.repeat(2048)] }, 'may have 2048'],
  ])('%s', (_name, pattern, problem) => {
    expect(() => compilePattern(pattern)).toThrow(InvalidEventPattern);
    expect(() => compilePattern(pattern)).toThrow(problem);
  });
});

describe('robustness', () => {
  const operators = fc.oneof(
    fc.record({ prefix: fc.string() }),
    fc.record({
      'anything-but': fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 3 }), fc.record({ wildcard: fc.string() })),
    }),
    fc.record({ numeric: fc.array(fc.oneof(fc.constantFrom('<', '<=', '>', '>=', '='), fc.integer()), { maxLength: 4 }) }),
    fc.record({ cidr: fc.oneof(fc.ipV4(), fc.ipV6()).map((address) => `${address}/24`) }),
    fc.record({ exists: fc.boolean() }),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const names = fc.constantFrom('a', 'b', '__proto__', '$or', 'constructor');
  const nested = (field: fc.Arbitrary<unknown>) => fc.dictionary(names, field, { maxKeys: 3 });
  const fields = fc.array(operators, { maxLength: 3 });
  const inner = nested(fields);
  const pattern = nested(fc.oneof(fields, inner, nested(inner), fc.array(inner, { maxLength: 3 })));

  test('whatever the pattern and the event, only InvalidEventPattern is thrown, and matching never throws', () => {
    fc.assert(
      fc.property(fc.oneof(pattern, fc.anything(), fc.string()), fc.oneof(fc.jsonValue(), fc.anything()), (anyPattern, event) => {
        let matcher: (event: unknown) => boolean;
        try {
          matcher = compilePattern(anyPattern);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidEventPattern);
          return;
        }
        expect(typeof matcher(event)).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });

  test('nesting far beyond the stack does not throw', () => {
    let event: unknown = 'x';
    for (let depth = 0; depth < 100_000; depth++) event = [event];
    expect(matches({ a: ['x'] }, { a: event })).toBe(true);
    expect(matches({ a: { b: [{ exists: false }] } }, { a: event })).toBe(true);
    expect(() => compilePattern({ a: event })).toThrow(InvalidEventPattern);
  });
});
