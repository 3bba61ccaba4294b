import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { receiveWebhook } from '../../../core/triggers/receive-webhook.ts';
import { openReceiver } from '../../../lambdas/ingest/receiver.ts';
import { FUNCTION_ENVIRONMENT, startStub } from '../../bench/stub.ts';
import { aRequest } from '../../core/builders.ts';

let stub: Awaited<ReturnType<typeof startStub>>;
beforeAll(async () => {
  stub = await startStub();
  Object.assign(process.env, FUNCTION_ENVIRONMENT, { AWS_ENDPOINT_URL: stub.url });
});
afterAll(() => stub.close());

test.each([
  ['without a key', {}],
  ['under an Idempotency-Key', { 'idempotency-key': 'k' }],
])('a request %s that is accepted costs one PutItem and one PutEvents, once its trigger is known', async (_, headers) => {
  const receiver = openReceiver(FUNCTION_ENVIRONMENT);
  const send = () =>
    receiveWebhook(
      receiver,
      'bench',
      aRequest({ headers: { authorization: `Bearer ${stub.token}`, ...headers }, receivedAt: new Date() }),
    );
  await send();
  stub.read();

  await send();

  expect(stub.read().calls).toEqual({ PutItem: 1, PutEvents: 1 });
});
