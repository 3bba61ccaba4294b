import { spawn } from 'node:child_process';
import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { sign } from '@octokit/webhooks-methods';
import Stripe from 'stripe';
import { type Call, isOver, runCommand, send, until } from './client.ts';
import { openStack, type Stack } from './stack.ts';

jest.setTimeout(60_000);

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
}, 120_000);
afterAll(() => stack.close());

const api = (path: string, call: Call = {}) => send(`${stack.baseUrl}/v1${path}`, { token: stack.token, ...call });

interface Subscription {
  readonly id: string;
  readonly url: string;
  readonly status: string;
  readonly generated?: Readonly<Record<string, string>>;
}

async function subscribe(integration: string, name: string, more: Record<string, unknown> = {}): Promise<Subscription> {
  const { status, json, text } = await api('/subscriptions', { json: { integration, name, ...more } });
  expect({ status, text }).toMatchObject({ status: 201 });
  return json;
}

async function addTrigger(trigger: Record<string, unknown>): Promise<void> {
  const { status, text } = await api('/triggers', { json: trigger });
  expect({ status, text }).toMatchObject({ status: 201 });
}

const deliveriesOf = async (subscription: string) => (await api(`/deliveries?subscription=${subscription}&limit=100`)).json.items;
const runsOf = async (eventId: string) => (await api(`/events/${eventId}/runs`)).json.items;
const ended = async (activityId: string) => until(async () => (await api(`/runs/${activityId}`)).json, isOver);

// biome-ignore lint/suspicious/noExplicitAny: payloads of a package without types for each
const examples: { name: string; examples: any[] }[] = createRequire(import.meta.url)('@octokit/webhooks-examples');
const pullRequestOpened = examples.find(({ name }) => name === 'pull_request')?.examples.find(({ action }) => action === 'opened');

describe('GitHub', () => {
  test('a pull request, delivered three times, starts two workflows of three once each', async () => {
    const { id, url, generated } = await subscribe('github', 'e2e-github');
    await addTrigger({ id: 'e2e-opened', workflowId: 'e2e-echo', subscription: 'e2e-github', types: ['pull_request.opened'] });
    await addTrigger({
      id: 'e2e-elsewhere',
      workflowId: 'e2e-slow',
      subscription: id,
      types: ['pull_request.*'],
      filter: { repository: { full_name: [{ 'anything-but': pullRequestOpened.repository.full_name }] } },
    });
    const body = JSON.stringify(pullRequestOpened);
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'pull_request',
      'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      'x-hub-signature-256': await sign(generated?.secret ?? '', body),
    };
    const deliver = () => send(url, { method: 'POST', headers, body });

    const answers = [await deliver(), await deliver(), await deliver()];

    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(answers.map(({ json }) => json.duplicate)).toEqual([undefined, true, true]);
    const { eventId } = answers[0]?.json ?? {};
    const runs = [await ended(`${eventId}-e2e-declared`), await ended(`${eventId}-e2e-opened`)];
    expect(runs.map(({ status, trigger }) => [status, trigger])).toEqual([
      ['SUCCEEDED', 'event'],
      ['SUCCEEDED', 'event'],
    ]);
    const { workflow, event } = runs[1].output;
    expect(workflow.input).toEqual({ eventData: pullRequestOpened });
    expect(event).toMatchObject({
      id: eventId,
      type: 'pull_request.opened',
      source: '/workspaces/default/subscriptions/e2e-github',
    });
    expect((await runsOf(eventId)).map(({ workflowId }: { workflowId: string }) => workflowId).sort()).toEqual([
      'e2e-echo',
      'e2e-pull-requests',
    ]);
    const outcomes = (await deliveriesOf('e2e-github')).map(({ outcome }: { outcome: string }) => outcome);
    expect(outcomes).toEqual(['duplicate', 'duplicate', 'accepted']);
    const tested = await api('/triggers/test', { json: { deliveryId: eventId } });
    expect(tested.json.items.find(({ triggerId }: { triggerId: string }) => triggerId === 'e2e-elsewhere')).toMatchObject({
      matches: false,
      why: { path: 'data.repository.full_name' },
    });
  });

  test('a wrong signature, an unknown type and a paused subscription are told by their reason in the request log', async () => {
    const { id, url, generated } = await subscribe('github', 'e2e-log');
    const deliver = async (type: string, secret: string) => {
      const body = JSON.stringify({ zen: 'Keep it logically awesome.' });
      const signature = await sign(secret, body);
      return send(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-github-event': type, 'x-hub-signature-256': signature },
        body,
      });
    };
    const secret = generated?.secret ?? '';

    const rejected = await deliver('push', 'wrong');
    const handshake = await deliver('ping', secret);
    const unknown = await deliver('made_up_event', secret);
    await api(`/subscriptions/${id}`, { method: 'PUT', json: { paused: true } });
    // Ingest may go by what it knew for 30 s.
    const paused = await until(
      () => deliver('push', secret),
      ({ json }) => json?.eventId === undefined,
      40_000,
    );

    expect(rejected.status).toBe(401);
    expect(rejected.headers.get('content-type')).toMatch(/problem\+json/);
    for (const { status } of [handshake, unknown, paused]) expect(Math.floor(status / 100)).toBe(2);
    const log = (await deliveriesOf('e2e-log')).filter(({ outcome }: { outcome: string }) => outcome !== 'accepted').reverse();
    expect(log.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['rejected', 'handshake', 'ignored', 'ignored']);
    expect(log.map(({ reason }: { reason?: string }) => reason)).toEqual([
      expect.stringMatching(/signature/),
      expect.anything(),
      expect.stringMatching(/made_up_event/),
      expect.stringMatching(/paused/),
    ]);
  });
});

