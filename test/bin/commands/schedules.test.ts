import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { calendarOf } from '../../../bin/commands/schedule-calendar.ts';
import { isScheduled, type ScheduledTrigger } from '../../../bin/commands/schedule-times.ts';
import { type StubServer, startStub } from '../stub-server.ts';

const PROGRAM = join(import.meta.dirname, '../../../bin/millrace.ts');

function scheduled(id: string, differences: object = {}, schedule: object = {}): ScheduledTrigger {
  const trigger = {
    id,
    kind: 'schedule',
    workflowId: 'reports',
    enabled: true,
    schedule: { expression: 'cron(30 2 * * ? *)', timezone: 'Europe/Berlin', ...schedule },
    nextFireAt: '2099-01-01T01:30:00.000Z',
    ...differences,
  };
  if (!isScheduled(trigger)) throw new Error('The trigger of a test has a schedule.');
  return trigger;
}

const TRIGGERS = [
  scheduled('nightly'),
  scheduled('paused', { enabled: false, nextFireAt: undefined }),
  scheduled('rate', { nextFireAt: undefined }, { expression: 'rate(5 minutes)' }),
  {
    id: 'hello',
    kind: 'webhook',
    workflowId: 'hello',
    enabled: true,
    url: 'https://x/webhook/hello',
    methods: ['POST'],
    auth: 'token',
  },
];

let stub: StubServer;
beforeAll(async () => {
  stub = await startStub(({ url }) => {
    if (/^\/v1\/triggers\?/.test(url)) return { body: { items: TRIGGERS } };
    const found = TRIGGERS.find(({ id }) => url === `/v1/triggers/${id}`);
    return found ? { body: found } : { status: 404, body: { detail: 'There is no such trigger.' } };
  });
});
afterAll(async () => {
  await stub[Symbol.asyncDispose]();
});

async function schedules(...args: readonly string[]) {
  const env = { MILLRACE_URL: stub.baseUrl, MILLRACE_TOKEN: 'mr_test' };
  const child = spawn(process.execPath, [PROGRAM, 'schedules', ...args], { env });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, out, err };
}

describe('schedules validate', () => {
  test('says in words when an expression fires, and what AWS gets of a Unix one', async () => {
    const { code, out } = await schedules('validate', '0 2 * * 1-5', '--timezone', 'Europe/Berlin');

    expect(code).toBe(0);
    expect(out).toMatch(/^expression: +cron\(0 2 \? \* MON,TUE,WED,THU,FRI \*\)$/m);
    expect(out).toMatch(/^in words: +At 02:00, Monday through Friday, in Europe\/Berlin$/m);
    expect(out).toMatch(/^next: +20\d\d-\d\d-\d\dT02:00:00\+0[12]:00, /m);
  });

  test('says in one sentence what is wrong', async () => {
    expect(await schedules('validate', '0 2 30 2 *')).toEqual({
      code: 1,
      out: '',
      err: 'There is no such day in any year to come, so the schedule never fires.\n',
    });
  });

  test('as JSON tells every fault', async () => {
    const { code, out } = await schedules('validate', '60 2 * * *', '--timezone', 'Nowhere', '--json');

    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      valid: false,
      problems: [expect.stringContaining('"Nowhere" is not a time zone'), expect.stringContaining('"60" is not a minute')],
    });
  });
});

