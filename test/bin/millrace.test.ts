import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ReceivedCall, type StubAnswer, type StubServer, startStub } from './stub-server.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/millrace.ts');

const RUN = { activityId: 'e1-hello', workflowId: 'hello', triggerId: 'hello', status: 'RUNNING', later: { kept: true } };
const ANSWERS: Record<string, StubAnswer> = {
  'POST /v1/tokens': { status: 201, body: { id: 'abc', token: 'mr_abc_secret', name: 'ci', scopes: ['trigger'] } },
  'DELETE /v1/tokens/abc': { status: 204 },
  'GET /v1/runs': { body: { items: [RUN], next: 'more' } },
  'DELETE /v1/runs/e1-hello': { body: { ...RUN, status: 'ABORTED' } },
  'ANY /webhook/hello': { status: 202, body: { activityId: 'e1-hello', statusUrl: 'https://x/status', duplicate: true } },
};

function answer({ method, url }: ReceivedCall): StubAnswer {
  const path = url.replace(/\?.*/, '');
  return ANSWERS[`${method} ${path}`] ?? ANSWERS[`ANY ${path}`] ?? { status: 404, body: { detail: 'There is no such thing.' } };
}

let stub: StubServer;
let project: string;
beforeAll(async () => {
  stub = await startStub(answer);
  project = mkdtempSync(join(tmpdir(), 'millrace-'));
  mkdirSync(join(project, '.millrace'));
  const local = { baseUrl: stub.baseUrl, adminToken: 'mr_local', workspace: 'default' };
  writeFileSync(join(project, '.millrace', 'local.json'), JSON.stringify(local));
});
afterAll(async () => {
  rmSync(project, { recursive: true });
  await stub[Symbol.asyncDispose]();
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the program in the project's folder, with no variables of ours set. */
async function millrace(args: readonly string[], input = ''): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: project, env: {} });
  child.stdin.end(input);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, out, err };
}

const lastCall = () => stub.calls.at(-1);

describe('millrace', () => {
  test('tokens create sends what was asked and shows the token alone on stdout', async () => {
    const args = 'tokens create --name ci --scope trigger --scope runs:read --workflow hello --expires 30d';
    const { code, out, err } = await millrace(args.split(' '));

    expect({ code, out }).toEqual({ code: 0, out: 'mr_abc_secret\n' });
    expect(err).toContain('shown this once');
    expect(JSON.parse(lastCall()?.body ?? '')).toEqual({
      name: 'ci',
      scopes: ['trigger', 'runs:read'],
      workflowIds: ['hello'],
      expiresIn: 2_592_000,
    });
  });

  test('tokens revoke needs no body to succeed', async () => {
    expect(await millrace(['tokens', 'revoke', 'abc'])).toEqual({ code: 0, out: 'Revoked the token abc.\n', err: '' });
  });

  test("--json prints the API's own JSON", async () => {
    const { code, out, err } = await millrace(['runs', 'list', '--limit', '1', '--status', 'RUNNING', '--json']);

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toEqual({ items: [RUN], next: 'more' });
    expect(lastCall()).toMatchObject({ url: '/v1/runs?status=RUNNING&limit=1', headers: { authorization: 'Bearer mr_local' } });
  });

  test('runs cancel says what became of the run', async () => {
    expect(await millrace(['runs', 'cancel', 'e1-hello'])).toMatchObject({ code: 0, out: 'Cancelled the run e1-hello.\n' });
  });

  test('send posts stdin with its headers and says what to do next', async () => {
    const args = ['send', 'hello', '-', '--header', 'X-One: 1', '--header', 'X-Two: a:b', '--idempotency-key', 'k1'];
    const { code, out } = await millrace(args, '{"a":1}');

    expect(code).toBe(0);
    expect(out).toMatch(/^activity id: +e1-hello\nstatus url: +https:\/\/x\/status\nduplicate: +yes.*\n.*runs show e1-hello\n$/);
    expect(lastCall()).toMatchObject({
      method: 'POST',
      body: '{"a":1}',
      headers: {
        'content-type': 'application/json',
        'x-one': '1',
        'x-two': 'a:b',
        'idempotency-key': 'k1',
        authorization: 'Bearer mr_local',
      },
    });
  });

  test('a problem is one sentence on stderr and exit code 1', async () => {
    expect(await millrace(['runs', 'show', 'nobody'])).toEqual({ code: 1, out: '', err: 'There is no such thing.\n' });
  });

  test('an address where nothing listens is told, with what to do', async () => {
    await using gone = await startStub(() => ({}));
    await gone[Symbol.asyncDispose]();

    const { code, err } = await millrace(['runs', 'list', '--url', gone.baseUrl]);

    expect({ code, err }).toEqual({ code: 1, err: `Nothing answers at ${gone.baseUrl}; is \`npm start\` running?\n` });
  });

  test('an unknown command is exit code 2 and suggests the near one', async () => {
    const { code, err } = await millrace(['token', 'list']);
    expect(code).toBe(2);
    expect(err).toContain('Did you mean tokens?');
  });

  test('a reader that goes away early is no failure', async () => {
    const child = spawn(process.execPath, [PROGRAM, 'runs', 'list', '--json'], { cwd: project, env: {} });
    child.stdout.destroy();

    const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);

    expect({ code, err }).toEqual({ code: 0, err: '' });
  });
});