describe('Lark', () => {
  const encryptKey = 'e2e-encrypt-key';
  const encrypted = (value: unknown) => {
    const iv = randomBytes(16);
    const cipher = createCipheriv('aes-256-cbc', createHash('sha256').update(encryptKey).digest(), iv);
    const encrypt = Buffer.concat([iv, cipher.update(JSON.stringify(value)), cipher.final()]).toString('base64');
    return JSON.stringify({ encrypt });
  };

  test('an encrypted body is read, its challenge is answered and starts nothing', async () => {
    const { url } = await subscribe('lark', 'e2e-lark', { secrets: { encryptKey, verificationToken: 'e2e-token' } });
    await addTrigger({ id: 'e2e-lark', workflowId: 'e2e-echo', subscription: 'e2e-lark', types: ['im.*'] });
    const deliver = (value: unknown) => {
      const body = encrypted(value);
      const [timestamp, nonce] = [String(Math.floor(Date.now() / 1000)), 'nonce'];
      const signature = createHash('sha256').update(`${timestamp}${nonce}${encryptKey}${body}`).digest('hex');
      return send(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-lark-request-timestamp': timestamp,
          'x-lark-request-nonce': nonce,
          'x-lark-signature': signature,
        },
        body,
      });
    };

    const challenged = await send(url, {
      headers: { 'content-type': 'application/json' },
      body: encrypted({ challenge: 'ajls384kdjx98XX', token: 'e2e-token', type: 'url_verification' }),
    });
    const event = { message: { message_id: 'om_5ce6d572455d361153b7cb51da133945', content: '{"text":"hi"}' } };
    const { status, json } = await deliver({
      schema: '2.0',
      header: {
        event_id: '5e3702a84e847582be8db7fb73283c02',
        event_type: 'im.message.receive_v1',
        create_time: '1608725989000',
        token: 'e2e-token',
        app_id: 'cli_9f5343c580712544',
        tenant_key: '2ca1d211f64f6438',
      },
      event,
    });

    expect(challenged.status).toBe(200);
    expect(challenged.json).toEqual({ challenge: 'ajls384kdjx98XX' });
    expect(status).toBe(200);
    const [accepted, handshake] = await deliveriesOf('e2e-lark');
    expect(handshake).toMatchObject({ outcome: 'handshake' });
    expect(handshake.eventId).toBeUndefined();
    expect(accepted).toMatchObject({ outcome: 'accepted', type: 'im.message.receive_v1' });
    expect(json?.eventId ?? accepted.eventId).toBe(accepted.eventId);
    const run = await ended(`${accepted.eventId}-e2e-lark`);
    expect(run.output.workflow.input.eventData.event).toEqual(event);
  });
});

