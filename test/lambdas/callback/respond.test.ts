import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openCallback } from '../../../core/callbacks/open-callback.ts';
import { urlsOf } from '../../../core/callbacks/urls.ts';
import { parseFields } from '../../../core/events/fields.ts';
import { respond } from '../../../lambdas/callback/respond.ts';
import { NOW } from '../../core/builders.ts';
import { openWorld, RUN, type World } from '../../core/callbacks/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const HTML = 'text/html,application/xhtml+xml';
let topics = 0;

/** A callback, and how its URL is asked. */
async function opened({
  topic = `topic ${++topics}`,
  waits = true,
  ...more
}: {
  topic?: string;
  waits?: boolean;
  approvers?: string[];
} = {}) {
  const token = `token ${topic}`;
  if (waits) world.waiting.add(token);
  const callback = await openCallback(world, RUN, { topic, ...more, ...(waits && { token }) }, NOW);
  const url = new URL(urlsOf(callback, 'https://m.example')[0]?.url ?? '');
  const ask = (method: string, with_: { status?: string; accept?: string; type?: string; body?: string } = {}) => {
    const search = `${url.search.slice(1)}${with_.status ? `&status=${with_.status}` : ''}`;
    const headers = { accept: with_.accept ?? '*/*', ...(with_.type && { 'content-type': with_.type }) };
    const body = Buffer.from(with_.body ?? '');
    const raw = { method, query: parseFields(search), headers, body, sourceIp: '192.0.2.1', receivedAt: NOW };
    return respond(world, { callbackId: callback.callbackId, search, raw });
  };
  const ends = () => world.ended.filter((one) => one.token === token).map(({ end }) => end);
  return { callback, ask, ends };
}

describe('the page', () => {
  test('asks with a button for each answer, or for the one of its link, and changes nothing', async () => {
    const { ask, ends } = await opened({ approvers: ['ada'] });

    const both = await ask('GET', { accept: HTML });
    const one = await ask('GET', { accept: HTML, status: 'failed' });

    expect(both.body?.match(/<button/g)).toHaveLength(2);
    expect(one.body?.match(/<button[^>]*status=failed[^>]*>Decline</g)).toHaveLength(1);
    expect(one.body?.match(/<button/g)).toHaveLength(1);
    expect(both.body).toMatch(/<dd>hello<\/dd>.*<dd>ada<\/dd>/s);
    expect(ends()).toEqual([]);
  });

  test('is loaded and framed by nothing, kept nowhere, and tells its URL to nobody', async () => {
    const { ask } = await opened();

    expect((await ask('GET')).headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
      ),
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    });
  });

  test('takes a topic and names for text, whatever they hold', async () => {
    const { ask } = await opened({ topic: `<script>alert("x")</script>`, approvers: [`"><img src=x onerror='y'>`] });

    const { body } = await ask('GET');

    expect(body).not.toMatch(/<script|<img/);
    expect(body).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
    expect(body).toContain('&quot;&gt;&lt;img src=x onerror=&#39;y&#39;&gt;');
  });

  test('brings to the run what was decided and got lost on the way', async () => {
    const { ask, ends } = await opened();
    world.outage.on = true;
    await expect(ask('POST', { status: 'succeeded' })).rejects.toThrow('Step Functions does not answer.');
    world.outage.on = false;

    const page = await ask('GET');

    expect(page.body).toContain('This was approved.');
    expect(ends()).toHaveLength(1);
  });
});

describe('an answer', () => {
  test.each([
    ['nothing', {}, { status: 'succeeded', at: NOW.toISOString() }],
    ['a JSON object', { type: 'application/json', body: '{"a":[1]}' }, { a: [1] }],
    ['a form', { type: 'application/x-www-form-urlencoded', body: 'comment=Go+on&other=' }, { comment: 'Go on' }],
  ])('comes with %s', async (_what, sent, output) => {
    const { ask, ends } = await opened();

    const { statusCode, body } = await ask('POST', { status: 'succeeded', ...sent });

    expect(statusCode).toBe(200);
    expect(JSON.parse(body ?? '')).toMatchObject({ state: 'succeeded', approvals: { needed: 1, given: 1 } });
    expect(ends().map((end) => 'output' in end && JSON.parse(end.output))).toEqual([output]);
  });

  test.each([
    ['POST', {}, 400],
    ['POST', { status: 'yes' }, 400],
    ['GET', { status: 'yes' }, 400],
    ['POST', { status: 'succeeded', type: 'application/json', body: '{"a":' }, 400],
    ['POST', { status: 'succeeded', type: 'application/json', body: '"a"' }, 422],
    ['POST', { status: 'succeeded', type: 'image/png', body: 'a' }, 415],
    ['DELETE', { status: 'succeeded' }, 405],
  ])('is none: %s %j gets %i', async (method, sent, status) => {
    const { ask, ends } = await opened();

    await expect(ask(method, sent)).rejects.toMatchObject({ status });
    expect(await ask(method, { ...sent, accept: HTML })).toMatchObject({
      statusCode: status,
      headers: { 'content-type': 'text/html; charset=utf-8' },
    });
    expect(ends()).toEqual([]);
  });

  test('of life keeps the step waiting', async () => {
    const { ask, ends, callback } = await opened();

    expect(await ask('POST', { status: 'heartbeat' })).toEqual({ statusCode: 204 });
    expect(world.beaten).toContain(`token ${callback.topic}`);
    expect(ends()).toEqual([]);
  });
});
