import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Command } from 'commander';
import { addManagement } from '../../../bin/commands/manage-workflows.ts';
import { type StubAnswer, type StubServer, startStub } from '../stub-server.ts';

const HELLO = {
  id: 'hello',
  name: 'Hello',
  active: true,
  revision: '3',
  stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:hello',
  triggerIds: ['hello'],
  updatedAt: '2026-03-01T12:00:00.000Z',
};
const revision = (number: string, current = false) => ({ revision: number, createdAt: HELLO.updatedAt, current });
const ANSWERS: Record<string, StubAnswer> = {
  'GET /v1/workflows': { body: { items: [HELLO] } },
  'GET /v1/workflows/hello': { body: HELLO },
  'GET /v1/workflows/hello/revisions': { body: { items: [revision('4'), revision('3', true), revision('1')] } },
  'GET /v1/workflows/first/revisions': { body: { items: [revision('1', true)] } },
  'GET /v1/workflows/foreign/revisions': { body: { items: [] } },
  'PUT /v1/workflows/hello/revision': { body: { ...HELLO, revision: '1' } },
  'PUT /v1/workflows/hello/active': { body: { ...HELLO, active: false } },
};

let stub: StubServer;
beforeAll(async () => {
  stub = await startStub(({ method, url }) => ANSWERS[`${method} ${url.replace(/\?.*/, '')}`] ?? { status: 404 });
  process.env.MILLRACE_TOKEN = 'mr_test';
});
afterAll(async () => {
  delete process.env.MILLRACE_TOKEN;
  await stub[Symbol.asyncDispose]();
});

const write = jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
beforeEach(() => void write.mockClear());

/** What the command prints. */
async function workflows(...args: string[]): Promise<string> {
  const program = new Command().option('--url <url>').option('--json');
  addManagement(program.command('workflows'));
  await program.parseAsync(['--url', stub.baseUrl, 'workflows', ...args], { from: 'user' });
  return write.mock.calls.map(([text]) => String(text)).join('');
}

describe('millrace workflows', () => {
  test('list and show say what new runs start', async () => {
    expect(await workflows('list')).toMatch(/^ID +NAME +ACTIVE +REVISION .*\nhello +Hello +yes +3 +hello/);
    expect(await workflows('show', 'hello')).toContain('state machine:  arn:aws:states:us-east-1:123456789012:stateMachine:hello');
  });

  test('revisions marks the current one', async () => {
    expect(await workflows('revisions', 'hello')).toMatch(/\n4 .* -\n3 .* yes\n1 .* -\n$/);
    expect(await workflows('revisions', 'foreign')).toContain('No revisions: the state machine is imported.');
  });

  test.each([
    [[], { revision: '1' }],
    [['4'], { revision: '4' }],
  ])('rollback hello %j asks for %j', async (named, body) => {
    expect(await workflows('rollback', 'hello', ...named)).toBe('New runs of hello start revision 1.\n');
    expect(JSON.parse(stub.calls.at(-1)?.body ?? '')).toEqual(body);
  });

  test('rollback of a first revision fails in a sentence', async () => {
    await expect(workflows('rollback', 'first')).rejects.toThrow(/^No earlier revision of first is kept/);
  });

  test.each([
    ['activate', true],
    ['deactivate', false],
  ])('%s hello', async (command, active) => {
    expect(await workflows(command, 'hello')).toBe('hello is inactive.\n');
    expect(JSON.parse(stub.calls.at(-1)?.body ?? '')).toEqual({ active });
  });
});
