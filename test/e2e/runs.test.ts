import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Call, isOver, runCommand, send, until } from './client.ts';
import { openStack, type Stack } from './stack.ts';

jest.setTimeout(60_000);

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
}, 120_000);
afterAll(() => stack.close());

const api = (path: string, call: Call = {}) => send(`${stack.baseUrl}/v1${path}`, { token: stack.token, ...call });
const ended = async (activityId: string) => until(async () => (await api(`/runs/${activityId}`)).json, isOver);
const millrace = (...args: string[]) => runCommand(stack, args);

describe('a run that is started by hand', () => {
  test('receives its params, once for an idempotency key', async () => {
    const post = (params: unknown, key: string) =>
      api('/workflows/e2e-echo/runs', { json: { params }, headers: { 'idempotency-key': key } });

    const first = await post({ a: 1 }, 'k-1');
    const again = await post({ a: 1 }, 'k-1');
    const other = await post({ a: 2 }, 'k-1');

    expect([first.status, again.status, other.status]).toEqual([202, 202, 422]);
    expect(again.json).toEqual({ ...first.json, duplicate: true });
    expect(first.headers.get('location')).toBe(first.json.statusUrl);
    const run = await ended(first.json.activityId);
    expect(run).toMatchObject({ status: 'SUCCEEDED', trigger: 'manual', output: { workflow: { input: { params: { a: 1 } } } } });
    expect((await millrace('deliveries', 'list', '--workflow', 'e2e-echo', '--outcome', 'duplicate')).stdout).toMatch(
      /duplicate +run\.requested +manual/,
    );
  });

  test('is shown with what caused it, and what it and its steps were given and gave', async () => {
    const { json } = await api('/workflows/e2e-echo/runs', { json: { params: { e: 1 } } });
    const run = await ended(json.activityId);
    const shown = await millrace('runs', 'show', json.activityId);

    expect(run.event).toEqual({
      id: json.activityId.slice(0, 26),
      source: '/workspaces/default/manual/e2e-echo',
      type: 'run.requested',
      time: run.createdAt,
      depth: 0,
    });
    expect(run.delivery).toMatchObject({ id: run.event.id, outcome: 'accepted', triggerId: 'manual', receivedAt: run.createdAt });
    expect(run.input).toEqual(run.output);
    expect(run.steps).toMatchObject([{ taskName: 'Echo', input: run.input, outputs: run.output }]);
    expect(shown.stdout).toMatch(/^event: +run\.requested /m);
    expect(shown.stdout).toMatch(/^delivery: +\w{26}, accepted: POST to the trigger manual at /m);
    expect(shown.stdout).toMatch(/^Input\n {2}params: \{"e":1\}$/m);
    expect(shown.stdout).toMatch(/^1 Echo\n {2}input: \{"workflow".* of \d+ characters; --json shows all\n {2}output: /m);
  });

  test('is refused for params that do not fit, an inactive and an unknown workflow', async () => {
    const { status, json } = await api('/workflows/e2e-strict/runs', { json: { params: { day: 'today' } } });
    expect([status, json.errors[0].pointer]).toEqual([422, '/params/day']);
    expect((await api('/workflows/e2e-asleep/runs', { json: {} })).status).toBe(409);
    expect((await api('/workflows/none/runs', { json: {} })).status).toBe(404);
  });

  test('is waited for: its steps go to stderr, its end is the exit status', async () => {
    const fine = await millrace('run', 'e2e-echo', '--params', '{"b":1}', '--wait');
    expect(fine).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/status: +SUCCEEDED/),
      stderr: expect.stringMatching(/1 Echo completed/),
    });

    const broken = await millrace('run', 'e2e-fails', '--wait');
    expect(broken).toMatchObject({ status: 1, stderr: expect.stringMatching(/The run ended as FAILED\./) });
    expect(await millrace('run', 'e2e-echo', '--params', '{"b"')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/neither JSON nor YAML/),
    });
  });
});

describe('a run that ended', () => {
  test('is run again from the start with what it was given, as a new run', async () => {
    const { json } = await send(`${stack.baseUrl}/webhook/e2e-echo?x=1`, { method: 'POST', token: stack.token, json: { c: 1 } });
    const first = await ended(json.activityId);

    const { status, json: again } = await api(`/runs/${json.activityId}/rerun`, { method: 'POST' });
    const second = await ended(again.activityId);

    expect(status).toBe(202);
    expect(again).toEqual({
      activityId: expect.stringMatching(new RegExp(`^${json.activityId}-r[0-9a-f]{7}$`)),
      rerunOf: json.activityId,
    });
    expect(second).toMatchObject({
      status: 'SUCCEEDED',
      replay: expect.stringContaining(json.activityId),
      rerunOf: json.activityId,
      delivery: { id: json.activityId.slice(0, 26) },
    });
    expect(second.output.workflow.input).toEqual(first.output.workflow.input);
    expect((await api(`/events/${json.activityId.slice(0, 26)}/runs`)).json.items).toHaveLength(2);
    expect((await api('/runs/none/rerun', { method: 'POST' })).status).toBe(404);
  });

  test('goes on from the step that failed, as the same run; one that succeeded does not', async () => {
    const failed = await api('/workflows/e2e-fails/runs', { json: {} });
    const { activityId } = failed.json;
    const first = await ended(activityId);
    const redriven = await api(`/runs/${activityId}/redrive`, { method: 'POST' });

    expect([first.status, redriven.status]).toEqual(['FAILED', 202]);
    // It fails once more: its end is told a second time.
    await until(
      () => api(`/runs/${activityId}`),
      (answer) => isOver(answer.json) && answer.json.endedAt !== first.endedAt,
    );
    const fine = await api('/workflows/e2e-echo/runs', { json: {} });
    await ended(fine.json.activityId);
    expect((await api(`/runs/${fine.json.activityId}/redrive`, { method: 'POST' })).status).toBe(409);
  });

  test('is found by the time it was created, and all that failed since then are run again', async () => {
    const since = new Date().toISOString();
    const failed = [await api('/workflows/e2e-fails/runs', { json: {} }), await api('/workflows/e2e-fails/runs', { json: {} })];
    for (const { json } of failed) await ended(json.activityId);
    const list = async (query: string) =>
      (await api(`/runs?workflowId=e2e-fails&${query}`)).json.items.map((run: { activityId: string }) => run.activityId);
    const ids = failed.map(({ json }) => json.activityId);

    expect((await list(`since=${since}`)).sort()).toEqual(ids.toSorted());
    expect(await list(`until=${since}`)).not.toEqual(expect.arrayContaining(ids));
    expect((await api('/runs?since=yesterday')).status).toBe(400);

    const dry = await millrace('runs', 'rerun', '--workflow', 'e2e-fails', '--since', since, '--dry-run', '--json');
    expect(JSON.parse(dry.stdout).items).toHaveLength(2);
    const done = await millrace('runs', 'rerun', '--workflow', 'e2e-fails', '--since', since);
    expect(done).toMatchObject({ status: 0, stdout: 'Started 2 of 2 again.\n' });
    await until(
      () => list(`since=${since}`),
      (found) => found.length === 4,
    );
  });
});