describe('Slack', () => {
  const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5';

  test("its challenge is answered before the secret is known, and its retry is the first one's event", async () => {
    const { id, url, status } = await subscribe('slack', 'e2e-slack');
    expect(status).toBe('pending');
    await addTrigger({ id: 'e2e-slack', workflowId: 'e2e-echo', subscription: 'e2e-slack', types: ['app_mention'] });
    const deliver = (value: unknown, retry: Record<string, string> = {}) => {
      const body = JSON.stringify(value);
      const timestamp = String(Math.floor(Date.now() / 1000));
      const signature = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
      return send(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-slack-request-timestamp': timestamp,
          'x-slack-signature': `v0=${signature}`,
          ...retry,
        },
        body,
      });
    };
    const mention = {
      type: 'event_callback',
      team_id: 'T123ABC456',
      event_id: 'Ev123ABC456',
      event_time: 1234567890,
      event: { type: 'app_mention', user: 'U123ABC456', text: 'hello', channel: 'C123ABC456', ts: '1515449522.000016' },
    };

    const challenged = await deliver({
      token: 'x',
      challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
      type: 'url_verification',
    });
    const tooEarly = await deliver(mention);
    await api(`/subscriptions/${id}/secrets`, { json: { name: 'signingSecret', value: signingSecret } });
    const first = await until(
      () => deliver(mention),
      (answer) => answer.status === 200,
      40_000,
    );
    const again = await deliver(mention, { 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' });

    expect(challenged.status).toBe(200);
    expect(challenged.text).toContain('3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P');
    expect(tooEarly.status).toBe(401);
    expect([first.status, again.status]).toEqual([200, 200]);
    const log: { outcome: string; eventId?: string }[] = await deliveriesOf('e2e-slack');
    expect(log.filter(({ outcome }) => outcome !== 'rejected').map(({ outcome }) => outcome)).toEqual([
      'duplicate',
      'accepted',
      'handshake',
    ]);
    const eventId = log.find(({ outcome }) => outcome === 'accepted')?.eventId ?? '';
    await ended(`${eventId}-e2e-slack`);
    expect(await runsOf(eventId)).toHaveLength(1);
  });
});

describe('Stripe', () => {
  test('with the old and the new secret both signing during a rotation, each is taken; after it the old one is not', async () => {
    const [before, after] = ['whsec_e2e_before', 'whsec_e2e_after'];
    const { id, url } = await subscribe('stripe', 'e2e-stripe', { secrets: { signingSecret: before } });
    const payloadOf = (event: string) =>
      JSON.stringify({
        id: event,
        object: 'event',
        type: 'invoice.paid',
        created: 1_700_000_000,
        data: { object: { id: 'in_1' } },
      });
    const signed = (payload: string, secret: string) => Stripe.webhooks.generateTestHeaderString({ payload, secret });
    const deliver = (payload: string, signature: string) =>
      send(url, { method: 'POST', headers: { 'content-type': 'application/json', 'stripe-signature': signature }, body: payload });

    const old = payloadOf('evt_1');
    expect((await deliver(old, signed(old, before))).status).toBe(200);
    await api(`/subscriptions/${id}/secrets`, { json: { name: 'signingSecret', value: after, overlapSeconds: 45 } });

    const both = payloadOf('evt_2');
    const [, first = ''] = signed(both, before).split(',');
    expect((await deliver(both, `${signed(both, after)},${first}`)).status).toBe(200);
    const onlyOld = payloadOf('evt_3');
    expect((await deliver(onlyOld, signed(onlyOld, before))).status).toBe(200);
    const onlyNew = payloadOf('evt_4');
    await until(
      () => deliver(onlyNew, signed(onlyNew, after)),
      ({ status }) => status === 200,
      40_000,
    );
    const shown = (await api(`/subscriptions/${id}`)).json;
    expect(shown.secrets[0].versions).toHaveLength(2);
    for (const secret of [before, after]) expect(JSON.stringify(shown)).not.toContain(secret);
  });
});

describe('a webhook trigger with a declared verification', () => {
  test('believes its signature, knows a repeat by its own key, and answers as declared', async () => {
    const secret = (await api('/triggers/e2e-signed/secret', { json: {} })).json.generated;
    const deliver = (order: unknown, key: string) => {
      const body = JSON.stringify({ order });
      const timestamp = String(Math.floor(Date.now() / 1000));
      const signature = createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex');
      const headers = { 'content-type': 'application/json', 'x-timestamp': timestamp, 'x-signature': `sha256=${signature}` };
      return send(`${stack.baseUrl}/webhook/e2e-signed`, { method: 'POST', headers, body });
    };

    const answers = [await deliver({ id: 'o-1' }, secret), await deliver({ id: 'o-1', again: true }, secret)];
    const forged = await deliver({ id: 'o-2' }, 'another');

    expect(answers.map(({ status, text, headers }) => [status, text, headers.get('content-type')])).toEqual([
      [200, 'ok', 'text/plain'],
      [200, 'ok', 'text/plain'],
    ]);
    expect(forged.status).toBe(401);
    const { items } = (await api('/deliveries?triggerId=e2e-signed')).json;
    expect(items.map(({ outcome, answered }: { outcome: string; answered: number }) => [outcome, answered])).toEqual([
      ['rejected', 401],
      ['duplicate', 200],
      ['accepted', 200],
    ]);
    const run = await ended(items.at(-1).activityId);
    expect(run.output.workflow.input.body).toEqual({ order: { id: 'o-1' } });
    expect(run.output.workflow.input.headers).not.toHaveProperty('x-signature');
  });

  test('takes nothing from an address that is not allowed', async () => {
    const { status } = await send(`${stack.baseUrl}/webhook/e2e-elsewhere-only`, { token: stack.token, json: {} });

    expect(status).toBe(403);
    expect((await api('/deliveries?triggerId=e2e-elsewhere-only')).json.items).toMatchObject([{ outcome: 'rejected' }]);
  });
});

