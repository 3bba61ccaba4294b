import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const PROGRAM = join(import.meta.dirname, '../../../bin/millrace.ts');
const DEFINITION = 'QueryLanguage: JSONata\nStartAt: A\nStates:\n  A: { Type: Succeed }\n';

let project: string;
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'millrace-check-'));
  const files = {
    'workflows/good/workflow.yaml': 'name: Good',
    'workflows/good/definition.asl.yaml': DEFINITION,
    'broken/one/workflow.yaml': 'name: One\ndesciption: x\ntriggers:\n  - { kind: schedule, id: a, cron: "0 0 30 2 *" }',
    'broken/one/definition.asl.yaml': DEFINITION.replace('StartAt: A', 'StartAt: B'),
    'broken/two/workflow.yaml': 'name: [',
    'broken/two/definition.asl.yaml': DEFINITION.replace('Succeed', 'Sleep, End: true'),
  };
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), content);
  }
});
afterAll(() => rmSync(project, { recursive: true }));

async function check(...args: readonly string[]) {
  const child = spawn(process.execPath, [PROGRAM, 'workflows', 'check', ...args], { cwd: project, env: {} });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, out, err };
}

describe('workflows check', () => {
  test('says that there are no problems', async () => {
    expect(await check()).toEqual({ code: 0, out: '1 workflow, no problems.\n', err: '' });
  });

  test('names the problems of all files of all folders, as a compiler does', async () => {
    const { code, out, err } = await check('workflows', 'broken');

    expect(code).toBe(1);
    expect(out.trimEnd().split('\n')).toEqual([
      'broken/one/workflow.yaml:2:1: "desciption" is not known here; did you mean "description"?',
      expect.stringMatching(/^broken\/one\/workflow\.yaml:4:36: There is no such day/),
      expect.stringMatching(/^broken\/one\/definition\.asl\.yaml:2:10: StartAt leads to "B"/),
      expect.stringMatching(/^broken\/two\/workflow\.yaml:1:8: /),
      expect.stringMatching(/^broken\/two\/definition\.asl\.yaml:4:14: The state "A" needs a Type/),
    ]);
    expect(err).toBe('5 problems in 4 files.\n');
  });

  test('tells them as JSON', async () => {
    const { code, out } = await check('broken', '--json');

    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      workflows: [],
      problems: expect.arrayContaining([
        { file: 'broken/one/workflow.yaml', line: 4, column: 36, message: expect.stringContaining('There is no such day') },
      ]),
    });
  });

  test('needs a folder that exists', async () => {
    expect(await check('nowhere')).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^There is no folder nowhere;/) });
  });
});
