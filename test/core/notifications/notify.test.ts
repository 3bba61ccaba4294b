import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Table } from '../../../core/aws/table.ts';
import { type Failure, type Notice, noticeOf, slackText } from '../../../core/notifications/notice.ts';
import { type Notifier, NotTold, notify } from '../../../core/notifications/notify.ts';
import { postWebhook } from '../../../core/notifications/post-webhook.ts';
import { changeRecipients, claimNotice, findRecipients, releaseNotice } from '../../../core/notifications/recipients.repository.ts';
import { isWebhookUrl, slackOwner } from '../../../core/notifications/recipients.ts';
import { NOW } from '../builders.ts';
import { aVault } from '../secrets/test-vault.ts';
import { openTestTable } from '../test-table.ts';

let table: Table;
let close: () => Promise<void>;
let told: [string, unknown][];
let failing: unknown;
let notifier: Notifier;
const vault = aVault();
beforeEach(async () => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  ({ table, close } = await openTestTable());
  told = [];
  failing = undefined;
  const tell = async (recipient: string, what: unknown) => {
    if (failing) throw failing;
    told.push([recipient, what]);
  };
  notifier = {
    publicUrl: 'https://api.example',
    findRecipients: (scope) => findRecipients(table, scope),
    vault,
    claim: (about, recipient, now) => claimNotice(table, about, recipient, now),
    release: (about, recipient) => releaseNotice(table, about, recipient),
    mail: tell,
    publish: tell,
    post: tell,
  };
});
afterEach(async () => {
  jest.restoreAllMocks();
  await close();
});

const failure = (with_: Partial<Failure> = {}, data: Partial<Failure['data']> = {}): Failure => ({
  id: 'e1',
  type: 'run.failed',
  workspace: 'default',
  time: '2026-03-01T12:00:00.000Z',
  data: { workflowId: 'hello', activityId: 'run-1', error: 'Boom', cause: 'It <broke> & "hurt".', ...data },
  ...with_,
});
const hello = { workspace: 'default', workflowId: 'hello' };
const everybody = { workspace: 'default' };
const whom = () => told.map(([recipient]) => recipient);

describe('a failed run', () => {
  test('is told to those of its workflow and of its workspace, once each, however often it is told to us', async () => {
    await changeRecipients(table, hello, {
      email: 'a@example.com',
      slack: await vault.seal(slackOwner(hello), 'https://hooks.example/1'),
    });
    await changeRecipients(table, everybody, { email: 'a@example.com', topicArn: 'arn:topic' });

    await notify(notifier, failure(), NOW);
    await notify(notifier, failure({ id: 'again' }), NOW);
    await notify(notifier, failure({}, { activityId: 'run-2', workflowId: 'other' }), NOW);

    expect(whom()).toEqual(['a@example.com', 'https://hooks.example/1', 'arn:topic', 'a@example.com', 'arn:topic']);
    const notice = told[0]?.[1] as Notice;
    expect(notice).toEqual({
      subject: 'Millrace: hello failed',
      text: [
        'A run of the workflow hello failed at 2026-03-01T12:00:00.000Z.',
        'Boom: It <broke> & "hurt".',
        'https://api.example/webhook/status/run-1',
        'npx millrace runs show run-1',
      ].join('\n'),
    });
    expect(told[1]?.[1]).toEqual({ text: expect.stringContaining('It &lt;broke&gt; &amp; "hurt".') });
  });

  test('is told to the others although a URL cannot be opened', async () => {
    await changeRecipients(table, hello, { slack: await vault.seal(slackOwner(everybody), 'https://hooks.example/1') });
    await changeRecipients(table, everybody, { email: 'a@example.com' });
    await expect(notify(notifier, failure(), NOW)).rejects.toThrow(AggregateError);
    expect(whom()).toEqual(['a@example.com']);
  });

  test('is told to nobody where nobody was named', async () => {
    await notify(notifier, failure(), NOW);
    expect(told).toEqual([]);
  });

  test('is told later to whom it certainly was not told', async () => {
    await changeRecipients(table, everybody, { email: 'a@example.com' });
    failing = new NotTold('refused');
    await expect(notify(notifier, failure(), NOW)).rejects.toThrow(AggregateError);
    failing = undefined;
    await notify(notifier, failure(), NOW);
    expect(whom()).toEqual(['a@example.com']);
  });

  test('is not told again where it is not known whether it was', async () => {
    await changeRecipients(table, everybody, { email: 'a@example.com' });
    failing = new Error('no answer');
    await notify(notifier, failure(), NOW);
    failing = undefined;
    await notify(notifier, failure(), NOW);
    expect(told).toEqual([]);
    expect(console.error).toHaveBeenCalledWith(expect.objectContaining({ about: 'run-1', kind: 'email', triedAgain: false }));
  });
});