describe('schedules next', () => {
  test('shows the times of an expression over a change of the clocks', async () => {
    const args = ['next', '30 2 * * *', '--timezone', 'Europe/Berlin', '--from', '2027-03-27', '--count', '2'];

    const { code, out } = await schedules(...args);

    expect(code).toBe(0);
    expect(out).toContain(
      '2027-03-27T02:30:00+01:00  2027-03-27T01:30:00.000Z\n2027-03-29T02:30:00+02:00  2027-03-29T00:30:00.000Z\n',
    );
  });

  test("shows a trigger's times in its zone", async () => {
    const { out } = await schedules('next', 'nightly', '--from', '2027-03-27T03:00', '--count', '1', '--json');

    expect(JSON.parse(out)).toEqual({
      schedule: { expression: 'cron(30 2 * * ? *)', timezone: 'Europe/Berlin' },
      next: [{ at: '2027-03-29T00:30:00.000Z', local: '2027-03-29T02:30:00+02:00' }],
    });
  });

  test('says that a trigger is disabled', async () => {
    const { code, err } = await schedules('next', 'paused');

    expect({ code, err }).toEqual({ code: 0, err: 'It fires at none of these times: it is disabled.\n' });
  });

  test.each([
    [['next', 'often a day'], 1, /has 3 fields/],
    [['next', 'at(2020-01-01T00:00:00)'], 1, /in the past/],
    [['next', 'nobody'], 1, /no such trigger/],
    [['next', 'hello'], 1, /no schedule, but of the kind webhook/],
    [['next', 'rate'], 1, /which only the scheduler knows; give it a start/],
    [['next', 'nightly', '--timezone', 'UTC'], 2, /a time zone of its own/],
    [['next', '5 minutes', '--from', 'tomorrow'], 2, /^--from: "tomorrow" is not a time/],
    [['next', '5 minutes', '--count', '1001'], 2, /from 1 to 1000/],
    [['calendar', '--from', '2027-01-02', '--to', '2027-01-01'], 2, /--to must be later/],
    [['calendar', '--timezone', 'Nowhere'], 2, /Give the name of a time zone/],
  ])('%j ends with %i', async (args, code, sentence) => {
    const ended = await schedules(...args);

    expect(ended).toEqual({ code, out: '', err: expect.stringMatching(sentence) });
    expect(ended.err.trimEnd()).not.toContain('\n');
  });
});

describe('schedules calendar', () => {
  test('shows what fires between two days, and says what it leaves out', async () => {
    const args = ['calendar', '--from', '2027-03-27', '--to', '2027-03-30', '--workflow', 'reports'];

    const { code, out, err } = await schedules(...args);

    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'TIME                       IN UTC                    TRIGGER  WORKFLOW',
      '2027-03-27T02:30:00+01:00  2027-03-27T01:30:00.000Z  nightly  reports',
      '2027-03-29T02:30:00+02:00  2027-03-29T00:30:00.000Z  nightly  reports',
      '',
    ]);
    expect(err).toBe(
      'Without paused: it is disabled.\nWithout rate: its rate counts from when it was made, which only the scheduler knows.\n',
    );
    expect(stub.calls.at(-1)?.url).toContain('workflowId=reports');
  });

  const span = { from: Date.parse('2027-01-01T00:00:00Z'), to: Date.parse('2027-01-02T00:00:00Z') };
  const now = Date.parse('2026-11-20T12:00:00Z');
  const hourly = (id: string) => scheduled(id, {}, { expression: 'cron(0 * * * ? *)', timezone: 'UTC' });

  test('is in the order of time over all schedules, and has no more than asked for', () => {
    const { fires, more } = calendarOf([hourly('b'), hourly('a')], span, 3, now);

    expect(fires.map(({ at, triggerId }) => `${at.slice(11, 16)} ${triggerId}`)).toEqual(['00:00 a', '00:00 b', '01:00 a']);
    expect(more).toBe(true);
  });

  test('has all fires where they are as many as asked for', () => {
    expect(calendarOf([hourly('a')], span, 24, now)).toMatchObject({ more: false, fires: { length: 24 } });
  });

  test('leaves out what an inactive workflow would start, not what is over', () => {
    const inactive = scheduled('inactive', { nextFireAt: undefined });
    const over = scheduled('over', { nextFireAt: undefined }, { endsAt: '2026-01-01T00:00:00.000Z' });

    expect(calendarOf([inactive, over], span, 3, now)).toEqual({
      fires: [],
      more: false,
      omitted: [{ triggerId: 'inactive', reason: 'its workflow is not active' }],
    });
  });
});
