import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { send, until } from './client.ts';
import { type LocalStack, startLocal, synthesize, temporaryFolder } from './stack.ts';

jest.setTimeout(60_000);

const WORKFLOW = `
name: Listener
triggers:
  - { kind: event, id: on-user, source: millrace.authing, types: [user.*], filter: { role: [admin] } }
  - { kind: event, id: on-any-user, source: millrace.authing, types: [user.created], enabled: false }
`;
const DEFINITION = '{ "QueryLanguage": "JSONata", "StartAt": "A", "States": { "A": { "Type": "Succeed" } } }';

let folder: string;
let assemblyDir: string;
let stack: LocalStack;
const start = () => startLocal({ assemblyDir, stateDir: join(folder, 'state'), entry: 'test/e2e/shifted-runtime.ts' });

beforeAll(async () => {
  folder = temporaryFolder();
  const listener = join(folder, 'workflows/listener');
  mkdirSync(listener, { recursive: true });
  writeFileSync(join(listener, 'workflow.yaml'), WORKFLOW);
  writeFileSync(join(listener, 'definition.asl.json'), DEFINITION);
  assemblyDir = synthesize(join(folder, 'cdk.out'), `workflows,${join(folder, 'workflows')}`);
  stack = await start();
}, 120_000);
afterAll(async () => {
  await stack.close();
  rmSync(folder, { recursive: true });
});

const get = async (path: string) => send(`${stack.baseUrl}${path}`, { token: stack.token });
const isOver = ({ status }: { status?: string }) => status !== undefined && !['QUEUED', 'RUNNING'].includes(status);
const addressOf = (what: string) => new RegExp(`${what} at (\\S+)`).exec(stack.printed())?.[1] ?? '';

let events = 0;
/** Puts an event of the identity provider on the bus, as its integration would, and gives its id. */
async function publish(type: string, data: unknown, changes: Record<string, unknown> = {}): Promise<string> {
  const { text } = await send(addressOf('Operator'));
  const { ref } = JSON.parse(text).find(({ type: kind }: { type: string }) => kind === 'AWS::Events::EventBus');
  const id = `event${'abcdefghijklmnopqrstuvwxyz'.charAt(events++)}`.padEnd(26, 'a');
  const detail = { id, type, source: 's', time: new Date().toISOString(), workspace: 'default', data, ...changes };
  const entry = { EventBusName: ref, Source: 'millrace.authing', DetailType: type, Detail: JSON.stringify(detail) };
  await send(addressOf('Operator'), { json: { service: 'events', operation: 'PutEvents', input: { Entries: [entry] } } });
  return id;
}

const runOf = (activityId: string) => until(async () => (await get(`/v1/runs/${activityId}`)).json, isOver);
const setActive = (active: boolean) =>
  send(`${stack.baseUrl}/v1/workflows/listener/active`, { method: 'PUT', token: stack.token, json: { active } });

describe('an event trigger', () => {
  test('starts its workflow with the data of events that match its source, types and filter, and with no others', async () => {
    const others = [
      await publish('user.created', { role: 'guest' }),
      await publish('group.created', { role: 'admin' }),
      await publish('user.created', { role: 'admin' }, { workspace: 'another' }),
    ];
    const matching = await publish('user.removed', { role: 'admin', id: 7 });

    expect(await runOf(`${matching}-on-user`)).toMatchObject({ status: 'SUCCEEDED', triggerId: 'on-user', trigger: 'event' });
    const found = await Promise.all(others.map((id) => get(`/v1/runs/${id}-on-user`)));
    expect(found.map(({ status }) => status)).toEqual([404, 404, 404]);
  });

  test('of a workflow that is inactive starts nothing, over a restart; activating it enables what was enabled before', async () => {
    expect((await setActive(false)).status).toBeLessThan(300);
    await stack.close();
    stack = await start();
    const missed = await publish('user.created', { role: 'admin' });

    expect((await setActive(true)).status).toBeLessThan(300);
    const matching = await publish('user.created', { role: 'admin' });

    await runOf(`${matching}-on-user`);
    const others = await Promise.all([`${missed}-on-user`, `${matching}-on-any-user`].map((id) => get(`/v1/runs/${id}`)));
    expect(others.map(({ status }) => status)).toEqual([404, 404]);
  });

  test('is shown with what it listens to', async () => {
    expect((await get('/v1/triggers/on-user')).json).toEqual({
      id: 'on-user',
      kind: 'event',
      workflowId: 'listener',
      enabled: true,
      source: 'millrace.authing',
      types: ['user.*'],
      filter: { role: ['admin'] },
    });
  });
});

describe('a schedule', () => {
  test('starts its workflow at its time, once, with its params', async () => {
    const { json: trigger } = await get('/v1/triggers/nightly');
    expect(trigger).toMatchObject({
      kind: 'schedule',
      enabled: true,
      schedule: { expression: 'cron(0 2 * * ? *)', timezone: 'Europe/Berlin', windowMinutes: 10 },
      params: { sections: ['orders', 'signups'], days: 1 },
    });
    const [before] = [await get('/v1/runs?workflowId=nightly-report')];
    expect(before.json.items).toEqual([]);

    const window = 10 * 60_000;
    await send(addressOf('Clock'), { body: String(Date.parse(trigger.nextFireAt) - Date.now() + window) });

    const runs = async () => (await get('/v1/runs?workflowId=nightly-report')).json.items;
    const [run] = await until(runs, ([first]) => first !== undefined && isOver(first));
    expect(run).toMatchObject({
      status: 'SUCCEEDED',
      triggerId: 'nightly',
      trigger: 'schedule',
      createdAt: trigger.nextFireAt,
    });
    expect((await get(`/v1/runs/${run.activityId}`)).json.output).toMatchObject({
      to: trigger.nextFireAt,
      sections: [
        { section: 'orders', total: 288 },
        { section: 'signups', total: 72 },
      ],
      missing: [],
    });
    expect(await runs()).toHaveLength(1);
  });
});