test('a test is for its scope alone, and each is a new one', async () => {
  await changeRecipients(table, hello, { email: 'of-hello@example.com' });
  await changeRecipients(table, everybody, { email: 'of-all@example.com' });
  const aTest = (id: string, workflowId?: string) => failure({ id, type: 'notification.test', data: { workflowId } });

  await notify(notifier, aTest('t1', 'hello'), NOW);
  await notify(notifier, aTest('t2'), NOW);
  await notify(notifier, aTest('t2'), NOW);

  expect(whom()).toEqual(['of-hello@example.com', 'of-all@example.com']);
});

test('a notice has the beginning of a long cause, and a subject that SNS takes', () => {
  const { subject, text } = noticeOf(
    failure({ type: 'run.timed_out' }, { workflowId: `größe-${'x'.repeat(120)}`, cause: 'y'.repeat(9_000) }),
    '',
  );
  expect(subject).toMatch(/^Millrace: gr\?\?e-x+$/);
  expect(subject).toHaveLength(99);
  expect(text).toContain(`${'y'.repeat(300)}...`);
  expect(text).not.toContain('y'.repeat(301));
  expect(slackText('<a&b>')).toBe('&lt;a&amp;b&gt;');
});

test.each([
  ['https://hooks.slack.com/services/T/B/x', true],
  ['http://127.0.0.1:9/x', true],
  ['http://hooks.slack.com/x', false],
  ['ftp://127.0.0.1/x', false],
  ['hooks', false],
])('%s is a webhook’s URL: %s', (text, valid) => {
  expect(isWebhookUrl(text, true)).toBe(valid);
  expect(isWebhookUrl(text, false)).toBe(text.startsWith('https:'));
});

describe('a webhook', () => {
  let server: Server;
  let url: string;
  let answer: number;
  const received: string[] = [];
  beforeEach(async () => {
    answer = 200;
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      received.push(Buffer.concat(chunks).toString());
      if (answer === 0) return void request.socket.destroy();
      response.writeHead(answer).end('no_text');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/secret`;
  });
  afterEach(() => void server.close());

  test('gets the text as JSON', async () => {
    await postWebhook(url, { text: 'Hello.' });
    expect(received).toEqual(['{"text":"Hello."}']);
  });

  test.each([500, 503])('that answers %i may have been told', async (status) => {
    answer = status;
    const error = await postWebhook(url, {}).catch((thrown: unknown) => thrown);
    expect([error instanceof Error, error instanceof NotTold]).toEqual([true, false]);
  });

  test.each([400, 429, 302])('that answers %i was not told', async (status) => {
    answer = status;
    await expect(postWebhook(url, {})).rejects.toThrow(NotTold);
  });

  test('that is not there was not told; of one that hangs up it is not known. Neither error has the URL', async () => {
    answer = 0;
    const unknown = await postWebhook(url, {}).catch((error: unknown) => error);
    await new Promise((resolve) => server.close(resolve));
    const absent = await postWebhook(url, {}).catch((error: unknown) => error);

    expect([unknown instanceof NotTold, absent instanceof NotTold]).toEqual([false, true]);
    expect(`${unknown} ${absent}`).not.toContain('secret');
  });
});
