import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileInput } from '../../../local/bus/transformer.ts';

// The event and the examples of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html#eb-transform-input-examples
const event = {
  version: '0',
  id: '7bf73129-1428-4cd3-a780-95db273d1602',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '123456789012',
  time: '2015-11-11T21:29:54Z',
  region: 'us-east-1',
  resources: ['arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111'],
  detail: { 'instance-id': 'i-0123456789', state: 'RUNNING', tags: [{ key: 'a' }, { key: 'b' }], count: 3, nothing: null },
};
const context = {
  json: JSON.stringify(event),
  ruleArn: 'arn:aws:events:us-east-1:123456789012:rule/example',
  ruleName: 'example',
  ingestionTime: '2015-11-11T21:29:55Z',
};
const InputPathsMap = {
  timestamp: '$.time',
  instance: '$.detail.instance-id',
  state: '$.detail.state',
  resource: '$.resources[0]',
  missing: '$.detail.missing',
  count: '$.detail.count',
  nothing: '$.detail.nothing',
  detail: '$.detail',
};
const transform = (InputTemplate: string) => compileInput({ InputTransformer: { InputPathsMap, InputTemplate } })(context);

describe('input templates as documented', () => {
  test.each([
    ['a simple string', '"instance <instance> is in <state>"', '"instance i-0123456789 is in RUNNING"'],
    ['a string with escaped quotes', '"instance \\"<instance>\\" is in <state>"', '"instance \\"i-0123456789\\" is in RUNNING"'],
    ['simple JSON', '{"instance" : <instance>, "state": <state>}', '{"instance" : "i-0123456789", "state": "RUNNING"}'],
    [
      'JSON with strings and variables',
      '{"instance" : <instance>, "state": "<state>", "instanceStatus": "instance \\"<instance>\\" is in <state>"}',
      '{"instance" : "i-0123456789", "state": "RUNNING", "instanceStatus": "instance \\"i-0123456789\\" is in RUNNING"}',
    ],
    [
      'a mix of variables and static information',
      '{"instance" : <instance>, "state": [ 9, <state>, true ], "Transformed" : "Yes"}',
      '{"instance" : "i-0123456789", "state": [ 9, "RUNNING", true ], "Transformed" : "Yes"}',
    ],
    ['a reserved variable in a string', '"<aws.events.rule-name> triggered"', '"example triggered"'],
    ['an item of an array', '{"resource": <resource>}', '{"resource": "arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"}'],
    ['the ingestion time', '{"at": <aws.events.event.ingestion-time>}', '{"at": "2015-11-11T21:29:55Z"}'],
    ['numbers and null', '{"count": <count>, "nothing": <nothing>}', '{"count": 3, "nothing": null}'],
  ])('%s', (_name, template, output) => {
    expect(transform(template)).toBe(output);
  });

  test('reserved variables in JSON', () => {
    const output = JSON.parse(
      transform('{"ruleArn": <aws.events.rule-arn>, "original": <aws.events.event.json>, "withoutDetail": <aws.events.event>}'),
    );
    const { detail: _detail, ...withoutDetail } = event;
    expect(output).toEqual({ ruleArn: context.ruleArn, original: event, withoutDetail });
  });

  // #eb-transform-input-issues on the same page: "that variable isn't created and won't appear in the output"
  test('a variable whose path is not in the event does not appear', () => {
    expect(transform('"detail: <missing>."')).toBe('"detail: ."');
    expect(transform('{"a": "<missing>"}')).toBe('{"a": ""}');
  });

  test('an object within a string loses its quotes, so that the string stays one', () => {
    const { InputTransformer } = { InputTransformer: { InputPathsMap: { tags: '$.detail.tags' }, InputTemplate: '"tags <tags>"' } };
    expect(compileInput({ InputTransformer })(context)).toBe('"tags [{key:a},{key:b}]"');
  });
});

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html
describe('Input and InputPath', () => {
  test('without either, the target gets the whole event', () => {
    expect(compileInput({})(context)).toBe(context.json);
  });

  test('Input replaces the event', () => {
    expect(compileInput({ Input: '{"constant":true}' })(context)).toBe('{"constant":true}');
  });

  test.each<[string, unknown]>([
    ['$', event],
    ['$.detail', event.detail],
    ['$.detail.state', 'RUNNING'],
    ['$.detail.tags[1].key', 'b'],
    ['$.detail.tags[*].key', ['a', 'b']],
  ])('InputPath %s', (InputPath, expected) => {
    expect(JSON.parse(compileInput({ InputPath })(context))).toEqual(expected);
  });
});

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html
describe('targets that are refused', () => {
  const variables = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`v${index}`, '$.id']));

  test.each<[string, Parameters<typeof compileInput>[0], string]>([
    ['two kinds of input', { Input: '{}', InputPath: '$.detail' }, 'Only one'],
    ['an Input that is no JSON', { Input: '{' }, 'valid JSON'],
    ['a path of another syntax', { InputPath: '$.detail[?(@.a)]' }, 'dot notation'],
    ['a path without a root', { InputPath: 'detail' }, 'start with $'],
    ['101 variables', { InputTransformer: { InputPathsMap: variables(101), InputTemplate: '{}' } }, 'may have 100'],
    ['a template of 8,193 characters', { InputTransformer: { InputTemplate: `"${'x'.repeat(8191)}"` } }, '8192'],
    [
      'a reserved name',
      { InputTransformer: { InputPathsMap: { 'aws.events.event': '$.id' }, InputTemplate: '{}' } },
      'aws.events.event',
    ],
    ['an unknown placeholder', { InputTransformer: { InputTemplate: '{"a": <b>}' } }, 'unknown placeholder <b>'],
    ['a placeholder as a key', { InputTransformer: { InputPathsMap: { a: '$.id' }, InputTemplate: '{<a>: 1}' } }, 'valid JSON'],
  ])('%s', (_name, target, problem) => {
    expect(() => compileInput(target)).toThrow(problem);
  });

  test('100 variables and 8,192 characters are taken', () => {
    const InputTemplate = `"${'x'.repeat(8190)}"`;
    expect(compileInput({ InputTransformer: { InputPathsMap: variables(100), InputTemplate } })(context)).toBe(InputTemplate);
  });
});

test('whatever the event holds, an unquoted placeholder gives valid JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json = JSON.stringify({ ...event, detail: { value } });
      const target = { InputTransformer: { InputPathsMap: { value: '$.detail.value' }, InputTemplate: '{"value": <value>}' } };
      const output = compileInput(target)({ ...context, json });
      expect(JSON.parse(output)).toEqual({ value: JSON.parse(JSON.stringify(value)) });
    }),
    { numRuns: 200 },
  );
});
