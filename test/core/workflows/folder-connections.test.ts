import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { InvalidFileError } from '../../../core/workflows/source-text.ts';
import { readWorkflowFolders } from '../../../core/workflows/workflow-folder.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A folder with one HTTP step over the connection `named`, and these connections in workflow.yaml. */
function read(connections: string, named = 'directory') {
  const root = mkdtempSync(join(tmpdir(), 'millrace-'));
  folders.push(root);
  mkdirSync(join(root, 'welcome'));
  writeFileSync(join(root, 'welcome/workflow.yaml'), `name: Welcome\nconnections:\n${connections}`);
  writeFileSync(
    join(root, 'welcome/definition.asl.yaml'),
    `QueryLanguage: JSONata
StartAt: Call
States:
  Call:
    Type: Task
    Resource: arn:aws:states:::http:invoke
    Arguments:
      Method: GET
      ApiEndpoint: https://api.example.com/users
      Authentication: { ConnectionArn: "\${connections.${named}}" }
    End: true
`,
  );
  return readWorkflowFolders([root], root)[0];
}

function mistakesOf(...given: Parameters<typeof read>): string {
  try {
    read(...given);
    return '';
  } catch (error) {
    if (error instanceof InvalidFileError) return error.message;
    throw error;
  }
}

const DIRECTORY = '  directory: { type: api-key, header: x-api-key, secret: millrace/directory }\n';

describe('the connections of a folder', () => {
  test('take the place of their names in the definition', () => {
    const folder = read(DIRECTORY);
    const definition = folder?.definition?.resolve(
      () => '',
      (name) => `arn:${name}`,
    );

    expect(folder?.connections).toEqual({ directory: { type: 'api-key', header: 'x-api-key', secret: 'millrace/directory' } });
    expect(definition).toMatchObject({ States: { Call: { Arguments: { Authentication: { ConnectionArn: 'arn:directory' } } } } });
  });

  test('must exist', () => {
    expect(mistakesOf(DIRECTORY, 'direktory')).toBe(
      'welcome/definition.asl.yaml:10:40: The state "Call" names the connection direktory, which workflow.yaml does not have under connections; it has directory.',
    );
  });

  test('must be used', () => {
    expect(mistakesOf(`${DIRECTORY}  spare: { type: basic, secret: millrace/spare }\n`)).toMatch(
      /^welcome\/workflow\.yaml:4:3: No HTTP step uses the connection spare: .*\.$/,
    );
  });

  test('are known by their names even with mistakes in them', () => {
    expect(mistakesOf('  directory: { type: api-key, secret: millrace/directory, value: k3y }\n').split('\n')).toEqual([
      expect.stringMatching(/^welcome\/workflow\.yaml:3:\d+: "header" is missing\.$/),
      expect.stringMatching(/^welcome\/workflow\.yaml:3:\d+: "value" is not known here/),
    ]);
  });
});