describe('by commands', () => {
  const millrace = async (command: string) => {
    const { status, stdout, stderr } = await runCommand(stack, command.split(' '));
    return { status, told: stdout + stderr };
  };
  const toldBy = async (command: string) => (await millrace(command)).told;

  test('a subscription is made, pinged, fed, replayed, rotated and deleted', async () => {
    const made = JSON.parse(await toldBy('subscriptions create github e2e-acme --json'));
    const ping = async (secret: string) => {
      const body = '{"zen":"Anything added dilutes everything else."}';
      const headers = {
        'content-type': 'application/json',
        'x-github-event': 'ping',
        'x-hub-signature-256': await sign(secret, body),
      };
      return (await send(made.url, { method: 'POST', headers, body })).status;
    };
    expect(await ping(made.generated.secret)).toBe(200);

    expect(
      (await millrace('triggers create e2e-echo --subscription e2e-acme --type pull_request.* --id e2e-by-command')).status,
    ).toBe(0);
    expect(await toldBy('send e2e-acme --sample pull_request.opened')).toMatch(/answer: +202 /);
    const [{ id }] = JSON.parse(await toldBy('deliveries list --subscription e2e-acme --json')).items;
    await ended(`${id}-e2e-by-command`);
    expect(await toldBy(`triggers test --delivery ${id}`)).toMatch(/e2e-by-command +e2e-echo +yes +yes/);
    expect(await toldBy(`deliveries replay ${id} --name again`)).toMatch(new RegExp(`${id}-e2e-by-command-r[0-9a-f]{7}`));
    expect(await toldBy(`deliveries show ${id}`)).toMatch(/RUN.*e2e-by-command/s);

    const rotated = JSON.parse(await toldBy('subscriptions rotate-secret e2e-acme --overlap 1h --json'));
    expect(await ping(made.generated.secret)).toBe(200);
    await until(
      () => ping(rotated.generated.secret),
      (status) => status === 200,
    );

    expect(await millrace('subscriptions delete e2e-acme')).toMatchObject({
      status: 1,
      told: expect.stringContaining('e2e-by-command'),
    });
    expect((await millrace('subscriptions delete e2e-acme --force')).status).toBe(0);
    const gone = await Promise.all([api('/triggers/e2e-by-command'), api('/subscriptions/e2e-acme')]);
    expect(gone.map(({ status }) => status)).toEqual([404, 404]);
  });

  test('listening runs an inactive workflow once for a delivery, and stops by itself', async () => {
    await millrace('subscriptions create github e2e-listened');
    await millrace('triggers create e2e-asleep --subscription e2e-listened --type push --id e2e-dozing');
    const listening = spawn(
      process.execPath,
      ['bin/millrace.ts', 'listen', 'e2e-listened', '--trigger', 'e2e-dozing', '--count', '1'],
      {
        env: { ...process.env, NODE_OPTIONS: '', MILLRACE_URL: stack.baseUrl, MILLRACE_TOKEN: stack.token },
      },
    );
    let told = '';
    for (const stream of [listening.stdout, listening.stderr]) stream.on('data', (chunk) => (told += chunk));
    const over = once(listening, 'exit');
    await until(
      async () => told,
      (text) => text.includes('Listening at'),
    );

    await millrace('send e2e-listened --sample push');

    expect(await over).toEqual([0, null]);
    const [, activityId] = /ran e2e-dozing: (\S+)/.exec(told) ?? [];
    expect(told).toMatch(/matches e2e-dozing.*as many as you asked for/s);
    expect(await ended(activityId ?? '')).toMatchObject({ status: 'SUCCEEDED', workflowId: 'e2e-asleep' });
  });
});
