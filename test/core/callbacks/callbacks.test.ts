import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Asked, answerCallback, beat, findAsked } from '../../../core/callbacks/answer-callback.ts';
import { listCallbacks } from '../../../core/callbacks/callback.repository.ts';
import type { Callback } from '../../../core/callbacks/callback.ts';
import { readCallbackRequest } from '../../../core/callbacks/callback-request.ts';
import { openCallback } from '../../../core/callbacks/open-callback.ts';
import { urlsOf } from '../../../core/callbacks/urls.ts';
import { NOW } from '../builders.ts';
import { openWorld, RUN, type World } from './world.ts';

const seconds = (count: number) => new Date(NOW.getTime() + count * 1000);

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.waiting.clear();
  world.ended.length = 0;
  world.beaten.length = 0;
  world.outage.on = false;
});

let topics = 0;
const newTopic = () => `topic ${++topics}`;

const open = (request: object, now = NOW) => openCallback(world, RUN, readCallbackRequest(request), now);
/** A step begins to wait. */
const wait = (topic: string, token: string, now = NOW) => {
  world.waiting.add(token);
  return open({ topic, token }, now);
};
const parametersIn = (url: string) => {
  const { searchParams: query } = new URL(url);
  const by = query.get('by');
  return { expires: query.get('expires') ?? '', signature: query.get('signature') ?? '', ...(by !== null && { by }) };
};
const asked = (callback: Callback, place = 0): Promise<Asked> =>
  findAsked(world, callback.callbackId, parametersIn(urlsOf(callback, 'https://m.example')[place]?.url ?? ''));
const answer = async (
  callback: Callback,
  {
    place = 0,
    status = 'succeeded',
    payload = {},
    now = seconds(60),
  }: {
    place?: number;
    status?: 'succeeded' | 'failed';
    payload?: object;
    now?: Date;
  } = {},
) => answerCallback(world, await asked(callback, place), { status, payload, now });

const outputs = () =>
  world.ended.map(({ end }) => ('output' in end ? JSON.parse(end.output) : { ...end, cause: JSON.parse(end.cause) }));
const problem = (status: number, message: RegExp) => expect.objectContaining({ status, message: expect.stringMatching(message) });

describe('what a step sends', () => {
  test.each([
    [{}, 'topic: is missing'],
    [{ topic: '' }, 'topic: a topic is 1 to 100 characters on one line'],
    [{ topic: 'a\nb' }, 'topic: a topic is 1 to 100 characters on one line'],
    [{ topic: 't', approvals: 0, approvers: ['a'] }, 'approvals: approvals are a whole number from 1 to 20'],
    [{ topic: 't', approvals: 21, approvers: ['a'] }, 'approvals: approvals are a whole number from 1 to 20'],
    [{ topic: 't', approvals: 2 }, 'approvers: several approvals need as many approvers by name'],
    [{ topic: 't', approvals: 2, approvers: ['a'] }, 'approvers: several approvals need as many approvers by name'],
    [{ topic: 't', approvers: ['a', 'a'] }, 'approvers: approvers are named once each'],
    [{ topic: 't', approvers: [] }, 'approvers: approvers are 1 to 50 names'],
    [{ topic: 't', expires: 'soon' }, 'expires: a duration is written as 90s, 15m, 12h or 30d'],
    [{ topic: 't', expires: '91d' }, 'expires: a callback is open for 90 days at most'],
    [{ topic: 't', secret: 'hunter2' }, 'secret: is not known here'],
    ['hunter2', 'it: must be object'],
  ])('is refused by what is wrong with it, without its values: %j', (request, message) => {
    expect(() => readCallbackRequest(request)).toThrow(
      expect.objectContaining({ name: 'InvalidInput', message: expect.stringContaining(message) }),
    );
    expect(() => readCallbackRequest(request)).not.toThrow(/hunter2/);
  });
});