describe("the platform's own events", () => {
  const runsOf = async (workflowId: string) => (await api(`/runs?workflowId=${workflowId}&limit=100`)).json.items;

  test('tell workflows of runs that failed, and of workflows that were deactivated', async () => {
    const { json } = await api('/workflows/e2e-throws/runs', { json: {} });
    await ended(json.activityId);
    await api('/workflows/e2e-slow/active', { method: 'PUT', json: { active: false } });
    await api('/workflows/e2e-slow/active', { method: 'PUT', json: { active: true } });

    const found = await until(
      () => runsOf('e2e-watcher'),
      (runs) => runs.length >= 2,
    );
    const told = await Promise.all(found.map(({ activityId }: { activityId: string }) => ended(activityId)));
    const byTrigger = Object.fromEntries(told.map((run) => [run.triggerId, run.output]));

    expect(byTrigger['e2e-on-failed'].workflow.input.eventData).toMatchObject({
      activityId: json.activityId,
      workflowId: 'e2e-throws',
      status: 'FAILED',
    });
    for (const run of told) expect(run).not.toHaveProperty('delivery');
    expect(byTrigger['e2e-on-failed'].event).toMatchObject({ type: 'run.failed', depth: 1 });
    expect(byTrigger['e2e-on-deactivated'].workflow.input.eventData).toEqual({ workflowId: 'e2e-slow' });
    expect(found).toHaveLength(2);
  });

  test('end a loop after five runs, with a run that says so', async () => {
    await api('/workflows/e2e-loop/runs', { json: {} });

    const runs = await until(
      () => runsOf('e2e-loop'),
      (found) => found.some(({ error }: { error?: string }) => error === 'Millrace.LoopStopped'),
    );

    expect(runs.map(({ status }: { status: string }) => status).sort()).toEqual(['FAILED', ...Array(5).fill('SUCCEEDED')]);
    expect(runs.find(({ status }: { status: string }) => status === 'FAILED').cause).toMatch(/looks like a loop/);
  });
});

test("a workspace's own event starts who listens, once for an idempotency key, and can be replayed", async () => {
  const publish = () =>
    api('/events', { json: { type: 'stock.low', subject: 'rye', data: { kg: 2 } }, headers: { 'idempotency-key': 'stock-1' } });
  const { status, json } = await publish();
  const again = await publish();

  expect([status, again.json]).toEqual([202, { ...json, duplicate: true }]);
  const run = await ended(`${json.eventId}-e2e-on-custom`);
  expect(run.output).toMatchObject({ workflow: { input: { eventData: { kg: 2 } } }, event: { type: 'stock.low' } });
  expect(run.event).toMatchObject({ type: 'stock.low', subject: 'rye' });
  const replayed = await api(`/deliveries/${json.eventId}/replay`, { json: {} });
  expect(await ended(replayed.json.items[0].activityId)).toMatchObject({
    output: { workflow: { input: { eventData: { kg: 2 } } } },
  });
  expect((await api('/events', { json: { data: 1 } })).status).toBe(422);
  expect((await millrace('events', 'runs', json.eventId)).stdout).toMatch(/e2e-watcher/);
});

test('a webhook that waits is answered with the output of its run, also when it is repeated', async () => {
  const post = (trigger: string) =>
    send(`${stack.baseUrl}/webhook/${trigger}`, { token: stack.token, json: { d: 1 }, headers: { 'idempotency-key': 'w' } });
  const [first, again, failed] = [await post('e2e-waited-for'), await post('e2e-waited-for'), await post('e2e-failure-waited-for')];

  for (const { status, json } of [first, again]) {
    expect(status).toBe(200);
    expect(json.workflow.input.body).toEqual({ d: 1 });
  }
  expect(first.headers.get('x-millrace-activity-id')).toBe(again.headers.get('x-millrace-activity-id'));
  expect(failed).toMatchObject({ status: 500, json: { type: 'urn:millrace:problem:run-failed' } });
});
