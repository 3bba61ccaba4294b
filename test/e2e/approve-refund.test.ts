import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type Answer, send, until } from './client.ts';
import { type LocalStack, startLocal, synthesize, temporaryFolder } from './stack.ts';

jest.setTimeout(60_000);

const requested = JSON.parse(readFileSync(join(import.meta.dirname, '../../workflows/approve-refund/event.json'), 'utf8'));

// These end the runtime, and answer as someone who may call Step Functions.
let folder: string;
let assemblyDir: string;
beforeAll(() => {
  folder = temporaryFolder();
  assemblyDir = synthesize(join(folder, 'cdk.out'), 'workflows');
});
afterAll(() => rmSync(folder, { recursive: true }));

const start = (name: string) => startLocal({ assemblyDir, stateDir: join(folder, name), entry: 'test/e2e/operated-runtime.ts' });

const request = (stack: LocalStack, body: unknown) =>
  send(`${stack.baseUrl}/webhook/approve-refund`, { token: stack.token, json: body });
const statusOf = (stack: LocalStack, activityId: string) =>
  send(`${stack.baseUrl}/webhook/status/${activityId}`, { token: stack.token });
const runOf = (stack: LocalStack, activityId: string) => send(`${stack.baseUrl}/v1/runs/${activityId}`, { token: stack.token });
const waiting = (stack: LocalStack, activityId: string) =>
  until(
    () => statusOf(stack, activityId),
    ({ json }) => json?.status === 'waiting',
  );
const ended = (stack: LocalStack, activityId: string): Promise<Answer> =>
  until(
    () => runOf(stack, activityId),
    ({ json }) => !['QUEUED', 'RUNNING'].includes(json?.status),
  );

/** One call of Step Functions, as its operator. */
async function states(stack: LocalStack, operation: string, input: unknown) {
  const operator = /Operator at (\S+)/.exec(stack.printed())?.[1] ?? '';
  return JSON.parse((await send(operator, { json: { service: 'states', operation, input } })).text);
}

/** As the sample's README finds it, in the history of the execution. */
async function tokenOf(stack: LocalStack, activityId: string): Promise<string> {
  const { json } = await send(`${stack.baseUrl}/v1/workflows/approve-refund`, { token: stack.token });
  const executionArn = `${json.stateMachineArn.replace(':stateMachine:', ':execution:')}:${activityId}`;
  const { events } = await states(stack, 'GetExecutionHistory', { executionArn });
  const scheduled = events
    .map((event: { taskScheduledEventDetails?: { resource: string; parameters: string } }) => event.taskScheduledEventDetails)
    .find((details?: { resource: string }) => details?.resource === 'invoke.waitForTaskToken');
  return JSON.parse(scheduled.parameters).Payload.token;
}

const answer = (stack: LocalStack, taskToken: string, output: unknown) =>
  states(stack, 'SendTaskSuccess', { taskToken, output: JSON.stringify(output) });

test('a large refund waits for a person, over a kill -9, and is made once approved', async () => {
  const first = await start('approved');
  const { status, json } = await request(first, requested);
  expect(status).toBe(202);
  const { activityId } = json;
  const before = await waiting(first, activityId);
  expect(before.json.steps.at(-1)).toMatchObject({ taskName: 'AskForApproval', flowTaskStatus: 'waiting' });
  const token = await tokenOf(first, activityId);
  await first.kill();

  const second = await start('approved');
  try {
    await waiting(second, activityId);
    await answer(second, token, { approved: true, by: 'grace' });
    const run = await ended(second, activityId);

    expect(run.json).toMatchObject({
      status: 'SUCCEEDED',
      output: { refunded: true, refund: { id: `refund-${activityId}`, ...requested }, approvedBy: 'grace' },
    });
    for (const stack of [first, second]) expect(stack.printed()).not.toContain(token);
    for (const { text } of [before, run]) expect(text).not.toContain(token);
    const announced = first
      .printed()
      .split('\n')
      .filter((line) => line.includes('A refund waits for approval.'));
    expect(announced).toEqual([expect.stringContaining(`"activityId":"${activityId}"`)]);
    expect(second.printed()).not.toContain('A refund waits for approval.');
  } finally {
    await second.close();
  }
});

test('a small refund is made at once, a large one not when it is declined, and what is no refund is refused', async () => {
  const stack = await start('declined');
  try {
    const small = await request(stack, { ...requested, amount: 900 });
    const large = await request(stack, requested);
    const none = await request(stack, { orderId: 'order-4711', amount: 'all', currency: 'EUR' });

    const { json } = await ended(stack, small.json.activityId);
    expect(json).toMatchObject({ status: 'SUCCEEDED', output: { refunded: true, approvedBy: null } });

    const { activityId } = large.json;
    await waiting(stack, activityId);
    await answer(stack, await tokenOf(stack, activityId), { approved: false, by: 'grace', reason: 'Never delivered.' });
    const declined = await ended(stack, activityId);
    expect(declined.json).toMatchObject({
      status: 'SUCCEEDED',
      output: { refunded: false, declinedBy: 'grace', reason: 'Never delivered.' },
    });

    expect(none.status).toBe(422);
    expect(none.json.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(['/body/amount', '/body/customer']);
  } finally {
    await stack.close();
  }
});
