import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseDefinition } from '../../../core/workflows/definition-file.ts';
import { InvalidFileError } from '../../../core/workflows/source-text.ts';

function mistakes(content: string): string[] {
  try {
    parseDefinition('a.asl.yaml', content, ['greet']);
  } catch (error) {
    if (error instanceof InvalidFileError) return error.message.split('\n');
    throw error;
  }
  return [];
}

/** A machine of one state, from its fields in lines; the first of them is on line 5, column 5. */
const state = (...lines: string[]) =>
  ['QueryLanguage: JSONata', 'StartAt: A', 'States:', '  A:', ...lines.map((line) => `    ${line}`)].join('\n');

/** The same without a query language, which is JSONPath; its first field is on line 4. */
const jsonPath = (...lines: string[]) => state(...lines).slice('QueryLanguage: JSONata\n'.length);

describe('a definition', () => {
  // https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
  test.each([
    ['another query language', 'QueryLanguage: SQL\nStartAt: A\nStates: {}', 'a.asl.yaml:1:16: QueryLanguage must be JSONata'],
    [
      'JSONata without saying so',
      jsonPath('Type: Pass', 'Output: 1', 'End: true'),
      'a.asl.yaml:5:5: The state "A" has Output, which is JSONata; put QueryLanguage: JSONata at the top',
    ],
    [
      'an expression in JSONPath',
      jsonPath('Type: Pass', `Result: \${workflow.id}`, 'End: true'),
      'a.asl.yaml:5:13: Expressions need JSONata',
    ],
    [
      'a path that does not parse',
      jsonPath('Type: Pass', 'InputPath: $.a[', 'End: true'),
      'a.asl.yaml:5:16: This is not a valid path',
    ],
    [
      'a field of another type',
      state('Type: Pass', 'Retrys: []', 'End: true'),
      'a.asl.yaml:6:5: The state "A" is a Pass, which has no field Retrys.',
    ],
    [
      'a field with a slip',
      state('Type: Succeed', 'Outptu: 1'),
      'a.asl.yaml:6:5: The state "A" is a Succeed, which has no field Outptu; did you mean Output?',
    ],
    [
      'a number and a path to it',
      jsonPath('Type: Wait', 'Seconds: 1', 'SecondsPath: $.s', 'End: true'),
      'a.asl.yaml:6:5: The state "A" must not have both Seconds and SecondsPath.',
    ],
    [
      'heartbeats that come too late',
      state('Type: Task', `Resource: \${tasks.greet}`, 'TimeoutSeconds: 60', 'HeartbeatSeconds: 60', 'End: true'),
      'a.asl.yaml:8:23: The state "A" must have HeartbeatSeconds below its TimeoutSeconds, 60.',
    ],
    [
      'tolerated failures in an inline map',
      state(
        'Type: Map',
        'ToleratedFailureCount: 1',
        'End: true',
        'ItemProcessor:',
        '  StartAt: B',
        '  States: { B: { Type: Succeed } }',
      ),
      'a.asl.yaml:6:5: The state "A" has ToleratedFailureCount, which needs a ProcessorConfig with the Mode DISTRIBUTED',
    ],
    [
      'a token that nobody gets',
      state(
        'Type: Task',
        'Resource: arn:aws:states:::lambda:invoke.waitForTaskToken',
        `Arguments: { FunctionName: "\${tasks.greet}", Payload: {} }`,
        'End: true',
      ),
      'a.asl.yaml:7:5: The state "A" waits for a token that it hands to nobody; put {% $states.context.Task.Token %}',
    ],
    [
      'a JSONPath state',
      state('Type: Pass', 'QueryLanguage: JSONPath', 'End: true'),
      'a.asl.yaml:6:20: The state "A" must use JSONata',
    ],
    [
      'a JSONPath field',
      state('Type: Pass', 'ResultPath: $.a', 'End: true'),
      'a.asl.yaml:6:5: The state "A" has ResultPath, which is JSONPath',
    ],
    ['no states', 'QueryLanguage: JSONata\nStartAt: A\nStates: {}', 'a.asl.yaml:3:1: States must be a mapping'],
    [
      'a start that is no state',
      state('Type: Succeed').replace('StartAt: A', 'StartAt: B'),
      'a.asl.yaml:2:10: StartAt leads to "B"',
    ],
    [
      'a transition to nowhere',
      state('Type: Pass', 'Next: B'),
      'a.asl.yaml:6:11: The state "A" leads to "B", which is not a state here.',
    ],
    [
      'a catcher to nowhere',
      state('Type: Task', `Resource: \${tasks.greet}`, 'End: true', 'Catch:', '  - ErrorEquals: [X]', '    Next: B'),
      'a.asl.yaml:10:15: The state "A" leads to "B"',
    ],
    [
      'a state that nothing leads to',
      `${state('Type: Succeed')}\n  B:\n    Type: Succeed`,
      'a.asl.yaml:6:3: No state leads to the state "B".',
    ],
    ['an unknown type', state('Type: Sleep', 'End: true'), 'a.asl.yaml:5:11: The state "A" needs a Type'],
    ['neither Next nor End', state('Type: Pass'), 'a.asl.yaml:4:3: '],
    [
      'JSONata that does not parse',
      state('Type: Pass', "Output: '{% $a( %}'", 'End: true'),
      'a.asl.yaml:6:13: This JSONata expression is not valid',
    ],
    [
      'JSONata within a text',
      state('Type: Pass', "Output: '{% 1 %} times'", 'End: true'),
      'a.asl.yaml:6:13: A JSONata expression begins with {%',
    ],
    [
      'an unknown task',
      state('Type: Task', `Resource: \${tasks.nope}`, 'End: true'),
      'a.asl.yaml:6:15: The task nope has no module tasks/nope.ts.',
    ],
    [
      'an expression of nothing known',
      state('Type: Pass', `Output: \${Table}`, 'End: true'),
      'a.asl.yaml:6:15: "Table" is not known',
    ],
    [
      'a resource that is none',
      state('Type: Task', 'Resource: sqs:sendMessage', 'End: true'),
      'a.asl.yaml:6:15: The state "A" must have the Resource',
    ],
    [
      'a permission that cannot be derived',
      state('Type: Task', 'Resource: arn:aws:states:::sqs:sendMessage', 'Arguments:', "  QueueUrl: '{% $q %}'", 'End: true'),
      'a.asl.yaml:8:17: The state "A" does not name its QueueUrl literally',
    ],
    ['a list', '- A', 'a.asl.yaml:1:1: A definition is a mapping'],
  ])('with %s is a mistake at its place', (_, content, expected) => {
    expect(mistakes(content)).toEqual([expect.stringContaining(expected)]);
  });

  test('names the place of a mistake within a branch', () => {
    const content = state(
      'Type: Parallel',
      'End: true',
      'Branches:',
      '  - StartAt: B',
      '    States:',
      '      B:',
      '        Type: Pass',
      '        Next: A',
    );

    expect(mistakes(content)).toEqual(['a.asl.yaml:12:19: The state "B" leads to "A", which is not a state here.']);
  });

  test('tells mistakes in the order of the file, with the near name, and not what only follows from another', () => {
    const content = `QueryLanguage: JSONata
StartAt: Look
States:
  Look:
    Type: Pass
    Next: Answr
  Answer:
    Type: Succeed
    Output: { found: "\${Look.output.found}", wrong: "\${Lok.output.found}" }`;

    expect(mistakes(content)).toEqual([
      'a.asl.yaml:6:11: The state "Look" leads to "Answr", which is not a state here; did you mean "Answer"?',
      expect.stringContaining('There is no state "Lok"; did you mean "Look"?'),
    ]);
  });

  // asl-validator's own schemas refuse these, though Step Functions takes them:
  // https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#writing-jsonata-expressions-in-json-strings
  test.each([
    ['an output that is a list or a number', state('Type: Pass', 'Output: [1, "{% 2 %}"]', 'End: true')],
    ['an expression over several lines', state('Type: Pass', 'Output: |-', '  {%', '    1', '  %}', 'End: true')],
    ['a computed timeout', state('Type: Task', `Resource: \${tasks.greet}`, "TimeoutSeconds: '{% 1 %}'", 'End: true')],
    ['a computed wait', state('Type: Wait', "Seconds: '{% 1 %}'", 'End: true')],
    ['JSONPath', jsonPath('Type: Pass', "Parameters: { 'x.$': $.a, y: '{% plain %}' }", 'ResultPath: $.b', 'End: true')],
    ['a JSONata state in JSONPath', jsonPath('Type: Pass', 'QueryLanguage: JSONata', "Output: '{% 1 %}'", 'End: true')],
    [
      'a task of its own in JSONPath, which waits for its token',
      jsonPath(
        'Type: Task',
        'Resource: arn:aws:states:::lambda:invoke.waitForTaskToken',
        `Parameters: { FunctionName: "\${tasks.greet}", Payload: { 'token.$': $$.Task.Token } }`,
        'HeartbeatSecondsPath: $.s',
        'End: true',
      ),
    ],
    [
      'a choice in JSONPath',
      jsonPath('Type: Choice', 'Choices: [{ Variable: $.n, NumericEquals: 1, Next: B }]').concat('\n  B: { Type: Succeed }'),
    ],
    [
      'a map over a literal list',
      state('Type: Map', 'Items: [1, 2]', 'End: true', 'ItemProcessor:', '  StartAt: B', '  States: { B: { Type: Succeed } }'),
    ],
  ])('may have %s', (_, content) => {
    expect(mistakes(content)).toEqual([]);
  });

  test('of the launcher has no mistake but what no workflow may do, or derive its permissions of', () => {
    const launcher = readFileSync(join(import.meta.dirname, '../../../lib/launch.asl.yaml'), 'utf8').replaceAll(
      /\$\{\w+\}/g,
      'aaa',
    );

    expect(mistakes(launcher)).toEqual([
      // Only a workflow must not: the platform itself may.
      expect.stringContaining('"TellUnavailable" must not publish as millrace.platform'),
      expect.stringContaining('"TellParked" must not publish as millrace.platform'),
      expect.stringContaining('"StartWorkflow" does not name its StateMachineArn literally'),
      expect.stringContaining('"StopWorkflow" uses arn:aws:states:::aws-sdk:sfn:stopExecution, so its permission'),
      expect.stringContaining('"QueueAgain" does not name its QueueUrl literally'),
    ]);
  });

  test('never fails with anything but its mistakes', () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(value, value, (inState, states) => {
        for (const given of [{ A: inState }, states, { A: { Type: 'Parallel', Branches: [inState] } }]) {
          for (const QueryLanguage of ['JSONata', 'JSONPath', given]) {
            const shown = mistakes(JSON.stringify({ QueryLanguage, StartAt: 'A', States: given }));
            for (const mistake of shown) expect(typeof mistake).toBe('string');
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("the platform's functions", () => {
  const call = (...fields: string[]) =>
    state(
      'Type: Task',
      'Resource: arn:aws:states:::lambda:invoke',
      'Arguments:',
      ...fields.map((field) => `  ${field}`),
      'End: true',
    );

  test('stand for what the deployment knows, and need no permission of their own', () => {
    const definition = parseDefinition('a.asl.yaml', call(`FunctionName: \${millrace.callbacks}`, 'Payload: { topic: Sell }'), []);
    const resolved = definition.resolve((name) => name, undefined, 'arn:callbacks') as { States: { A: object } };

    expect(resolved.States.A).toMatchObject({ Arguments: { FunctionName: 'arn:callbacks' } });
    expect(definition).toMatchObject({ usesCallbacks: true, permissions: [], tasks: [] });
    expect(parseDefinition('a.asl.yaml', state('Type: Succeed'), []).usesCallbacks).toBe(false);
  });

  test.each([
    [
      'another name',
      call(`FunctionName: \${millrace.callback}`),
      `a.asl.yaml:8:32: Millrace has no function "callback" for workflows, only callbacks. Did you mean \${millrace.callbacks}?`,
    ],
    [
      'a place that tells no run',
      state('Type: Task', `Resource: \${millrace.callbacks}`, 'End: true'),
      `a.asl.yaml:6:15: \${millrace.callbacks} stands alone, as the value of FunctionName.`,
    ],
    [
      'a run of their choice',
      call(`FunctionName: \${millrace.callbacks}`, 'ClientContext: e30='),
      'a.asl.yaml:9:7: A call of a function of Millrace has no ClientContext of its own: Millrace says there which run it is.',
    ],
  ])('are refused with %s', (_what, content, mistake) => {
    expect(mistakes(content)).toContain(mistake);
  });
});
