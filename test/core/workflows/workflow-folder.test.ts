import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { InvalidFileError } from '../../../core/workflows/source-text.ts';
import { readWorkflowFolders } from '../../../core/workflows/workflow-folder.ts';

const WORKFLOW = `name: Hello
triggers:
  - kind: webhook
    id: hello
`;
const DEFINITION = `QueryLanguage: JSONata
StartAt: Begin
States:
  Begin:
    Type: Succeed
`;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'workflows-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function given(files: Record<string, string>) {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, 'workflows', name)), { recursive: true });
    writeFileSync(join(directory, 'workflows', name), content);
  }
}

const read = () => readWorkflowFolders([join(directory, 'workflows')], directory);

function mistakes(): string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof InvalidFileError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('a folder of workflows', () => {
  test('declares a workflow with what its file leaves out', () => {
    given({ 'hello/workflow.yaml': WORKFLOW, 'hello/definition.asl.yaml': DEFINITION });

    const [folder] = read();

    expect(folder).toMatchObject({
      workflowId: 'hello',
      name: 'Hello',
      triggers: [{ triggerId: 'hello', kind: 'webhook', methods: ['POST'], auth: 'token', deduplicate: 'key', enabled: true }],
      tasks: {},
    });
  });

  test('may hold its definition as JSON, or under a name that its file gives', () => {
    const json = '{ "QueryLanguage": "JSONata", "StartAt": "Begin", "States": { "Begin": { "Type": "Succeed" } } }';
    given({
      'a/workflow.yaml': 'name: A',
      'a/definition.asl.json': json,
      'b/workflow.yaml': 'name: B\ndefinition: main.asl.yaml',
      'b/main.asl.yaml': DEFINITION,
    });

    const folders = read();

    expect(folders.map(({ workflowId }) => workflowId)).toEqual(['a', 'b']);
  });

  test('is a mistake without workflow.yaml', () => {
    given({ 'hello/definition.asl.yaml': DEFINITION });

    expect(mistakes()).toEqual(['workflows/hello/workflow.yaml:1:1: This file is missing; every folder here is a workflow.']);
  });

  test('is a mistake without its definition', () => {
    given({ 'hello/workflow.yaml': WORKFLOW });

    expect(mistakes()).toEqual([expect.stringContaining('workflows/hello/definition.asl.yaml:1:1: This file is missing')]);
  });

  test('is named by an id of lower-case letters, digits and hyphens', () => {
    given({ 'Hello_1/workflow.yaml': WORKFLOW, 'Hello_1/definition.asl.yaml': DEFINITION });

    expect(mistakes()).toEqual([expect.stringContaining("workflows/Hello_1:1:1: A workflow's folder is named by its id")]);
  });

  test('may not take a trigger id that another has', () => {
    given({
      'a/workflow.yaml': WORKFLOW,
      'a/definition.asl.yaml': DEFINITION,
      'b/workflow.yaml': WORKFLOW,
      'b/definition.asl.yaml': DEFINITION,
    });

    expect(mistakes()).toEqual([
      'workflows/b/workflow.yaml:4:9: The trigger id hello is taken at workflows/a/workflow.yaml:4:9; ids are unique over all workflows.',
    ]);
  });

  test('may not take an id that a folder of an earlier directory has', () => {
    given({ 'hello/workflow.yaml': WORKFLOW, 'hello/definition.asl.yaml': DEFINITION });
    const twice = [join(directory, 'workflows'), join(directory, 'workflows')];

    expect(() => readWorkflowFolders(twice, directory)).toThrow('workflows/hello:1:1: The workflow id hello is taken');
  });

  test('is read from a directory that exists', () => {
    expect(() => readWorkflowFolders([join(directory, 'nope')])).toThrow(/nope does not exist; workflows are the folders in it\.$/);
  });

  test('tells the mistakes of all folders at once', () => {
    given({ 'a/workflow.yaml': 'nam: A', 'a/definition.asl.yaml': DEFINITION, 'b/definition.asl.yaml': DEFINITION });

    expect(mistakes().map((mistake) => mistake.split(': ')[0])).toEqual([
      'workflows/a/workflow.yaml:1:1',
      'workflows/a/workflow.yaml:1:1',
      'workflows/b/workflow.yaml:1:1',
    ]);
  });

  test('knows the tasks that its definition names, and only those', () => {
    const definition = `QueryLanguage: JSONata
StartAt: Greet
States:
  Greet:
    Type: Task
    Resource: \${tasks.greet}
    End: true
`;
    given({
      'hello/workflow.yaml': WORKFLOW,
      'hello/definition.asl.yaml': definition,
      'hello/tasks/greet.ts': 'export const handler = async () => ({});',
      'hello/tasks/unused.ts': 'export const part = 1;',
    });

    const [folder] = read();

    expect(folder?.tasks).toEqual({ greet: join(directory, 'workflows/hello/tasks/greet.ts') });
    expect(folder?.definition?.resolve((task) => `arn of ${task}`)).toMatchObject({
      States: { Greet: { Resource: 'arn of greet' } },
    });
  });

  const TASK = `QueryLanguage: JSONata
StartAt: Greet
States:
  Greet: { Type: Task, Resource: "\${tasks.greet}", Next: Nowhere }
`;
  test.each([
    ['no handler', 'export const handle = () => 1;', 'greet.ts:1:1: A task exports a function named handler; this one does not.'],
    ['a syntax error', 'export const handler =\n  (a => ;', 'greet.ts:2:9: Unexpected ";".'],
    ['an import of nothing', "import './gone.ts';", 'greet.ts:1:8: Could not resolve "./gone.ts".'],
  ])('tells of a task with %s beside the mistakes of its definition', (_, module, expected) => {
    given({ 'hello/workflow.yaml': WORKFLOW, 'hello/definition.asl.yaml': TASK, 'hello/tasks/greet.ts': module });

    expect(mistakes()).toEqual([
      expect.stringContaining('workflows/hello/definition.asl.yaml:4:58: The state "Greet" leads to "Nowhere"'),
      `workflows/hello/tasks/${expected}`,
    ]);
  });

  test('tells of each task, though one of them cannot be parsed', () => {
    given({
      'hello/workflow.yaml': WORKFLOW,
      'hello/definition.asl.yaml': `${TASK.replace('Nowhere', 'Ask')}  Ask: { Type: Task, Resource: "\${tasks.ask}", End: true }\n`,
      'hello/tasks/ask.ts': 'export const handler = (',
      'hello/tasks/greet.ts': 'export const handle = 1;',
    });

    expect(mistakes()).toEqual([
      expect.stringContaining('workflows/hello/tasks/ask.ts:1:25: Unexpected end of file'),
      expect.stringContaining('workflows/hello/tasks/greet.ts:1:1: A task exports a function named handler'),
    ]);
  });

  test('may have a timeout in one place only', () => {
    given({ 'hello/workflow.yaml': 'name: A\ntimeout: 1h', 'hello/definition.asl.yaml': `TimeoutSeconds: 60\n${DEFINITION}` });

    expect(mistakes()).toEqual([
      'workflows/hello/workflow.yaml:2:1: timeout and TimeoutSeconds in definition.asl.yaml say the same; keep one of them.',
    ]);
  });

  test('may import a state machine, and then has none of its own', () => {
    const stateMachineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:Existing';
    given({ 'hello/workflow.yaml': `name: A\nstateMachineArn: ${stateMachineArn}` });
    expect(read()).toMatchObject([{ workflowId: 'hello', stateMachineArn, tasks: {} }]);

    given({ 'hello/definition.asl.yaml': DEFINITION });
    expect(mistakes()).toEqual([
      expect.stringContaining('workflows/hello/definition.asl.yaml:1:1: The workflow has stateMachineArn'),
    ]);
  });
});
