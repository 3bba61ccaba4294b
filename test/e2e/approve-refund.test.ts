import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type Answer, send, until } from './client.ts';
import { type LocalStack, startLocal, synthesize, temporaryFolder } from './stack.ts';

jest.setTimeout(60_000);

const requested = JSON.parse(readFileSync(join(import.meta.dirname, '../../workflows/approve-refund/event.json'), 'utf8'));

// These end the runtime.
let folder: string;
let assemblyDir: string;
beforeAll(() => {
  folder = temporaryFolder();
  assemblyDir = synthesize(join(folder, 'cdk.out'), 'workflows');
});
afterAll(() => rmSync(folder, { recursive: true }));

const start = () => startLocal({ assemblyDir, stateDir: join(folder, 'state') });

const request = (stack: LocalStack, body: unknown) =>
  send(`${stack.baseUrl}/webhook/approve-refund`, { token: stack.token, json: body });
const waiting = (stack: LocalStack, activityId: string) =>
  until(
    () => send(`${stack.baseUrl}/webhook/status/${activityId}`, { token: stack.token }),
    ({ json }) => json?.steps?.at(-1)?.taskName === 'WaitForApproval' && json.status === 'waiting',
  );
const ended = (stack: LocalStack, activityId: string): Promise<Answer> =>
  until(
    () => send(`${stack.baseUrl}/v1/runs/${activityId}`, { token: stack.token }),
    ({ json }) => !['QUEUED', 'RUNNING'].includes(json?.status),
  );

/** The links by which the run is answered, as `millrace callbacks list` gets them; over a restart the port is another. */
async function linksOf(stack: LocalStack, activityId: string): Promise<{ approve: string; decline: string }> {
  const { json } = await until(
    () => send(`${stack.baseUrl}/v1/callbacks?activityId=${activityId}`, { token: stack.token }),
    ({ json: page }) => page?.items?.length > 0,
  );
  const [{ succeedUrl, failUrl }] = json.items[0].urls;
  return { approve: succeedUrl, decline: failUrl };
}

const browser = { accept: 'text/html' };

test('a large refund waits for a person, over a kill -9, and is made once approved; what is declined or no refund is not', async () => {
  const first = await start();
  const { status, json } = await request(first, requested);
  expect(status).toBe(202);
  const { activityId } = json;
  await waiting(first, activityId);
  await first.kill();

  const second = await start();
  try {
    const small = await request(second, { ...requested, amount: 900 });
    const large = await request(second, requested);
    const none = await request(second, { orderId: 'order-4711', amount: 'all', currency: 'EUR' });

    await waiting(second, activityId);
    const { approve } = await linksOf(second, activityId);
    const page = await send(approve, { headers: browser });
    expect(page.text).toMatch(/Refund of order-4711.*approve-refund.*finance.*>Approve</s);
    const pressed = await send(approve, { headers: browser, body: new URLSearchParams({ comment: '' }) });
    expect(pressed.text).toContain('This was approved.');
    expect((await ended(second, activityId)).json).toMatchObject({
      status: 'SUCCEEDED',
      output: { refunded: true, refund: { id: `refund-${activityId}`, ...requested }, approvedBy: 'finance' },
    });

    expect((await ended(second, small.json.activityId)).json).toMatchObject({
      status: 'SUCCEEDED',
      output: { refunded: true, approvedBy: null },
    });

    await waiting(second, large.json.activityId);
    const { decline } = await linksOf(second, large.json.activityId);
    await send(decline, { headers: browser, body: new URLSearchParams({ comment: 'Never delivered.' }) });
    expect((await ended(second, large.json.activityId)).json).toMatchObject({
      status: 'SUCCEEDED',
      output: { refunded: false, declinedBy: 'finance', reason: 'Never delivered.' },
    });

    expect(none.status).toBe(422);
    expect(none.json.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(['/body/amount', '/body/customer']);

    for (const stack of [first, second]) expect(stack.printed()).not.toContain('signature=');
    const announced = first.printed().match(/A refund waits for approval\./g);
    expect(announced).toHaveLength(1);
  } finally {
    await second.close();
  }
});
