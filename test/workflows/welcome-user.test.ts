import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { runWorkflow } from '../../testing/run-workflow.ts';

const FOLDER = join(import.meta.dirname, '../../workflows/welcome-user');
const read = (file: string) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8'));

const input = read('event.json');
const mocks = { LookUpUser: read('mocks/LookUpUser.json'), AddToDefaultGroup: read('mocks/AddToDefaultGroup.json') };
const welcome = (changes: object = {}) => runWorkflow(FOLDER, { input, mocks: { ...mocks, ...changes } });

describe('welcome-user', () => {
  test('looks the user up and adds the user to the default group', async () => {
    const { status, output, steps } = await welcome();

    expect({ status, output }).toEqual({
      status: 'SUCCEEDED',
      output: { welcomed: true, userId: '66a1c0de5e9f4b2d8c7a3f10', name: 'Mira Holm' },
    });
    expect(steps.map(({ path }) => path)).toEqual(['LookUpUser', 'AddToDefaultGroup', 'Welcomed']);
  });

  test('waits for a directory that is busy', async () => {
    const busy = { error: 'States.Http.StatusCode.503', cause: 'Service Unavailable' };
    const { status, steps } = await welcome({ LookUpUser: [busy, busy, mocks.LookUpUser] });

    expect(status).toBe('SUCCEEDED');
    expect(steps[0]).toMatchObject({ attempts: 3 });
  });

  test('is content with a user who is a member already', async () => {
    const { output } = await welcome({ AddToDefaultGroup: { error: 'States.Http.StatusCode.409', cause: '' } });

    expect(output).toMatchObject({ welcomed: true, name: 'Mira Holm' });
  });

  test('adds nobody whom the directory does not know', async () => {
    const { output, steps } = await welcome({ LookUpUser: { error: 'States.Http.StatusCode.404', cause: '' } });

    expect(output).toEqual({ welcomed: false, userId: '66a1c0de5e9f4b2d8c7a3f10' });
    expect(steps.map(({ path }) => path)).not.toContain('AddToDefaultGroup');
  });

  test('fails where its key is refused', async () => {
    const { status, error } = await welcome({ LookUpUser: { error: 'States.Http.StatusCode.401', cause: '' } });

    expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.Http.StatusCode.401' });
  });
});