describe('opening', () => {
  test('the same topic again gives the same callback, as it was opened', async () => {
    const topic = newTopic();
    const first = await open({ topic, approvals: 2, approvers: ['ada', 'grace'], expires: '3d' });
    const again = await open({ topic, approvals: 2, approvers: ['ada', 'grace'], expires: '3d' }, seconds(5));
    const bare = await open({ topic }, seconds(9));

    expect(again).toEqual(first);
    expect(bare).toEqual(first);
    expect(first).toMatchObject({ approvals: 2, approvers: ['ada', 'grace'], expiresAt: seconds(3 * 86_400).toISOString() });
    expect(first.callbackId).toMatch(/^[a-z2-7]{26}$/);
  });

  test('another topic, and the topic of another run, are others', async () => {
    const topic = newTopic();
    const one = await open({ topic });
    const other = await open({ topic: `${topic}x` });
    const elsewhere = await openCallback(world, { ...RUN, activityId: `${RUN.activityId}2` }, { topic }, NOW);

    expect(new Set([one, other, elsewhere].map(({ callbackId }) => callbackId)).size).toBe(3);
    expect(new Set([one, other, elsewhere].map(({ key }) => key)).size).toBe(3);
  });

  test.each([
    [{ approvals: 1, approvers: ['ada', 'grace'] }, 'approvals'],
    [{ approvers: ['ada', 'mallory'] }, 'approvers'],
    [{ expires: '90d' }, 'expires'],
  ])('the same topic with other conditions is refused: %j', async (changed, named) => {
    const topic = newTopic();
    await open({ topic, approvals: 2, approvers: ['ada', 'grace'] });

    await expect(open({ topic, ...changed })).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining(named),
    });
  });

  test('it is open for 7 days unless it says otherwise', async () => {
    expect((await open({ topic: newTopic() })).expiresAt).toBe(seconds(7 * 86_400).toISOString());
  });

  test('a run lists what it has asked', async () => {
    const activityId = `${RUN.activityId}3`;
    const { callbackId } = await openCallback(world, { ...RUN, activityId }, { topic: 'listed' }, NOW);

    const { items } = await listCallbacks(world.table, activityId, { limit: 10 });

    expect(items.map((item) => item.callbackId)).toEqual([callbackId]);
  });
});

describe('URLs', () => {
  test('are one for each approver, with one more for each answer', async () => {
    const callback = await open({ topic: newTopic(), approvers: ['ada', 'grace & co'] });

    const urls = urlsOf(callback, 'https://m.example');

    expect(urls.map(({ approver }) => approver)).toEqual(['ada', 'grace & co']);
    for (const { url, succeedUrl, failUrl } of urls) {
      expect(url.startsWith(`https://m.example/callback/${callback.callbackId}?expires=`)).toBe(true);
      expect([succeedUrl, failUrl]).toEqual([`${url}&status=succeeded`, `${url}&status=failed`]);
      expect(url).not.toContain(callback.key);
    }
    expect(await asked(callback, 1)).toMatchObject({ by: 'grace & co', place: '1' });
  });

  test('that are not ours and ids that are not known get the same 404', async () => {
    const callback = await open({ topic: newTopic(), approvers: ['ada', 'grace'] });
    const other = await open({ topic: newTopic(), approvers: ['ada', 'grace'] });
    const parameters = parametersIn(urlsOf(callback, 'https://m.example')[0]?.url ?? '');
    const wrong = [
      [callback.callbackId, { ...parameters, by: 'grace' }],
      [callback.callbackId, { ...parameters, by: undefined }],
      [callback.callbackId, { ...parameters, by: 'mallory' }],
      [callback.callbackId, { ...parameters, expires: String(Number(parameters.expires) + 1) }],
      [callback.callbackId, { ...parameters, signature: '' }],
      [callback.callbackId, { ...parameters, signature: `${parameters.signature}AAAA` }],
      [other.callbackId, parameters],
      ['unknown', parameters],
    ] as const;

    for (const [callbackId, given] of wrong) {
      await expect(findAsked(world, callbackId, given)).rejects.toEqual(
        problem(404, /no such callback, or the URL is not complete/),
      );
    }
  });
});

