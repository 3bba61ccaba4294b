import { describe, expect, test } from '@jest/globals';
import type { Gate } from '../../../core/deliveries/accept.ts';
import { Unpublishable } from '../../../core/events/unpublishable.ts';
import { receiveWebhook } from '../../../core/triggers/receive-webhook.ts';
import { aReceiver, aRequest, aTrigger } from '../builders.ts';

const send = (broken: Partial<Gate>, headers: Record<string, string>) => {
  const gate = aReceiver({ triggers: [aTrigger({ auth: 'none' })] });
  return { gate, answer: receiveWebhook({ ...gate.receiver, ...broken }, 'hello', aRequest({ headers })) };
};
const down = async () => {
  throw new Error('down');
};

describe.each([
  ['without a key', {}],
  ['under an Idempotency-Key', { 'idempotency-key': 'k' }],
])('acceptance %s', (_what, headers) => {
  test('fails with 503 when the bus does not take the event, and the delivery says so', async () => {
    const { gate, answer } = send({ publish: down }, headers);
    await expect(answer).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect([...gate.deliveries.values()]).toMatchObject([{ outcome: 'failed' }]);
  });

  test('tells the bus of an event that it refused, but not that the bus itself fails', async () => {
    const refused = send({ publish: () => Promise.reject(new Unpublishable('too deep')) }, headers);
    await expect(refused.answer).rejects.toMatchObject({ status: 503 });
    expect(refused.gate.failed).toEqual([...refused.gate.deliveries.keys()]);

    const failing = send({ publish: down }, headers);
    await expect(failing.answer).rejects.toMatchObject({ status: 503 });
    expect(failing.gate.failed).toEqual([]);
  });

  test('fails with 503 when the table does not take the delivery', async () => {
    const { answer } = send({ saveDelivery: down }, headers);
    await expect(answer).rejects.toMatchObject({ status: 503 });
  });

  test('fails with 503 even when the failure cannot be noted', async () => {
    const { answer } = send({ publish: down, setDeliveryOutcome: down }, headers);
    await expect(answer).rejects.toMatchObject({ status: 503 });
  });

  test('fails with 503 when a large payload cannot be stored, publishes nothing and tells of it', async () => {
    const gate = aReceiver({ triggers: [aTrigger({ auth: 'none' })] });
    const request = aRequest({ headers, json: 'x'.repeat(300_000) });
    await expect(receiveWebhook({ ...gate.receiver, storePayload: down }, 'hello', request)).rejects.toMatchObject({ status: 503 });
    expect(gate.published).toEqual([]);
    expect(gate.failed).toHaveLength(1);
  });
});

test('a retry after a failure publishes again under the same event', async () => {
  const gate = aReceiver({ triggers: [aTrigger({ auth: 'none' })] });
  const headers = { 'idempotency-key': 'k' };
  await receiveWebhook({ ...gate.receiver, publish: down }, 'hello', aRequest({ headers })).catch(() => undefined);

  const retried = await receiveWebhook(gate.receiver, 'hello', aRequest({ headers }));

  expect(gate.published).toHaveLength(1);
  expect([...gate.deliveries.values()]).toMatchObject([{ outcome: 'accepted' }]);
  expect(gate.published[0]?.detail).toContain(retried.activityId.slice(0, 26));
});

test('without an Idempotency-Key the bus and the table are called side by side', async () => {
  const order: string[] = [];
  const both = Promise.withResolvers<void>();
  const arrive = (name: string) => {
    order.push(name);
    if (order.length === 2) both.resolve();
    return both.promise;
  };
  const { answer } = send(
    {
      publish: () => arrive('publish'),
      saveDelivery: async () => {
        await arrive('save');
        return undefined;
      },
    },
    {},
  );

  await answer;

  expect(order.sort()).toEqual(['publish', 'save']);
});

test('under an Idempotency-Key nothing is published before the delivery is stored', async () => {
  const order: string[] = [];
  const { answer } = send(
    {
      publish: async () => void order.push('publish'),
      saveDelivery: async () => void order.push('save'),
    },
    { 'idempotency-key': 'k' },
  );
  await answer;
  expect(order).toEqual(['save', 'publish']);
});
