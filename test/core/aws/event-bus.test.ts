import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openBus } from '../../../core/aws/event-bus.ts';
import { Unpublishable } from '../../../core/events/unpublishable.ts';

let server: Server;
let answer: { status: number; body: object };
let publish: ReturnType<typeof openBus>;

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_ENDPOINT_URL_EVENTBRIDGE: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
  publish = openBus('bus');
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

const publishing = (status: number, body: object) => {
  answer = { status, body };
  return publish({ source: 'millrace.webhook', detailType: 'webhook.received', detail: '{}' });
};
const entry = (result: object) => publishing(200, { FailedEntryCount: 1, Entries: [result] });

describe('an event', () => {
  test('is on the bus when its entry has an id', async () => {
    await expect(entry({ EventId: '1' })).resolves.toBeUndefined();
  });

  // https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
  test.each(['MalformedDetail', 'InvalidArgument', 'NotAuthorizedForSourceException'])(
    'that is refused with %s is to blame',
    async (code) => {
      await expect(entry({ ErrorCode: code })).rejects.toEqual(new Unpublishable(`The event bus refused the event: ${code}.`));
    },
  );

  test('that makes the request too large is to blame', async () => {
    const refused = publishing(400, { __type: 'ValidationException', message: 'Total size of the entries is over the limit.' });
    await expect(refused).rejects.toBeInstanceOf(Unpublishable);
  });

  test.each([
    ['an entry that fails inside', () => entry({ ErrorCode: 'InternalFailure' })],
    ['an entry that comes at a busy time', () => entry({ ErrorCode: 'ThrottlingException' })],
    ['an answer without entries', () => publishing(200, {})],
    ['a right that is missing', () => publishing(400, { __type: 'AccessDeniedException', message: 'no' })],
  ])('is not to blame for %s', async (_, act) => {
    const failure = await act().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(Unpublishable);
  });
});