describe('an answer', () => {
  test('ends the step with its payload', async () => {
    const topic = newTopic();
    const callback = await open({ topic });
    await wait(topic, 't1');

    await answer(callback, { payload: { reason: 'fine', by: 'me' } });

    expect(outputs()).toEqual([{ reason: 'fine', by: 'me' }]);
  });

  test('without a payload ends it with what is known of the answer', async () => {
    const topic = newTopic();
    const callback = await open({ topic, approvers: ['ada'] });
    await wait(topic, 't1');

    await answer(callback);

    expect(outputs()).toEqual([{ status: 'succeeded', at: seconds(60).toISOString(), by: 'ada' }]);
  });

  test('is from who the URL is for, whatever the payload says, and keeps every digit', async () => {
    const topic = newTopic();
    const callback = await open({ topic, approvers: ['ada'] });
    await wait(topic, 't1');

    await answer(callback, { payload: { by: 'the boss', id: JSON.rawJSON('9007199254740993') } });

    expect(world.ended[0]?.end).toEqual({ output: '{"by":"ada","id":9007199254740993}' });
  });

  test('of no ends it with an error that says why', async () => {
    const topic = newTopic();
    const callback = await open({ topic, approvers: ['ada'] });
    await wait(topic, 't1');

    await answer(callback, { status: 'failed', payload: { comment: 'Too much.' } });

    expect(outputs()).toEqual([{ error: 'Millrace.CallbackFailed', cause: { comment: 'Too much.', by: 'ada' } }]);
  });

  test('that came before the wait began is kept and counts at once', async () => {
    const topic = newTopic();
    const callback = await open({ topic });
    await answer(callback, { payload: { early: true } });
    expect(outputs()).toEqual([]);

    await wait(topic, 't1', seconds(120));

    expect(outputs()).toEqual([{ early: true }]);
  });

  test('counts for the newest step that waits, and for each later one', async () => {
    const topic = newTopic();
    const callback = await open({ topic });
    await wait(topic, 'old');
    await wait(topic, 'new');

    await answer(callback, { payload: { yes: true } });
    await wait(topic, 'retried');

    expect(world.ended.map(({ token }) => token)).toEqual(['new', 'retried']);
  });

  test.each(['succeeded', 'failed'] as const)('that comes second changes nothing: %s', async (status) => {
    const topic = newTopic();
    const callback = await open({ topic });
    await wait(topic, 't1');
    await answer(callback, { payload: { first: true } });

    await expect(answer(callback, { status, payload: { first: false } })).rejects.toEqual(problem(409, /decided: it was approved/));

    expect(outputs()).toEqual([{ first: true }]);
    expect(Object.keys((await asked(callback)).callback.answers)).toEqual(['0']);
  });

  test('that comes too late gets 410', async () => {
    const callback = await open({ topic: newTopic(), expires: '90s' });

    await expect(answer(callback, { now: seconds(90) })).rejects.toEqual(problem(410, /expired/));
    expect((await asked(callback)).callback.answers).toEqual({});
  });

  test('that finds no run waiting any more says so', async () => {
    const topic = newTopic();
    const callback = await open({ topic });
    await wait(topic, 't1');
    world.waiting.clear();

    await expect(answer(callback)).rejects.toEqual(problem(409, /no longer waits/));
  });

  test.each([
    ['succeeded', 1, 200 * 1024],
    ['succeeded', 20, 10 * 1024],
    ['failed', 1, 32_000],
  ] as const)('%s for %d approvals is not larger than %d bytes', async (status, approvals, most) => {
    const approvers = Array.from({ length: approvals }, (_, index) => `a${index}`);
    const sized = (size: number) => ({ x: 'x'.repeat(size - '{"x":""}'.length) });
    const callback = await open({ topic: newTopic(), approvals, approvers });

    await expect(answer(callback, { status, payload: sized(most + 1) })).rejects.toEqual(problem(413, new RegExp(`${most} bytes`)));
    await expect(answer(callback, { status, payload: sized(most) })).resolves.toMatchObject({ callbackId: callback.callbackId });
  });

  test('whose delivery failed reaches the step at the next look', async () => {
    const topic = newTopic();
    const callback = await open({ topic });
    await wait(topic, 't1');
    world.outage.on = true;
    await expect(answer(callback, { payload: { yes: 1 } })).rejects.toThrow('Step Functions does not answer.');
    world.outage.on = false;

    await wait(topic, 't1');

    expect(outputs()).toEqual([{ yes: 1 }]);
  });
});

