import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Answer, type Call, isOver, send, until } from './client.ts';
import { openStack, type Stack } from './stack.ts';

jest.setTimeout(60_000);

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.close());

const own = (path: string, call: Call = {}) => send(`${stack.baseUrl}${path}`, { token: stack.token, ...call });

interface Listed {
  readonly callbackId: string;
  readonly topic: string;
  readonly awaited: boolean;
  readonly state: string;
  readonly urls?: readonly {
    readonly approver?: string;
    readonly url: string;
    readonly succeedUrl: string;
    readonly failUrl: string;
  }[];
}

interface Step {
  readonly taskName: string;
  readonly flowTaskStatus: string;
}

/** A run that has opened its question and waits at its gate; once that is open it waits so many seconds for an answer. */
async function ask(question: object, seconds = 120) {
  const { json } = await own('/webhook/e2e-asks', { json: { question: { topic: 'question', ...question }, seconds } });
  const { activityId } = json;
  const callbacks = async (): Promise<Listed[]> => (await own(`/v1/callbacks?activityId=${activityId}`)).json.items ?? [];
  const awaited = (topic: string) =>
    until(callbacks, (all) => all.some((one) => one.topic === topic && one.awaited)).then((all) => {
      const found = all.find((one) => one.topic === topic);
      if (!found?.urls?.[0]) throw new Error(`${topic} has no URLs.`);
      return { ...found, urls: found.urls, first: found.urls[0] };
    });
  // First: the list shows URLs only while they are of use.
  const found = (await until(callbacks, (all) => all.some(({ topic }) => topic === 'question'))).find(
    ({ topic }) => topic === 'question',
  );
  const gate = await awaited('gate');
  return {
    activityId,
    question: { ...found, urls: found?.urls ?? [] },
    /** The question's URL, once the run waits for its answer. */
    openGate: async () => {
      const { status } = await send(gate.first.succeedUrl, { method: 'POST' });
      expect(status).toBe(200);
    },
    awaited: () => awaited('question'),
    ended: () =>
      until(
        () => own(`/v1/runs/${activityId}`),
        ({ json: run }) => !['QUEUED', 'RUNNING'].includes(run?.status),
      ).then(({ json: run }) => run),
  };
}

const browser = { headers: { accept: 'text/html,application/xhtml+xml' } };
const post = (url: string | undefined, call: Call = {}) => send(url ?? '', { method: 'POST', ...call });

describe('an answer', () => {
  test('by a page with a button ends the step; looking at the page does not, and a second answer changes nothing', async () => {
    const run = await ask({});
    await run.openGate();
    const { first } = await run.awaited();

    const page = await send(first.url, browser);
    await send(first.succeedUrl, browser);
    const action = /formaction="([^"]+status=succeeded)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect((await own(`/webhook/status/${run.activityId}`)).json.status).toBe('waiting');

    const form = { method: 'POST', body: new URLSearchParams({ comment: 'Why not?' }) };
    const pressed = await send(new URL(action, first.url).href, { ...browser, ...form });
    const again = await send(new URL(action, first.url).href, { ...browser, ...form });
    const no = await post(first.failUrl);

    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'/);
    expect(page.text).toMatch(/question.*e2e-asks.*>Approve<.*>Decline</s);
    expect(pressed).toMatchObject({ status: 200, text: expect.stringContaining('This was approved.') });
    expect(again).toMatchObject({ status: 409, text: expect.stringContaining('This is decided') });
    expect(no).toMatchObject({ status: 409, json: { type: 'urn:millrace:problem:conflict' } });
    expect(await run.ended()).toMatchObject({ status: 'SUCCEEDED', output: { comment: 'Why not?' } });
  });

  test('that comes before the wait begins is kept and counts', async () => {
    const run = await ask({ approvers: ['ada'] });

    const early = await post(run.question.urls[0]?.succeedUrl, { json: { size: 'L', by: 'somebody else' } });
    await run.openGate();

    expect(early).toMatchObject({ status: 200, json: { state: 'succeeded', approvals: { needed: 1, given: 1 } } });
    expect(await run.ended()).toMatchObject({ status: 'SUCCEEDED', output: { size: 'L', by: 'ada' } });
  });

  test('of no fails the step with what came with it', async () => {
    const run = await ask({});
    await run.openGate();
    const { first } = await run.awaited();

    const kept = await post(`${first.url}&status=heartbeat`);
    const declined = await post(first.failUrl, { json: { reason: 'Too much.' } });

    expect(kept.status).toBe(204);
    expect(declined.status).toBe(200);
    expect(await run.ended()).toMatchObject({
      status: 'FAILED',
      error: 'Millrace.CallbackFailed',
      cause: '{"reason":"Too much."}',
    });
  });
});

test('two approvals are of two people', async () => {
  const run = await ask({ approvals: 2, approvers: ['ada', 'grace', 'joan'] });
  await run.openGate();
  const { urls } = await run.awaited();
  const urlOf = (name: string) => urls.find(({ approver }) => approver === name)?.succeedUrl;

  const first = await post(urlOf('ada'), { json: { n: 1 } });
  const twice = await post(urlOf('ada'));
  const posing = await post(urlOf('ada')?.replace('by=ada', 'by=grace'));
  const second = await post(urlOf('grace'));
  const late = await post(urlOf('joan'));

  expect([first, twice, posing, second, late].map(({ status }) => status)).toEqual([200, 409, 404, 200, 409]);
  expect(first.json).toMatchObject({ state: 'open', approvals: { needed: 2, given: 1 } });
  const { status, output } = await run.ended();
  expect(status).toBe('SUCCEEDED');
  expect(output.approvals).toEqual([
    { by: 'ada', at: expect.any(String), payload: { n: 1 } },
    { by: 'grace', at: expect.any(String), payload: {} },
  ]);
});

