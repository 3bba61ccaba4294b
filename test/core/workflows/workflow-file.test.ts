import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InvalidFileError } from '../../../core/workflows/source-text.ts';
import { readWorkflowFile } from '../../../core/workflows/workflow-file.ts';

const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:Existing';
const NOW = new Date('2026-06-01T00:00:00Z');

function mistakes(content: string): string[] {
  try {
    return readWorkflowFile('workflow.yaml', content, NOW).mistakes.map(({ place, message }) => `${place}: ${message}`);
  } catch (error) {
    if (error instanceof InvalidFileError) return error.message.split('\n');
    throw error;
  }
}

const trigger = (lines: string) => `name: A\ntriggers:\n  - kind: webhook\n${lines.replace(/^/gm, '    ')}\n`;

const event = (lines: string) => trigger(`id: a\n${lines}`).replace('webhook', 'event');
const limits = (lines: string) => `name: A\nlimits:\n${lines.replace(/^/gm, '  ')}\n`;

const body = (schema: string) => `name: A\ninput:\n  body:\n${schema.replace(/^/gm, '    ')}\n`;

describe('workflow.yaml', () => {
  test.each([
    ['an unknown key', 'name: A\ndesciption: B', 'workflow.yaml:2:1: "desciption" is not known here; did you mean "description"?'],
    ['an unknown key of a trigger', trigger('id: a\nurl: b'), 'workflow.yaml:5:5: "url" is not known here; known are kind, id,'],
    ['no name', 'description: A', 'workflow.yaml:1:1: "name" is missing.'],
    ['a trigger without an id', trigger('auth: token'), 'workflow.yaml:3:5: "id" is missing.'],
    [
      'another kind',
      'name: A\ntriggers:\n  - kind: manual\n    id: a',
      'workflow.yaml:3:11: kind must be webhook, event or schedule',
    ],
    ['a method that does not exist', trigger('id: a\nmethods: [POST, FETCH]'), 'workflow.yaml:5:21: A method must be GET or POST'],
    ['a slip in a method', trigger('id: a\nmethods: [PSOT]'), 'OPTIONS; did you mean POST?'],
    ['a method twice', trigger('id: a\nmethods: [POST, POST]'), 'workflow.yaml:5:5: methods names an HTTP method twice.'],
    ['no method', trigger('id: a\nmethods: []'), 'workflow.yaml:5:5: methods must not be empty.'],
    ['a trigger id with a slash', trigger('id: a/b'), 'workflow.yaml:4:9: A trigger id has 1 to 40'],
    ['a trigger id of 41 characters', trigger(`id: ${'a'.repeat(41)}`), 'workflow.yaml:4:9: A trigger id has 1 to 40'],
    ['a reserved trigger id', trigger('id: payload'), 'workflow.yaml:4:9: This trigger id is reserved'],
    [
      'no authentication on a guessable id',
      trigger('id: a\nauth: none'),
      'workflow.yaml:4:9: A trigger with auth none is protected by',
    ],
    ['an event trigger without types', event('source: millrace.github'), 'workflow.yaml:3:5: "types" is missing.'],
    [
      'a pattern over our own events',
      event('source: millrace.github\npattern: { a: [b] }'),
      'workflow.yaml:6:5: A pattern is for source aws alone',
    ],
    ["AWS's events without a pattern", event('source: aws'), 'workflow.yaml:3:5: "pattern" is missing.'],
    ["AWS's events with types", event('source: aws\ntypes: [a]'), 'workflow.yaml:6:5: A trigger with source aws has a pattern'],
    [
      'a pattern of everything',
      event('source: aws\npattern: { detail: { a: [b] } }'),
      'workflow.yaml:6:5: The pattern needs a source',
    ],
    [
      'a pattern that is none',
      event('source: aws\npattern: { source: [{ like: x }] }'),
      'workflow.yaml:6:16: This is no EventBridge pattern',
    ],
    [
      'a pattern of its own runs',
      event('source: aws\npattern: { source: [{ prefix: aws. }], detail: { status: [FAILED] } }'),
      'workflow.yaml:6:5: With aws.states the pattern must name machines',
    ],
    [
      'a pattern with a source within $or',
      event('source: aws\npattern: { source: [aws.s3], $or: [{ source: [aws.states] }, { a: [b] }] }'),
      'workflow.yaml:6:5: The pattern needs a source of its own',
    ],
    [
      'a pattern of every machine',
      event('source: aws\npattern: { source: [aws.states], detail: { stateMachineArn: [{ wildcard: "*" }] } }'),
      'workflow.yaml:6:5: With aws.states the pattern must name machines',
    ],
    [
      'a pattern of any machine',
      event('source: aws\npattern: { source: [aws.states], detail: { stateMachineArn: [{ exists: true }] } }'),
      'workflow.yaml:6:5: With aws.states the pattern must name machines',
    ],
    ['a label of another form', 'name: A\nlabels: { Team: x }', "workflow.yaml:2:17: A label's name has 1 to 40"],
    ['no place at all', limits('concurrency: { runs: 0 }'), 'workflow.yaml:3:24: runs must be 1 at least.'],
    [
      'a key that is no pointer',
      limits('concurrency: { runs: 1, key: body.id }'),
      'workflow.yaml:3:32: key must be a JSON Pointer',
    ],
    ['a slip in a policy', limits('concurrency: { runs: 1, whenFull: skipp }'), 'did you mean skip?'],
    ['a quota without its time', limits('quota: { runs: 1 }'), 'workflow.yaml:3:3: "per" is missing.'],
    ['a definition outside the folder', 'name: A\ndefinition: ../a.asl.yaml', 'workflow.yaml:2:13: definition must name a file'],
    ['a timeout of another form', 'name: A\ntimeout: 15 min', 'workflow.yaml:2:10: timeout must be a number and a unit'],
    [
      'a tag by a name of JavaScript',
      'name: A\ntags: { constructor: x }',
      'workflow.yaml:2:9: "constructor" cannot be a name here',
    ],
    ['a tag that is no text', 'name: A\ntags: { cost: 7 }', "workflow.yaml:2:15: A tag's value is a text"],
    [
      'a permission for everything',
      'name: A\npermissions:\n  - actions: [s3:*]\n    resources: ["arn:aws:s3:::b/*"]',
      'workflow.yaml:3:15: ',
    ],
    ['an unknown connection type', 'name: A\nconnections:\n  crm: { type: bearer }', 'workflow.yaml:3:16: type must be api-key'],
    [
      'a definition for an import',
      `name: A\nstateMachineArn: ${MACHINE}\ntimeout: 1h`,
      'workflow.yaml:3:1: A workflow with stateMachineArn has no timeout',
    ],
    ['an import by version', `name: A\nstateMachineArn: ${MACHINE}:3`, 'workflow.yaml:2:18: stateMachineArn must be the ARN of'],
    ['a key twice', 'name: A\nname: B', 'workflow.yaml:2:1: This key stands here a second time; keep one of them.'],
    ['broken YAML', 'name: [A', 'workflow.yaml:1:9: '],
    ['a list', '- name: A', 'workflow.yaml:1:1: Here must be a mapping, not a list.'],
    ['nothing', '', 'workflow.yaml:1:1: "name" is missing.'],
    ['an alias within its own anchor', 'name: &a [*a]', 'workflow.yaml:1:1: '],
  ])('with %s is a mistake at its place', (_, content, expected) => {
    expect(mistakes(content)).toEqual([expect.stringContaining(expected)]);
  });

  test('tells all of its mistakes at once', () => {
    const content =
      'nmae: A\nactiv: true\ntriggers:\n  - { kind: webhook, id: a/b, ath: none }\n  - { kind: webhook, id: b, auth: none }';

    expect(mistakes(content)).toEqual([
      'workflow.yaml:1:1: "nmae" is not known here; did you mean "name"?',
      'workflow.yaml:1:1: "name" is missing.',
      'workflow.yaml:2:1: "activ" is not known here; did you mean "active"?',
      expect.stringContaining('workflow.yaml:4:26: A trigger id has 1 to 40'),
      'workflow.yaml:4:31: "ath" is not known here; did you mean "auth"?',
      expect.stringContaining('workflow.yaml:5:26: A trigger with auth none'),
    ]);
  });

  test('tells of a permission that is too wide beside other mistakes', () => {
    const content = 'name: 1\npermissions:\n  - actions: [s3:*]\n    resources: ["arn:aws:s3:::b/*"]';

    expect(mistakes(content)).toEqual([
      'workflow.yaml:1:7: name must be a text.',
      expect.stringContaining('workflow.yaml:3:15: The action s3:* has a wildcard'),
    ]);
  });

  test('takes a trigger without authentication when its id is 128 random bits', () => {
    expect(mistakes(trigger('id: 0123456789abcdef0123456789abcdef\nauth: none'))).toEqual([]);
  });

  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
  test.each([
    ['a time that is over', 'at: 2026-05-31T00:00:00', 'workflow.yaml:5:9: This time is in the past'],
    [
      'an end before its start',
      'rate: 1 hour\nstart: 2027-02-01T00:00:00\nend: 2027-01-01T00:00:00',
      'workflow.yaml:7:10: The end',
    ],
    ['a day that no year has', 'cron: 0 0 30 2 *', 'workflow.yaml:5:11: There is no such day'],
    ['two ways to say when', 'rate: 1 hour\ncron: 0 0 * * *', 'A schedule has exactly one of'],
    ['neither cron nor rate nor at', 'timezone: UTC', 'A schedule has exactly one of'],
  ])('with a schedule of %s is a mistake', (_, lines, expected) => {
    const content = trigger(`id: a\n${lines}`).replace('webhook', 'schedule');

    expect(mistakes(content)).toEqual([expect.stringContaining(expected)]);
  });

  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
  test.each([
    ['a filter of a bare value', 'filter: { action: opened }', 'workflow.yaml:7:23: This is no EventBridge pattern: a field takes'],
    ['an unknown operator', 'filter: { a: [{ like: b }] }', 'workflow.yaml:7:15: This is no EventBridge pattern: like is not'],
    ['a pattern over 2,048 characters', `filter: { a: ["${'x'.repeat(1990)}"] }`, 'it has 2104 characters and may have 2048'],
    ['an addressed source', 'source: millrace.webhook', 'workflow.yaml:5:13: millrace.webhook, millrace.schedule'],
    ['a foreign source', 'source: aws.s3', 'workflow.yaml:5:13: source must be'],
    ['no type', 'types: []', 'workflow.yaml:6:5: types must not be empty.'],
  ])('with an event trigger of %s is a mistake', (_, line, expected) => {
    const [key = ''] = line.split(':');
    const lines = { source: 'source: millrace.github', types: 'types: [pull_request]', filter: 'filter: {}', [key]: line };
    const content = trigger(['id: a', lines.source, lines.types, ...(key === 'filter' ? [line] : [])].join('\n'));

    expect(mistakes(content.replace('webhook', 'event'))).toEqual([expect.stringContaining(expected)]);
  });

  // https://json-schema.org/draft/2020-12
  test.each([
    [
      'a keyword that is not enforced',
      'requierd: [a]',
      'workflow.yaml:4:5: "requierd" is not known here; did you mean "required"?',
    ],
    ['a type that does not exist', 'type: text', 'workflow.yaml:4:11: type must be object or array'],
    ['a pattern that is none', 'pattern: "("', 'workflow.yaml:4:14: pattern must be a regular expression'],
    ['a keyword with a wrong value', 'properties: { a: { minLength: -1 } }', 'workflow.yaml:4:35: minLength must not be negative.'],
    ['a reference to nothing', '$ref: "#/$defs/a"', 'workflow.yaml:4:11: "#/$defs/a" is not here'],
    ['a reference that never ends', 'anyOf: [{ $ref: "#" }]', 'workflow.yaml:4:21: This reference leads back to itself.'],
    [
      'more than 32 KB',
      `description: ${'x'.repeat(32_768)}`,
      'workflow.yaml:3:3: This schema has 32786 bytes as JSON and may have 32768.',
    ],
  ])('with an input schema of %s is a mistake', (_, schema, expected) => {
    expect(mistakes(body(schema))).toEqual([expect.stringContaining(expected)]);
  });

  test.each([
    ['a query field that is a number', 'query', 'properties: { page: { type: integer } }', 'A query field is a text'],
    ['a header in upper case', 'headers', 'required: [X-Tenant]', 'Header names are in lower case; write x-tenant.'],
    ['a header that is withheld', 'headers', 'required: [authorization]', 'The header authorization is not handed on'],
  ])('with an input schema that asks for %s is a mistake', (_, part, schema, expected) => {
    expect(mistakes(body(schema).replace('body', part))).toEqual([expect.stringContaining(expected)]);
  });

  test('with a schedule whose params do not fit its own input is a mistake', () => {
    const content = `name: A
input: { params: { required: [day], properties: { full: { type: boolean } } } }
triggers:
  - { kind: schedule, id: a, rate: 1 day, params: { full: "yes" } }`;

    expect(mistakes(content)).toEqual([
      'workflow.yaml:4:43: params/day is missing, by input.params.',
      'workflow.yaml:4:59: params/full must be of the type boolean, by input.params.',
    ]);
  });

  test('takes input schemas of every keyword', () => {
    const schema = `$defs: { item: { type: object, properties: { next: { $ref: "#/$defs/item" } }, additionalProperties: false } }
type: [object, "null"]
properties:
  items: { type: array, items: { $ref: "#/$defs/item" }, minItems: 1 }
  id: { type: string, format: uuid, pattern: "^[a-f]", minLength: 36 }
  count: { oneOf: [{ type: integer, minimum: 1 }, { const: null }] }
required: [id]`;

    expect(mistakes(body(schema))).toEqual([]);
  });

  test('declares all that it can hold', () => {
    const { declared } = readWorkflowFile(
      'workflow.yaml',
      `name: A
active: false
revision: manual
timeout: 15m
tags: { team: growth }
triggers:
  - { kind: schedule, id: nightly, cron: "0 2 * * *", timezone: Europe/Berlin, params: { full: true } }
  - { kind: event, id: on-user-created, source: millrace.authing, types: [user.created], filter: { user: { id: [{ exists: true }] } } }`,
      NOW,
    );

    expect(declared).toEqual({
      name: 'A',
      active: false,
      revision: 'manual',
      timeoutSeconds: 900,
      tags: { team: 'growth' },
      permissions: [],
      connections: {},
      triggers: [
        {
          triggerId: 'nightly',
          kind: 'schedule',
          enabled: true,
          schedule: { expression: 'cron(0 2 * * ? *)', timezone: 'Europe/Berlin' },
          params: { full: true },
        },
        {
          triggerId: 'on-user-created',
          kind: 'event',
          enabled: true,
          source: 'millrace.authing',
          types: ['user.created'],
          filter: { user: { id: [{ exists: true }] } },
        },
      ],
    });
  });

  test('never fails with anything but its mistakes', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'name: A',
        'triggers:',
        '  - kind: webhook',
        '    id: *a',
        'a: &a [*a]',
        '<<: *a',
        'input:',
        '  body:',
        '    items:',
      ),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        for (const mistake of mistakes(lines.join('\n'))) expect(mistake).toMatch(/^workflow\.yaml:\d+:\d+: |^[^:]*$/);
      }),
      { numRuns: 300 },
    );
  });
});