describe('several approvals', () => {
  const three = { approvals: 2, approvers: ['ada', 'grace', 'joan'] };

  test('end the step when the last one is there', async () => {
    const topic = newTopic();
    const callback = await open({ topic, ...three });
    await wait(topic, 't1');

    await answer(callback, { place: 2, payload: { n: 1 }, now: seconds(10) });
    expect(outputs()).toEqual([]);
    await answer(callback, { place: 0, now: seconds(20) });

    expect(outputs()).toEqual([
      {
        approvals: [
          { by: 'joan', at: seconds(10).toISOString(), payload: { n: 1 } },
          { by: 'ada', at: seconds(20).toISOString(), payload: {} },
        ],
      },
    ]);
    await expect(answer(callback, { place: 1 })).rejects.toEqual(problem(409, /decided/));
  });

  test('are of different people', async () => {
    const topic = newTopic();
    const callback = await open({ topic, ...three });
    await wait(topic, 't1');
    await answer(callback, { place: 0 });

    await expect(answer(callback, { place: 0 })).rejects.toEqual(problem(409, /counts once/));
    expect(outputs()).toEqual([]);
  });

  test('end at once with one no', async () => {
    const topic = newTopic();
    const callback = await open({ topic, ...three });
    await wait(topic, 't1');

    await answer(callback, { place: 1, status: 'failed' });

    expect(outputs()).toEqual([
      { error: 'Millrace.CallbackFailed', cause: { status: 'failed', at: seconds(60).toISOString(), by: 'grace' } },
    ]);
  });

  test('given all at once are decided by exactly one, and lost by none that came in time', async () => {
    const topic = newTopic();
    const approvers = Array.from({ length: 8 }, (_, index) => `person ${index}`);
    const callback = await open({ topic, approvals: 8, approvers });
    await wait(topic, 't1');
    const everyone = await Promise.all(approvers.map((_, place) => asked(callback, place)));

    await Promise.all(everyone.map((one) => answerCallback(world, one, { status: 'succeeded', payload: {}, now: seconds(1) })));

    expect(outputs()).toHaveLength(1);
    expect(
      outputs()[0]
        .approvals.map(({ by }: { by: string }) => by)
        .sort(),
    ).toEqual(approvers);
  });

  test('and a no at the same moment: one decision', async () => {
    const topic = newTopic();
    const callback = await open({ topic, approvals: 1, approvers: ['ada', 'grace'] });
    await wait(topic, 't1');
    const [ada, grace] = [await asked(callback, 0), await asked(callback, 1)];

    const settled = await Promise.allSettled([
      answerCallback(world, ada, { status: 'succeeded', payload: {}, now: seconds(1) }),
      answerCallback(world, grace, { status: 'failed', payload: {}, now: seconds(1) }),
    ]);

    expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outputs()).toHaveLength(1);
  });
});

describe('waiting', () => {
  test('begins anew with each heartbeat', async () => {
    const topic = newTopic();
    const callback = await open({ topic });
    await expect(beat(world, await asked(callback), NOW)).rejects.toEqual(problem(409, /No step of the run waits .* yet/));
    await wait(topic, 't1');

    await beat(world, await asked(callback), NOW);

    expect(world.beaten).toEqual(['t1']);
    expect(outputs()).toEqual([]);
  });

  test('takes no heartbeat once it is over', async () => {
    const topic = newTopic();
    const callback = await open({ topic, expires: '90s' });
    await wait(topic, 't1');
    world.waiting.clear();

    await expect(beat(world, await asked(callback), NOW)).rejects.toEqual(problem(409, /no longer waits/));
    await expect(beat(world, await asked(callback), seconds(91))).rejects.toEqual(problem(410, /expired/));
  });

  test('where nobody can answer any more fails at once, and an answer given in time counts still', async () => {
    const [lost, kept] = [newTopic(), newTopic()];
    await open({ topic: lost, expires: '90s' });
    await answer(await open({ topic: kept, expires: '90s' }), { payload: { yes: 1 } });

    await expect(wait(lost, 't1', seconds(90))).rejects.toMatchObject({ name: 'Millrace.CallbackExpired' });
    await wait(kept, 't2', seconds(90));

    expect(outputs()).toEqual([{ yes: 1 }]);
  });
});
