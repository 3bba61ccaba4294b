import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { send, until } from './client.ts';
import { type LocalStack, startLocal, synthesize, temporaryFolder } from './stack.ts';

jest.setTimeout(120_000);

const PROJECT = join(import.meta.dirname, '../..');

const WORKFLOW = `
name: Greeter
timeout: 1m
tags: { team: growth }
triggers:
  - { kind: webhook, id: greeter }
`;

/** Greets by a task, and tells the default bus of it, by a permission that is derived from this. */
const DEFINITION = `
QueryLanguage: JSONata
StartAt: Greet
States:
  Greet:
    Type: Task
    Resource: \${tasks.greet}
    Assign: { greeting: "{% $states.result %}" }
    Next: Tell
  Tell:
    Type: Task
    Resource: arn:aws:states:::events:putEvents
    Arguments: { Entries: [{ Source: e2e.greeter, DetailType: greeted, Detail: {} }] }
    Output: "{% $greeting %}"
    End: true
`;

/** A folder of workflows whose one greets like this. */
function folderOf(directory: string, greeting: string): string {
  const folder = join(directory, 'greeter');
  mkdirSync(join(folder, 'tasks'), { recursive: true });
  writeFileSync(join(folder, 'workflow.yaml'), WORKFLOW);
  writeFileSync(join(folder, 'definition.asl.yaml'), DEFINITION);
  writeFileSync(join(folder, 'tasks/greet.ts'), `export const handler = async (): Promise<string> => '${greeting}';\n`);
  return directory;
}

let folder: string;
let stack: LocalStack;
const start = (version: string) => startLocal({ assemblyDir: join(folder, version, 'cdk.out'), stateDir: join(folder, 'state') });

beforeAll(async () => {
  folder = temporaryFolder();
  const first = [folderOf(join(folder, 'v1/workflows'), 'one'), 'test/e2e/imported-workflows'].join(',');
  synthesize(join(folder, 'v1/cdk.out'), first, 'test/e2e/app-with-foreign-machine.ts');
  synthesize(join(folder, 'v2/cdk.out'), folderOf(join(folder, 'v2/workflows'), 'two'));
  stack = await start('v1');
});
afterAll(async () => {
  await stack.close();
  rmSync(folder, { recursive: true });
});

/** The run that a webhook starts, once it has ended. */
async function run(triggerId: string, json: unknown = {}) {
  const { status, json: accepted } = await send(`${stack.baseUrl}/webhook/${triggerId}`, { token: stack.token, json });
  expect(status).toBe(202);
  const ask = async () => (await send(`${stack.baseUrl}/v1/runs/${accepted.activityId}`, { token: stack.token })).json;
  return until(ask, ({ status: current }) => !['QUEUED', 'RUNNING'].includes(current));
}

/** Runs `millrace workflows ...` on the stack and gives what it prints. */
function workflows(...args: string[]): string {
  const environment = { ...process.env, MILLRACE_URL: stack.baseUrl, MILLRACE_TOKEN: stack.token, NODE_OPTIONS: '' };
  const { stdout, stderr, status } = spawnSync(process.execPath, ['bin/millrace.ts', 'workflows', ...args], {
    cwd: PROJECT,
    env: environment,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

describe('an imported state machine', () => {
  test('is started by its trigger, and its run is recorded like any other', async () => {
    expect(await run('e2e-imported', { question: 42 })).toMatchObject({
      status: 'SUCCEEDED',
      revision: 'imported',
      output: { from: 'elsewhere', asked: { question: 42 } },
      steps: [{ taskName: 'Answer', flowTaskStatus: 'completed' }],
    });
  });
});

describe('the revisions of a workflow', () => {
  test('each deployment of a changed task is one, which its runs tell', async () => {
    expect(await run('greeter')).toMatchObject({ status: 'SUCCEEDED', output: 'one', revision: '1' });

    await stack.close();
    rmSync(join(folder, 'v1'), { recursive: true });
    stack = await start('v2');

    expect(await run('greeter')).toMatchObject({ status: 'SUCCEEDED', output: 'two', revision: '2' });
    expect(workflows('revisions', 'greeter')).toMatch(/^REVISION +DEPLOYED +CURRENT\n2 .* yes\n1 .* -\n$/);
  });

  test('one that is rolled back to runs with the task code it was deployed with', async () => {
    expect(workflows('rollback', 'greeter')).toBe('New runs of greeter start revision 1.\n');
    expect(await run('greeter')).toMatchObject({ status: 'SUCCEEDED', output: 'one', revision: '1' });

    expect(workflows('rollback', 'greeter', '2')).toBe('New runs of greeter start revision 2.\n');
    expect(await run('greeter')).toMatchObject({ output: 'two', revision: '2' });
  });
});

describe('a workflow', () => {
  test('stays rolled back over a start that brings nothing new, and inactive refuses requests', async () => {
    workflows('rollback', 'greeter');
    await stack.close();
    stack = await start('v2');

    expect(workflows('show', 'greeter')).toMatch(/active: +yes\nrevision: +1\n/);
    expect(workflows('deactivate', 'greeter')).toBe('greeter is inactive.\n');
    const refused = await send(`${stack.baseUrl}/webhook/greeter`, { token: stack.token, json: {} });
    expect(refused).toMatchObject({ status: 409, json: { title: 'Conflict' } });
    expect(workflows('activate', 'greeter')).toBe('greeter is active.\n');
  });

  test('that left the folder is gone, and its trigger with it', async () => {
    expect((await send(`${stack.baseUrl}/webhook/e2e-imported`, { token: stack.token, json: {} })).status).toBe(404);
  });
});
