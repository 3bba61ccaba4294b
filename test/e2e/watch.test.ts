import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Answer, send, until } from './client.ts';
import { type LocalStack, startLocal, temporaryFolder } from './stack.ts';

jest.setTimeout(60_000);

const folder = temporaryFolder();
const workflows = join(folder, 'workflows');
const write = (file: string, content: string) => {
  mkdirSync(join(workflows, file, '..'), { recursive: true });
  writeFileSync(join(workflows, file), content);
};

const definition = (answer: string, { next = 'Pause' } = {}) => `QueryLanguage: JSONata
StartAt: Say
States:
  Say:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke
    Arguments:
      FunctionName: \${tasks.say}
      Payload: { answer: ${answer} }
    Assign:
      said: "{% $states.result.Payload %}"
      seconds: "{% $states.input.workflow.input.body.seconds %}"
    Next: ${next}
  Pause:
    Type: Wait
    Seconds: "{% $seconds %}"
    Next: Done
  Done:
    Type: Succeed
    Output: "{% $said %}"
`;
const task = (greeting: string) => `export const handler = async ({ answer }: { answer: string }) => '${greeting} ' + answer;\n`;
const file = (methods: string) => `name: Watched\ntriggers:\n  - { kind: webhook, id: watched, methods: [${methods}] }\n`;

let stack: LocalStack;
beforeAll(async () => {
  write('watched/workflow.yaml', file('POST'));
  write('watched/definition.asl.yaml', definition('first'));
  write('watched/tasks/say.ts', task('Hello'));
  stack = await startLocal({
    watch: true,
    assemblyDir: join(folder, 'cdk.out'),
    stateDir: join(folder, 'state'),
    environment: { CDK_CONTEXT_JSON: JSON.stringify({ workflows }) },
  });
});
afterAll(async () => {
  await stack.close();
  rmSync(folder, { recursive: true });
});

const start = (trigger = 'watched', seconds = 0) =>
  send(`${stack.baseUrl}/webhook/${trigger}`, { token: stack.token, json: { seconds } });
const ended = ({ json }: Answer) =>
  until(
    () => send(`${stack.baseUrl}/v1/runs/${json.activityId}`, { token: stack.token }),
    (run) => run.json?.output !== undefined,
  );
/** Makes a change and waits until the runtime has said something about it that it had not said before. */
async function change(act: () => void, said: RegExp): Promise<string> {
  const before = stack.printed().length;
  act();
  const news = async () => stack.printed().slice(before);
  return (await until(news, (text) => said.test(text))).match(said)?.[0] ?? '';
}

describe('what is saved', () => {
  test('of a definition runs as a new revision, while a run that began ends on its own', async () => {
    const begunBefore = await start('watched', 4);

    const line = await change(() => write('watched/definition.asl.yaml', definition('second')), /changed: .*/);
    const begunAfter = await start();

    expect(line).toMatch(/^changed: workflows\/watched \(revision 2\) in \d+\.\d s$/);
    expect((await ended(begunAfter)).json).toMatchObject({ revision: '2', output: 'Hello second' });
    expect((await ended(begunBefore)).json).toMatchObject({ revision: '1', output: 'Hello first' });
  });

  test('of a task runs as a new revision', async () => {
    await change(() => write('watched/tasks/say.ts', task('Goodbye')), /changed: workflows\/watched \(revision 3\)/);

    expect((await ended(await start())).json).toMatchObject({ revision: '3', output: 'Goodbye second' });
  });

  test('of a trigger counts for the next request', async () => {
    await change(() => write('watched/workflow.yaml', file('PUT')), /changed: workflows\/watched/);
    expect((await start()).status).toBe(405);

    await change(() => write('watched/workflow.yaml', file('POST')), /changed: workflows\/watched/);
    expect((await start()).status).toBe(202);
  });

  test('as a new workflow is there, and gone when its folder is', async () => {
    await change(() => {
      write('another/definition.asl.yaml', 'QueryLanguage: JSONata\nStartAt: A\nStates: { A: { Type: Succeed, Output: here } }\n');
      write('another/workflow.yaml', 'name: Another\ntriggers: [{ kind: webhook, id: another }]\n');
    }, /changed: workflows\/another/);
    expect((await ended(await start('another'))).json.output).toBe('here');

    await change(() => rmSync(join(workflows, 'another'), { recursive: true }), /changed: workflows\/another/);
    expect((await start('another')).status).toBe(404);
  });
});

describe('a mistake', () => {
  test('in a definition is shown with its place, and the last good version goes on until it is corrected', async () => {
    const line = await change(
      () => write('watched/definition.asl.yaml', definition('third', { next: 'Pasue' })),
      /\S*definition\.asl\.yaml:\d+:\d+: .*\n.*last good version goes on/,
    );

    expect(line).toMatch(/workflows\/watched\/definition\.asl\.yaml:13:11: .*Pasue/);
    expect((await ended(await start())).json.output).toBe('Goodbye second');

    await change(() => write('watched/definition.asl.yaml', definition('third')), /changed: workflows\/watched \(revision/);
    expect((await ended(await start())).json.output).toBe('Goodbye third');
  });

  test('in a task is shown with its place', async () => {
    const line = await change(
      () => write('watched/tasks/say.ts', 'export const handler = async () => (;\n'),
      /\S*say\.ts:\d+:\d+: .*/,
    );

    expect(line).toMatch(/workflows\/watched\/tasks\/say\.ts:1:37: /);
    expect((await ended(await start())).json.output).toBe('Goodbye third');
    await change(() => write('watched/tasks/say.ts', task('Goodbye')), /changed: workflows\/watched/);
  });
});
