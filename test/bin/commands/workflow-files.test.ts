import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readWorkflowFolders } from '../../../core/workflows/workflow-folder.ts';
import { runWorkflow } from '../../../testing/run-workflow.ts';
import { type StubServer, startStub } from '../stub-server.ts';

const PROGRAM = join(import.meta.dirname, '../../../bin/millrace.ts');

const step = (taskName: string, from: number) => ({
  taskName,
  startTime: new Date(from).toISOString(),
  duration: 1_500,
  flowTaskStatus: 'completed',
});
const RUN = { workflowId: 'order-paid', steps: [step('Greet', 0), step('Answer', 1_500)] };
const ANSWERS: Readonly<Record<string, object>> = {
  '/v1/runs/e1': RUN,
  '/v1/runs/e2': { ...RUN, workflowId: 'other' },
  '/v1/runs/e3': { ...RUN, steps: [step('Gone', 0)] },
};

let stub: StubServer;
let project: string;
beforeAll(async () => {
  stub = await startStub(({ url }) => ({ body: ANSWERS[url] ?? {} }));
  project = mkdtempSync(join(tmpdir(), 'millrace-workflows-'));
  mkdirSync(join(project, 'workflows'));
  await millrace('new', 'order-paid');
});
afterAll(async () => {
  rmSync(project, { recursive: true });
  await stub[Symbol.asyncDispose]();
});

/** Runs `millrace workflows ...` in the project's folder. */
async function millrace(...args: readonly string[]) {
  const env = { MILLRACE_URL: stub.baseUrl, MILLRACE_TOKEN: 'mr_x' };
  const child = spawn(process.execPath, [PROGRAM, 'workflows', ...args], { cwd: project, env });
  child.stdin.end('{ "name": "Grace" }');
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, out, err };
}

function write(name: string, content: unknown): string {
  writeFileSync(join(project, name), JSON.stringify(content));
  return name;
}

describe('workflows new', () => {
  test('makes a folder that is valid as it is', async () => {
    const [folder] = readWorkflowFolders([join(project, 'workflows')]);

    expect(folder).toMatchObject({ workflowId: 'order-paid', name: 'Order paid', triggers: [{ triggerId: 'order-paid' }] });
  });

  test('whose own test holds', async () => {
    const folder = join(project, 'workflows/order-paid');
    const event = JSON.parse(readFileSync(join(folder, 'event.json'), 'utf8'));

    expect(await runWorkflow(folder, { input: event })).toMatchObject({ status: 'SUCCEEDED', output: { greeting: 'Hello, Ada!' } });
    expect(await runWorkflow(folder)).toMatchObject({ status: 'SUCCEEDED', output: { greeting: 'Hello, world!' } });
  });

  test('and says what to do next', async () => {
    const { code, out } = await millrace('new', 'status');

    expect(code).toBe(0);
    expect(out).toContain('npx millrace workflows test status --event workflows/status/event.json');
    // The id `status` is a route's, so no trigger has it.
    expect(out).toContain('npx millrace send status-webhook workflows/status/event.json');
    expect(readWorkflowFolders([join(project, 'workflows')])).toHaveLength(2);
  });

  test('touches no folder that exists', async () => {
    const file = join(project, 'workflows/order-paid/README.md');
    writeFileSync(file, 'Mine.');

    const { code, err } = await millrace('new', 'order-paid');

    expect({ code, err }).toEqual({ code: 1, err: 'workflows/order-paid exists already; choose another id.\n' });
    expect(readFileSync(file, 'utf8')).toBe('Mine.');
  });

  test('refuses an id that is no folder of its own', async () => {
    expect(await millrace('new', '../x')).toMatchObject({ code: 2, err: expect.stringContaining('lower-case letters') });
  });
});

