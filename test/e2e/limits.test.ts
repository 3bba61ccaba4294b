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
const post = async (trigger: string, json: object): Promise<string> =>
  (await send(`${stack.baseUrl}/webhook/${trigger}`, { method: 'POST', token: stack.token, json })).json.activityId;
const run = async (activityId: string) => (await api(`/runs/${activityId}`)).json;
const ended = async (activityId: string) => until(async () => (await api(`/runs/${activityId}`)).json, isOver);
const waits = (activityId: string) =>
  until(
    () => run(activityId),
    ({ waitingFor }) => waitingFor !== undefined,
  );
const runs = (activityId: string) =>
  until(
    () => run(activityId),
    ({ status }) => status === 'RUNNING',
  );

describe('a limit on concurrency', () => {
  test("lets the runs of a key follow one another, in their order, beside another's", async () => {
    const first = await post('e2e-in-turn', { customer: 'ada', seconds: 50 });
    await runs(first);
    const second = await post('e2e-in-turn', { customer: 'ada', seconds: 1 });
    expect(await waits(second)).toMatchObject({ status: 'QUEUED', waitingFor: 'concurrency', labels: { suite: 'limits' } });
    const third = await post('e2e-in-turn', { customer: 'ada', seconds: 0 });
    await waits(third);
    const other = await post('e2e-in-turn', { customer: 'bob', seconds: 0 });
    expect((await runCommand(stack, ['runs', 'show', second])).stdout).toMatch(/waits for: +concurrency/);

    expect((await ended(other)).status).toBe('SUCCEEDED');
    await api(`/runs/${first}`, { method: 'DELETE' });
    const inTurn = [await ended(first), await ended(second), await ended(third)];
    expect(inTurn.map(({ status }) => status)).toEqual(['ABORTED', 'SUCCEEDED', 'SUCCEEDED']);
    expect(inTurn.map(({ waitingFor }) => waitingFor)).toEqual([undefined, undefined, undefined]);
    const [one, two, three] = inTurn;
    expect(two.startedAt >= one.endedAt && three.startedAt >= two.endedAt).toBe(true);
    expect((await api('/runs?label=suite%3Dlimits&status=SUCCEEDED')).json.items).toHaveLength(3);
  });

  test('does not start what is cancelled while it waits', async () => {
    const first = await post('e2e-in-turn', { customer: 'eve', seconds: 50 });
    await runs(first);
    const second = await post('e2e-in-turn', { customer: 'eve', seconds: 0 });
    await waits(second);
    const third = await post('e2e-in-turn', { customer: 'eve', seconds: 0 });
    expect((await api(`/runs/${second}`, { method: 'DELETE' })).json).toMatchObject({ status: 'ABORTED' });
    await api(`/runs/${first}`, { method: 'DELETE' });

    expect((await ended(third)).status).toBe('SUCCEEDED');
    expect(await run(second)).toMatchObject({ status: 'ABORTED', error: 'Millrace.Cancelled' });
  });

  test('cancels the oldest for the newest', async () => {
    const first = await post('e2e-only-newest', { seconds: 50 });
    await runs(first);
    const second = await post('e2e-only-newest', { seconds: 0 });

    expect(await ended(first)).toMatchObject({ status: 'ABORTED', error: 'Millrace.Superseded' });
    expect((await ended(second)).status).toBe('SUCCEEDED');
  });
});

test('a quota skips the runs beyond it, which say so', async () => {
  const taken = [await post('e2e-quota', { seconds: 0 }), await post('e2e-quota', { seconds: 0 })];
  for (const activityId of taken) expect((await ended(activityId)).status).toBe('SUCCEEDED');
  const beyond = await ended(await post('e2e-quota', { seconds: 0 }));
  expect(beyond).toMatchObject({ status: 'ABORTED', error: 'Millrace.QuotaExceeded' });
  expect((await api('/workflows/e2e-quota')).json.limits).toEqual({ quota: { runs: 2, seconds: 86_400, whenFull: 'skip' } });
});
