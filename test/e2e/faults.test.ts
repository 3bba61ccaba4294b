import { cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Answer, send, until } from './client.ts';
import { type LocalStack, sharedAssembly, startLocal, temporaryFolder } from './stack.ts';

jest.setTimeout(60_000);

// These need the runtime itself, not only its URL: they end it, break it, and take rights away.
let folder: string;
let assemblyDir: string;
beforeAll(async () => {
  folder = temporaryFolder();
  assemblyDir = await sharedAssembly();
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

const post = (stack: LocalStack, triggerId: string, json: unknown, headers: Record<string, string> = {}) =>
  send(`${stack.baseUrl}/webhook/${triggerId}`, { token: stack.token, json, headers });
const statusOf = (stack: LocalStack, activityId: string) =>
  send(`${stack.baseUrl}/webhook/status/${activityId}`, { token: stack.token });
const isOver = ({ json }: Answer) => !['notstarted', 'inProgress', 'waiting'].includes(json?.status);

describe('kill -9', () => {
  test('between the 202 and the end of the run loses nothing and starts nothing twice', async () => {
    const stateDir = join(folder, 'killed');
    const first = await startLocal({ assemblyDir, stateDir });
    const headers = { 'idempotency-key': 'survivor' };
    const waiting = await post(first, 'e2e-slow', { seconds: 4 }, headers);
    await until(
      () => statusOf(first, waiting.json.activityId),
      ({ json }) => json.status === 'waiting',
    );
    // Nothing is waited for here: these are killed somewhere between acceptance and their start.
    const fresh = await Promise.all(Array.from({ length: 5 }, () => post(first, 'e2e-echo', { fresh: true })));
    await first.kill();
    expect(fresh.map(({ status }) => status)).toEqual(Array(5).fill(202));

    const second = await startLocal({ assemblyDir, stateDir });
    try {
      expect(second.token).toBe(first.token);
      for (const { json } of [waiting, ...fresh]) {
        const over = await until(() => statusOf(second, json.activityId), isOver);
        expect(over.json.status).toBe('completed');
        const names = over.json.steps.map((step: { taskName: string }) => step.taskName);
        expect(names).toEqual(json.activityId === waiting.json.activityId ? ['Pause', 'Done'] : ['Echo']);
      }
      const again = await post(second, 'e2e-slow', { seconds: 4 }, headers);
      expect(again.json).toMatchObject({ activityId: waiting.json.activityId, duplicate: true });
      const { json } = await send(`${second.baseUrl}/v1/runs?limit=100`, { token: second.token });
      expect(json.items).toHaveLength(6);
    } finally {
      await second.close();
    }
  });

  test('leaves those in line that wait for their turn, and they come to it', async () => {
    const stateDir = join(folder, 'waiting');
    const first = await startLocal({ assemblyDir, stateDir });
    const enter = async (seconds: number) => (await post(first, 'e2e-in-turn', { customer: 'ada', seconds })).json.activityId;
    const ids: string[] = [await enter(10)];
    await until(
      () => statusOf(first, ids[0] ?? ''),
      ({ json }) => json.status === 'waiting',
    );
    ids.push(await enter(0), await enter(0));
    await until(
      async () => (await send(`${first.baseUrl}/v1/runs?status=QUEUED`, { token: first.token })).json.items,
      (waiting) => waiting.filter(({ waitingFor }: { waitingFor?: string }) => waitingFor === 'concurrency').length === 2,
    );
    await first.kill();

    const second = await startLocal({ assemblyDir, stateDir });
    try {
      const runs = [];
      for (const id of ids) {
        expect((await until(() => statusOf(second, id), isOver)).json.status).toBe('completed');
        runs.push((await send(`${second.baseUrl}/v1/runs/${id}`, { token: second.token })).json);
      }
      const inTurn = runs.toSorted((one, other) => (one.startedAt < other.startedAt ? -1 : 1));
      for (const [nth, run] of inTurn.slice(1).entries()) expect(run.startedAt >= inTurn[nth].endedAt).toBe(true);
    } finally {
      await second.close();
    }
  });
});

describe('a status event that never comes', () => {
  let stack: LocalStack;
  beforeAll(async () => {
    stack = await startLocal({ assemblyDir, stateDir: join(folder, 'deaf'), entry: 'test/e2e/faulty-runtime.ts' });
  });
  afterAll(() => stack.close());

  const operator = () => /Operator at (\S+)/.exec(stack.printed())?.[1] ?? '';
  const asOperator = (service: string, operation: string, input: unknown) =>
    send(operator(), { json: { service, operation, input } });
  const resource = async (type: string, logicalId: RegExp): Promise<string> => {
    const resources = JSON.parse((await send(operator())).text);
    return resources.find((one: { type: string; logicalId: string }) => one.type === type && logicalId.test(one.logicalId))?.ref;
  };
  /** A run that has ended unnoticed more than a minute ago. */
  const aForgottenRun = async (): Promise<string> => {
    const { json } = await post(stack, 'e2e-echo', {});
    await until(
      () => statusOf(stack, json.activityId),
      (answer) => answer.json.steps.length === 1,
    );
    const table = await resource('AWS::DynamoDB::Table', /^Table/);
    await asOperator('dynamodb', 'UpdateItem', {
      TableName: table,
      Key: { pk: { S: `RUN#${json.activityId.slice(0, 26)}` }, sk: { S: json.activityId } },
      UpdateExpression: 'SET changedAt = :past',
      ExpressionAttributeValues: { ':past': { S: '2026-01-01T00:00:00.000Z' } },
    });
    return json.activityId;
  };

  test('is made good by looking the run up when someone asks', async () => {
    const activityId = await aForgottenRun();
    expect((await statusOf(stack, activityId)).json.status).toBe('completed');
  });

  test('is made good by the reconciler when nobody asks', async () => {
    const activityId = await aForgottenRun();
    await asOperator('lambda', 'Invoke', {
      FunctionName: await resource('AWS::Lambda::Function', /^RecordReconcile/),
      Payload: '{}',
    });
    const { json } = await send(`${stack.baseUrl}/v1/runs?status=SUCCEEDED`, { token: stack.token });
    expect(json.items.map((run: { activityId: string }) => run.activityId)).toContain(activityId);
  });
});

describe('a grant taken out of the template', () => {
  /** The stacks without an action, in a copy of their own. */
  const without = (action: string, instead: string, name: string): string => {
    const poorer = join(folder, `${name}.out`);
    cpSync(assemblyDir, poorer, { recursive: true });
    const [file = ''] = globSync(join(poorer, '*platform.template.json'));
    const template = readFileSync(file, 'utf8');
    expect(template).toContain(`"${action}"`);
    writeFileSync(file, template.replaceAll(`"${action}"`, `"${instead}"`));
    return poorer;
  };

  test('is refused: without events:PutEvents nothing is accepted', async () => {
    const poorer = without('events:PutEvents', 'events:DescribeEventBus', 'poorer');
    const stack = await startLocal({ assemblyDir: poorer, stateDir: join(folder, 'poorer') });
    try {
      const { status, headers, json } = await post(stack, 'hello', { name: 'Ada' });
      expect(status).toBe(503);
      expect(headers.get('retry-after')).toBe('5');
      expect(json.detail).toBe('The request could not be made safe; send it again.');
      expect(stack.printed()).toMatch(/events:PutEvents .*AccessDenied/);
    } finally {
      await stack.close();
    }
  });

  test('is refused: without s3:PutObject a large event fails, and workflows learn of it', async () => {
    const poorer = without('s3:PutObject', 's3:GetObjectTagging', 'unstored');
    const stack = await startLocal({ assemblyDir: poorer, stateDir: join(folder, 'unstored') });
    const api = (path: string) => send(`${stack.baseUrl}/v1${path}`, { token: stack.token });
    try {
      const large = { text: 'x'.repeat(300_000) };
      const { status } = await post(stack, 'e2e-echo', large, { 'idempotency-key': 'large' });
      expect((await post(stack, 'e2e-echo', large, { 'idempotency-key': 'large' })).status).toBe(503);
      const { json: told } = await until(
        () => api('/runs?workflowId=e2e-watcher&status=SUCCEEDED'),
        ({ json }) => json.items.length > 0,
      );
      const { json: run } = await api(`/runs/${told.items[0].activityId}`);
      const { json: deliveries } = await api('/deliveries?outcome=failed');

      expect(status).toBe(503);
      expect(told.items).toHaveLength(1);
      expect(run.event).toMatchObject({ source: '/workspaces/default/platform', type: 'delivery.failed' });
      expect(run.input.workflow.input.eventData).toMatchObject({
        deliveryId: deliveries.items[0].id,
        triggerId: 'e2e-echo',
        workflowId: 'e2e-echo',
      });
    } finally {
      await stack.close();
    }
  });
});
