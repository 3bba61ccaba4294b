import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { isOver, runCommand, send, until } from './client.ts';
import { type LocalStack, startLocal, synthesize, temporaryFolder } from './stack.ts';

jest.setTimeout(60_000);

const WORKFLOW = `
name: Listener
triggers:
  - { kind: event, id: on-user, source: millrace.authing, types: [user.*], filter: { role: [admin] } }
  - kind: event
    id: on-hello
    source: aws
    pattern:
      source: [aws.states, my.app]
      detail-type: [Step Functions Execution Status Change, Order]
      detail: { status: [SUCCEEDED], stateMachineArn: [{ suffix: -hello }] }
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

describe("a trigger by AWS's own events", () => {
  const operate = async (service: string, operation: string, input: object) =>
    send(addressOf('Operator'), { json: { service, operation, input } });
  const resource = async (type: string, has: (each: { ref: string; attributes: Record<string, string> }) => boolean) =>
    JSON.parse((await send(addressOf('Operator'))).text).find((each: never) => Reflect.get(each, 'type') === type && has(each));
  const runsOfHello = async () => (await get('/v1/runs?triggerId=on-hello')).json.items;
  const order = (status: string) =>
    operate('events', 'PutEvents', {
      Entries: [{ Source: 'my.app', DetailType: 'Order', Detail: JSON.stringify({ status, stateMachineArn: 'my-hello' }) }],
    });

  test('starts its workflow with the whole of an event that matches, as AWS tells it', async () => {
    const { json } = await send(`${stack.baseUrl}/webhook/hello`, { method: 'POST', token: stack.token, json: {} });

    const [run] = await until(runsOfHello, ([first]) => first !== undefined && isOver(first));
    expect((await get(`/v1/runs/${run.activityId}`)).json).toMatchObject({
      status: 'SUCCEEDED',
      workflowId: 'listener',
      trigger: 'event',
      output: {
        workflow: { input: { eventData: { source: 'aws.states', detail: { name: json.activityId, status: 'SUCCEEDED' } } } },
        event: { source: 'aws.states', type: 'Step Functions Execution Status Change' },
      },
    });
  });

  test('starts it for no other event, nor while it is inactive', async () => {
    await order('OPEN');
    await setActive(false);
    await order('SUCCEEDED');
    await setActive(true);
    await order('SUCCEEDED');
    await until(runsOfHello, (runs) => runs.length === 2);
    expect(await runsOfHello()).toHaveLength(2);
  });

  test('is made good when its rule could not deliver, once for the same event', async () => {
    const rule = await resource('AWS::Events::Rule', ({ attributes }) => attributes.Arn?.includes('-trigger-on-hello-') === true);
    const queue = await resource('AWS::SQS::Queue', ({ ref }) => ref.includes('LaunchRetry'));
    const event = {
      id: 'e-1',
      source: 'my.app',
      'detail-type': 'Order',
      time: '2026-01-01T00:00:00Z',
      detail: { status: 'SUCCEEDED' },
    };
    const message = {
      QueueUrl: queue.ref,
      MessageBody: JSON.stringify(event),
      MessageAttributes: { RULE_ARN: { DataType: 'String', StringValue: rule.attributes.Arn } },
    };
    await operate('sqs', 'SendMessage', message);
    await operate('sqs', 'SendMessage', message);

    const runs = await until(runsOfHello, (found) => found.length === 3 && found.every(isOver));
    const queued = async () => (await operate('sqs', 'GetQueueAttributes', { QueueUrl: queue.ref, AttributeNames: ['All'] })).text;
    await until(
      queued,
      (text) => text.includes('"ApproximateNumberOfMessages":"0"') && text.includes('"ApproximateNumberOfMessagesNotVisible":"0"'),
    );
    expect(await runsOfHello()).toHaveLength(runs.length);
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

describe('a schedule that is made at run time', () => {
  const schedules = async (method: string, path = '', json?: object) =>
    send(`${stack.baseUrl}/v1/schedules${path}`, { method, token: stack.token, ...(json && { json }) });
  const runsOf = async (id: string) => (await get(`/v1/runs?triggerId=${id}`)).json.items;
  const endedOf = (id: string) =>
    until(
      () => runsOf(id),
      ([first]) => first !== undefined && isOver(first),
    );
  const pass = (milliseconds: number) => send(addressOf('Clock'), { body: String(milliseconds) });
  /** Further ahead than what the tests before have let pass. */
  const at = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 16);

  test('fires for each of its times once, says how late, and carries its labels; a one-off is deleted then', async () => {
    const once = { id: 'once', workflowId: 'listener', at, deleteWhenOver: true, labels: { team: 'ops' } };
    const made = await schedules('POST', '', once);
    expect([made.status, made.json]).toMatchObject([
      201,
      { id: 'once', schedule: { expression: `at(${at}:00)` }, nextFireAt: `${at}:00.000Z` },
    ]);
    expect((await schedules('POST', '', once)).status).toBe(201);
    await schedules('POST', '', { id: 'weekly', workflowId: 'listener', cron: '0 0 * * 1', params: { days: 7 } });
    await schedules('POST', '', { id: 'halted', workflowId: 'listener', at, paused: true });

    await pass(11 * 86_400_000);

    const [run] = await endedOf('once');
    expect(run).toMatchObject({ createdAt: `${at}:00.000Z`, labels: { team: 'ops' }, trigger: 'schedule', status: 'SUCCEEDED' });
    expect(run.lag).toBeGreaterThan(0);
    const [weekly] = await endedOf('weekly');
    expect(new Date(weekly.createdAt).getUTCDay()).toBe(1);
    expect([await runsOf('once'), await runsOf('weekly'), await runsOf('halted')].map((runs) => runs.length)).toEqual([1, 1, 0]);
    expect((await get('/v1/runs?label=team%3Dops')).json.items).toEqual([run]);
    // Its schedule is gone; switching the workflow off and on does not stumble over that.
    expect([(await setActive(false)).status, (await setActive(true)).status]).toEqual([200, 200]);
  });

  test('is paused without the others, over a restart, by the commands; declared ones too', async () => {
    const millrace = (...args: string[]) => runCommand(stack, ['schedules', ...args]);
    // After the times that the clock has been set to.
    const later = new Date(Date.now() + 20 * 86_400_000).toISOString().replace(/\.\d+/, '');
    const made = await millrace('create', 'listener', '--id', 'often', '--rate', '1 hour', '--label', 'team=ops', '--start', later);
    expect(made).toMatchObject({ stderr: '', stdout: expect.stringMatching(/labels: +team=ops\nschedule: +rate\(1 hour\)/) });
    expect((await millrace('pause', 'weekly')).stdout).toMatch(/paused: +yes/);
    expect((await millrace('pause', 'nightly')).stdout).toMatch(/paused: +yes/);
    const before = await runsOf('nightly');
    await stack.close();
    stack = await start();

    // The clock of a new process begins with the machine's.
    await pass(25 * 86_400_000);

    await endedOf('often');
    expect([await runsOf('weekly'), await runsOf('nightly')].map((runs) => runs.length)).toEqual([1, before.length]);
    expect((await millrace('list', '--label', 'team=ops')).stdout).toMatch(/often/);
    expect((await millrace('resume', 'weekly')).stdout).not.toMatch(/paused/);
    await pass(8 * 86_400_000);
    await until(
      () => runsOf('weekly'),
      (runs) => runs.length === 2,
    );
    expect((await millrace('edit', 'often', '--cron', '0 9 * * *', '--start', 'none')).stdout).toMatch(/cron\(0 9 \* \* \? \*\)/);
    expect((await millrace('delete', 'often')).stdout).toBe('Deleted the schedule often.\n');
    expect((await schedules('GET', '/often')).status).toBe(404);
  });

  test.each([
    [{ cron: '0 25 * * *' }, '/cron'],
    [{ rate: '30 seconds' }, '/rate'],
    [{ at: '2020-01-01T00:00' }, '/at'],
    [{ cron: '0 2 * * *', timezone: 'Mars/Olympus' }, '/timezone'],
    [{ cron: '0 2 * * *', rate: '1 day' }, '/rate'],
    [{ cron: '0 2 * * *', deleteWhenOver: true }, '/deleteWhenOver'],
    [{ cron: '0 2 * * *', labels: { Team: 'x' } }, '/labels/Team'],
  ])('is refused as %j, with its place, and nothing is made', async (json, pointer) => {
    const { status, json: problem } = await schedules('POST', '', { id: 'bad', workflowId: 'listener', ...json });
    expect([status, problem.errors[0].pointer]).toEqual([422, pointer]);
    expect((await schedules('GET', '/bad')).status).toBe(404);
  });

  test('is not made for an unknown workflow or under an id that is taken, and a declared one is only paused', async () => {
    expect((await schedules('POST', '', { workflowId: 'none', rate: '1 day' })).status).toBe(404);
    expect((await schedules('POST', '', { id: 'nightly', workflowId: 'listener', rate: '1 day' })).status).toBe(409);
    expect((await schedules('PUT', '/nightly', { cron: '0 3 * * *' })).status).toBe(409);
    expect((await schedules('DELETE', '/nightly')).status).toBe(409);
    expect((await schedules('GET', '/on-user')).status).toBe(404);
  });
});

test('an address that is named gets an e-mail, which the local stack prints', async () => {
  const put = (path: string, method: string, json?: object) =>
    send(`${stack.baseUrl}/v1/notifications${path}`, { method, token: stack.token, ...(json && { json }) });
  expect((await put('', 'PUT', { email: 'oncall@example.com' })).status).toBe(200);
  expect((await put('/test', 'POST')).status).toBe(202);
  await until(
    async () => stack.printed(),
    (text) => text.includes('e-mail to oncall@example.com: Millrace: a test notification'),
  );
});
