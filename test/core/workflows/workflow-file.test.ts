import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InvalidFileError } from '../../../core/workflows/source-text.ts';
import { parseWorkflowFile } from '../../../core/workflows/workflow-file.ts';

function mistakes(content: string): string[] {
  try {
    parseWorkflowFile('workflow.yaml', content);
  } catch (error) {
    if (error instanceof InvalidFileError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const trigger = (lines: string) => `name: A\ntriggers:\n  - kind: webhook\n${lines.replace(/^/gm, '    ')}\n`;

describe('workflow.yaml', () => {
  test.each([
    ['an unknown key', 'name: A\nnmae: B', 'workflow.yaml:2:1: "nmae" is not known here.'],
    ['an unknown key of a trigger', trigger('id: a\nurl: b'), 'workflow.yaml:5:5: "url" is not known here.'],
    ['no name', 'description: A', 'workflow.yaml:1:1: "name" is missing.'],
    ['a trigger without an id', trigger('auth: token'), 'workflow.yaml:3:5: "id" is missing.'],
    ['another kind', 'name: A\ntriggers:\n  - kind: schedule\n    id: a', 'workflow.yaml:3:11: kind must be webhook'],
    ['a method that does not exist', trigger('id: a\nmethods: [POST, FETCH]'), 'workflow.yaml:5:21: A method must be GET or POST'],
    ['a method twice', trigger('id: a\nmethods: [POST, POST]'), 'workflow.yaml:5:5: methods names an HTTP method twice.'],
    ['no method', trigger('id: a\nmethods: []'), 'workflow.yaml:5:5: methods must name at least one'],
    ['a trigger id with a slash', trigger('id: a/b'), 'workflow.yaml:4:9: A trigger id has 1 to 40'],
    ['a trigger id of 41 characters', trigger(`id: ${'a'.repeat(41)}`), 'workflow.yaml:4:9: A trigger id has 1 to 40'],
    ['a reserved trigger id', trigger('id: payload'), 'workflow.yaml:4:9: This trigger id is reserved'],
    [
      'no authentication on a guessable id',
      trigger('id: a\nauth: none'),
      'workflow.yaml:4:9: A trigger with auth none is protected by',
    ],
    ['a definition outside the folder', 'name: A\ndefinition: ../a.asl.yaml', 'workflow.yaml:2:13: definition must name a file'],
    ['a key twice', 'name: A\nname: B', 'workflow.yaml:2:1: Map keys must be unique.'],
    ['broken YAML', 'name: [A', 'workflow.yaml:1:9: '],
    ['a list', '- name: A', 'workflow.yaml:1:1: '],
    ['nothing', '', 'workflow.yaml:1:1: "name" is missing.'],
  ])('with %s is a mistake at its place', (_, content, expected) => {
    expect(mistakes(content)).toEqual([expect.stringContaining(expected)]);
  });

  test('takes a trigger without authentication when its id is 128 random bits', () => {
    expect(mistakes(trigger('id: 0123456789abcdef0123456789abcdef\nauth: none'))).toEqual([]);
  });

  test('never fails with anything but its mistakes', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('name: A', 'triggers:', '  - kind: webhook', '    id: *a', 'a: &a [*a]', '<<: *a'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        for (const mistake of mistakes(lines.join('\n'))) expect(mistake).toMatch(/^workflow\.yaml:\d+:\d+: |^[^:]*$/);
      }),
      { numRuns: 300 },
    );
  });
});
