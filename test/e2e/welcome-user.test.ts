import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { answerJson, type Received, startApi } from '../local/connections/loopback-api.ts';
import { send, until } from './client.ts';
import { type LocalStack, startLocal, synthesize, temporaryFolder } from './stack.ts';

jest.setTimeout(60_000);

const SAMPLE = join(import.meta.dirname, '../../workflows/welcome-user');
const KEY = 'the-key-of-the-directory-9f3b';

let folder: string;
let assemblyDir: string;
/** Plays the directory that the sample calls. */
let directory: Awaited<ReturnType<typeof startApi>>;

/** The sample as it is, but for the address of its directory. */
beforeAll(async () => {
  directory = await startApi((request, response) => {
    if (request.headers['x-api-key'] !== KEY) return answerJson(response, 401, { message: 'Who are you?' });
    const { pathname, searchParams } = new URL(request.url, 'http://directory');
    if (pathname === '/v1/users') return answerJson(response, 200, { id: searchParams.get('id'), name: 'Mira Holm' });
    if (pathname === '/v1/groups/default/members') return void response.writeHead(204).end();
    answerJson(response, 404, {});
  });
  folder = temporaryFolder();
  const copy = join(folder, 'workflows/welcome-user');
  cpSync(SAMPLE, copy, { recursive: true });
  const file = join(copy, 'definition.asl.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('https://directory.example.com', directory.url));
  assemblyDir = synthesize(join(folder, 'cdk.out'), join(folder, 'workflows'));
});
afterAll(async () => {
  await directory.close();
  rmSync(folder, { recursive: true });
});

const start = (name: string, environment: Record<string, string>) =>
  startLocal({ assemblyDir, stateDir: join(folder, name), entry: 'test/e2e/operated-runtime.ts', environment });

/** Says, as the provider's integration would, that a user was created; gives the run that this starts, once it is over. */
async function createUser(stack: LocalStack, user: { id: string }) {
  const operator = /Operator at (\S+)/.exec(stack.printed())?.[1] ?? '';
  const resources = JSON.parse((await send(operator)).text);
  const detail = {
    specversion: '1.0',
    id: 'abcdefghijklmnopqrstuvwxyz',
    source: '/workspaces/default/hooks/authing/main',
    type: 'user.created',
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    data: user,
    workspace: 'default',
    subscription: 'main',
    depth: 0,
  };
  const EventBusName = resources.find(({ type }: { type: string }) => type === 'AWS::Events::EventBus').ref;
  const entry = { EventBusName, Source: 'millrace.authing', DetailType: 'user.created', Detail: JSON.stringify(detail) };
  await send(operator, { json: { service: 'events', operation: 'PutEvents', input: { Entries: [entry] } } });

  const activityId = `${detail.id}-on-user-created`;
  const { json } = await until(
    () => send(`${stack.baseUrl}/v1/runs/${activityId}`, { token: stack.token }),
    (answer) => answer.json?.endedAt !== undefined || ['SUCCEEDED', 'FAILED'].includes(answer.json?.status),
  );
  return json;
}

test('a user whom the provider has created is looked up and added to the default group', async () => {
  const user = JSON.parse(readFileSync(join(SAMPLE, 'event.json'), 'utf8'));
  const stack = await start('state', { MILLRACE_SECRET_MILLRACE_DIRECTORY: KEY });
  try {
    const run = await createUser(stack, user);

    expect(run).toMatchObject({ status: 'SUCCEEDED', output: { welcomed: true, userId: user.id, name: 'Mira Holm' } });
    expect(directory.received.map(({ method, url, body }: Received) => [method, url, body])).toEqual([
      ['GET', `/v1/users?id=${user.id}`, ''],
      ['POST', '/v1/groups/default/members', JSON.stringify({ userIds: [user.id] })],
    ]);
  } finally {
    await stack.close();
  }
  expect(stack.printed()).not.toContain(KEY);
  const kept = globSync(join(folder, '{cdk.out,state}/**/*'), { withFileTypes: true }).filter((entry) => entry.isFile());
  const leaks = kept.filter((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(KEY));
  expect(kept.length).toBeGreaterThan(10);
  expect(leaks.map(({ name }) => name)).toEqual([]);
});

test('without its secret everything starts, and the step says which variable is missing', async () => {
  const stack = await start('poor', { MILLRACE_SECRET_MILLRACE_DIRECTORY: '' });
  try {
    expect(stack.printed()).toContain('until MILLRACE_SECRET_MILLRACE_DIRECTORY is in the environment or in .env.');
    const run = await createUser(stack, { id: 'u1' });

    expect(run).toMatchObject({
      status: 'FAILED',
      error: 'Events.ConnectionResource.InvalidConnectionState',
      cause: expect.stringContaining('put MILLRACE_SECRET_MILLRACE_DIRECTORY into the environment or into .env'),
    });
  } finally {
    await stack.close();
  }
});