describe('workflows test', () => {
  test('shows each step with its input and output', async () => {
    const { code, out, err } = await millrace('test', 'order-paid', '--event', 'workflows/order-paid/event.json');

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(
      /✔ Greet Task\n {4}input {3}\{[\s\S]*"body":\{"name":"Ada"\}[\s\S]*\n {4}output {2}\{"greeting":"Hello, Ada!"\}\n/,
    );
    expect(out).toMatch(/\nSUCCEEDED\n {4}output {2}\{"greeting":"Hello, Ada!"\}\n$/);
  });

  test('takes the event from stdin', async () => {
    expect((await millrace('test', 'order-paid', '--event', '-')).out).toContain('Hello, Grace!');
  });

  test('takes mocks, and fails when the run fails', async () => {
    const mock = write('broken.json', { error: 'OutOfWords', cause: 'No greeting was left.' });

    const { code, out, err } = await millrace('test', 'order-paid', '--mock', `Greet=${mock}`);

    expect({ code, err }).toEqual({ code: 1, err: 'The run ended FAILED: OutOfWords: No greeting was left.\n' });
    expect(out).toContain('✘ Greet Task');
    expect(out).toContain('    error   OutOfWords: No greeting was left.');
  });

  test('--json gives the run alone; what tasks print goes to stderr', async () => {
    const task = "export async function handler() { console.log('Printed.'); return { greeting: 'Hi' }; }\n";
    writeFileSync(join(project, 'workflows/order-paid/tasks/greet.ts'), task);

    const { out, err } = await millrace('test', 'order-paid', '--json');

    expect(JSON.parse(out)).toMatchObject({
      status: 'SUCCEEDED',
      output: { greeting: 'Hi' },
      steps: [{ name: 'Greet', output: { greeting: 'Hi' } }, { name: 'Answer' }],
    });
    expect(err).toBe('Printed.\n');
  });

  test.each([
    ['a missing event', ['--event', 'none.json'], 'There is no file none.json.'],
    ['a mock of no task', ['--mock', 'Answer=workflows/order-paid/event.json'], 'There is no Task state "Answer" to mock'],
    ['an event that is no JSON', ['--event', 'workflows/order-paid/workflow.yaml'], 'workflow.yaml is not JSON'],
  ])('%s is told in a sentence', async (_what, args, sentence) => {
    const { code, out, err } = await millrace('test', 'order-paid', ...args);

    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(sentence);
  });

  test('tells the mistakes of the folder with their places', async () => {
    mkdirSync(join(project, 'broken'));
    writeFileSync(join(project, 'broken/workflow.yaml'), 'name: Broken\n');
    writeFileSync(
      join(project, 'broken/definition.asl.yaml'),
      'QueryLanguage: JSONata\nStartAt: A\nStates: { B: { Type: Pass, End: true } }\n',
    );

    expect(await millrace('test', 'broken')).toMatchObject({
      code: 1,
      err: expect.stringContaining('broken/definition.asl.yaml:2:'),
    });
  });
});

describe('workflows graph', () => {
  test('writes the states and ways', async () => {
    const { code, out } = await millrace('graph', 'order-paid');

    expect(code).toBe(0);
    expect(out).toBe(
      [
        'flowchart TD',
        '  start(("start"))',
        '  s1["Greet"]',
        '  s2(["Answer"])',
        '  done((("end")))',
        '  start --> s1',
        '  s1 --> s2',
        '  s2 --> done',
        '',
      ].join('\n'),
    );
  });

  test('--run marks its path, with durations', async () => {
    const { out } = await millrace('graph', 'order-paid', '--run', 'e1');

    expect(out).toContain('s1["Greet<br/>1.5 s"]');
    expect(out).toContain('linkStyle 0,1,2 ');
  });

  test("another workflow's run is refused, another revision's is told", async () => {
    expect(await millrace('graph', 'order-paid', '--run', 'e2')).toMatchObject({
      code: 1,
      err: 'The run e2 is one of other, not of order-paid.\n',
    });
    expect(await millrace('graph', 'order-paid', '--run', 'e3')).toMatchObject({
      code: 0,
      err: expect.stringContaining('states that this definition does not have: Gone.'),
    });
  });

  test('a workflow that is not there is told', async () => {
    expect(await millrace('graph', 'order-payd')).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is no workflow order-payd; did you mean order-paid?'),
    });
  });
});