test('an expired callback takes no answer, and a step does not wait for one', async () => {
  const run = await ask({ expires: '5s' });
  const { url = '', succeedUrl = '' } = run.question.urls[0] ?? {};

  const page = await until(
    () => send(url, browser),
    ({ status }) => status === 410,
  );
  const late = await post(succeedUrl);
  await run.openGate();

  expect(page.text).toContain('This has expired');
  expect(late).toMatchObject({ status: 410, json: { type: 'urn:millrace:problem:gone' } });
  expect((await own(`/v1/callbacks/${run.question.callbackId}`)).json).toMatchObject({ state: 'expired', awaited: false });
  expect(await run.ended()).toMatchObject({ status: 'FAILED', error: 'Millrace.CallbackExpired' });
});

test("what is not one of the run's URLs, or no answer, is refused", async () => {
  const [run, other] = await Promise.all([ask({}), ask({})]);
  const url = run.question.urls[0]?.url ?? '';
  const foreign = url.replace(run.question.callbackId ?? '', other.question.callbackId ?? '');

  const answers = await Promise.all([
    post(`${foreign}&status=succeeded`),
    post(`${stack.baseUrl}/callback/unknown?status=succeeded`),
    post(url),
    post(`${url}&status=maybe`),
    post(`${url}&status=succeeded`, { json: ['a list'] }),
    post(`${url}&status=succeeded`, { body: 'text', headers: { 'content-type': 'text/plain' } }),
    send(url, { method: 'PUT' }),
    post(`${url}&status=heartbeat`),
    own('/v1/callbacks?activityId=unknown'),
  ]);

  expect(answers.map(({ status }) => status)).toEqual([404, 404, 400, 400, 422, 415, 405, 409, 404]);
  for (const { headers } of answers) expect(headers.get('content-type')).toBe('application/problem+json');
  expect((await own(`/v1/callbacks/${run.question.callbackId}`)).json.state).toBe('open');
});

test('a run that was cancelled takes no answer', async () => {
  const run = await ask({});
  await run.openGate();
  const { first } = await run.awaited();
  await own(`/v1/runs/${run.activityId}`, { method: 'DELETE' });

  expect(await post(first.succeedUrl)).toMatchObject({ status: 409, json: { detail: expect.stringContaining('no longer waits') } });
});

test('a run that has waited long enough takes no answer', async () => {
  const run = await ask({}, 1);
  await run.openGate();

  expect(await run.ended()).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  expect(await post(run.question.urls[0]?.succeedUrl)).toMatchObject({
    status: 409,
    json: { detail: expect.stringContaining('no longer waits') },
  });
});

test('a callback that nobody answers is waited for until the heartbeat or the time-out, and answered late it changes nothing', async () => {
  const { activityId } = (await own('/webhook/e2e-unanswered', { json: {} })).json;

  const { json: ended } = await until(
    () => own(`/v1/runs/${activityId}`),
    ({ json }) => isOver(json),
  );
  const asked: Listed[] = (await own(`/v1/callbacks?activityId=${activityId}`)).json.items;
  const late = await Promise.all(asked.map(({ urls }) => post(urls?.[0]?.succeedUrl, { json: { comment: 'Sorry!' } })));
  const { json: after } = await own(`/v1/runs/${activityId}`);

  expect(ended).toMatchObject({ status: 'SUCCEEDED', output: { answered: false } });
  expect(ended.steps.map(({ taskName, flowTaskStatus }: Step) => `${taskName} ${flowTaskStatus}`)).toEqual([
    'Beating timedout',
    'Patient timedout',
    'GaveUp completed',
  ]);
  expect(asked.map(({ topic }) => topic)).toEqual(['patient', 'beating']);
  for (const { status, json } of late) {
    expect([status, json.detail]).toEqual([409, expect.stringContaining('no longer waits')]);
  }
  expect(after).toEqual(ended);
});

test('who may read a run is not given the key to its callbacks; who may manage finds them in their list', async () => {
  const run = await ask({});
  const { json: token } = await own('/v1/tokens', { json: { name: 'reader', scopes: ['runs:read'] } });
  const url = run.question.urls[0]?.url ?? '';
  const signature = new URL(url).searchParams.get('signature') ?? '';

  const isTold = ({ json }: Answer) => json?.steps?.[0]?.outputs !== undefined;
  const [status, shown] = await Promise.all([
    until(() => send(`${stack.baseUrl}/webhook/status/${run.activityId}`, { token: token.token }), isTold),
    until(() => own(`/v1/runs/${run.activityId}`), isTold),
  ]);
  const urlIn = ({ json }: Answer) => json.steps[0].outputs.Payload.urls[0].url;

  expect(signature).toHaveLength(43);
  for (const answer of [status, shown]) {
    expect(urlIn(answer)).toBe(url.replace(signature, '***'));
    expect(answer.text).not.toContain(signature);
    expect((await post(`${urlIn(answer)}&status=succeeded`)).status).toBe(404);
  }
});
