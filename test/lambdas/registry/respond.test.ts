import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { respond } from '../../../lambdas/registry/respond.ts';

const ANSWER = {
  Status: 'SUCCESS',
  PhysicalResourceId: 'default/hello',
  StackId: 's',
  RequestId: 'r',
  LogicalResourceId: 'l',
} as const;

/** Answers one request with `status`, and tells what it was. */
async function receive(status: number, send: (url: string) => Promise<void>) {
  let received: { method?: string | undefined; contentType: string | undefined; body: unknown } | undefined;
  const server = createServer(async (request, response) => {
    received = {
      method: request.method,
      contentType: request.headers['content-type'],
      body: JSON.parse((await buffer(request)).toString()),
    };
    response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await send(`http://127.0.0.1:${(server.address() as AddressInfo).port}/answer?signature=x`);
  } finally {
    server.close();
  }
  return received;
}

// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
test('CloudFormation is answered by PUT, without a content type, which the signed URL does not allow', async () => {
  const received = await receive(200, (url) => respond(url, ANSWER));
  expect(received).toEqual({ method: 'PUT', contentType: undefined, body: ANSWER });
});

test('an answer that was not taken fails, so that it is tried again', async () => {
  await expect(receive(403, (url) => respond(url, ANSWER))).rejects.toThrow('403');
});
