import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const APP = join(import.meta.dirname, '../../bin/app.ts');

test('what keeps the app from being synthesized is told in a sentence', () => {
  const context = JSON.stringify({ stage: 'staging' });

  const { status, stdout, stderr } = spawnSync(process.execPath, [APP], {
    env: { ...process.env, CDK_CONTEXT_JSON: context },
    encoding: 'utf8',
  });

  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr: 'The stage staging is not known; use dev or prod.\n',
  });
});
