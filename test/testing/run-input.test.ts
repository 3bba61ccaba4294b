import { describe, expect, test } from '@jest/globals';
import { runInputOf } from '../../testing/run-input.ts';

const NOW = new Date('2026-01-02T03:04:05.000Z');
const trigger = (kind: string, triggerId = `on-${kind}`) => ({ kind, triggerId });
const inputOf = (given: unknown, ...triggers: { kind: string; triggerId: string }[]) =>
  runInputOf({ workflowId: 'order-paid', triggers }, given, NOW) as {
    workflow: { input: unknown };
    activityId: string;
    trigger: unknown;
    event: unknown;
  };

describe('the input of a run that is tested', () => {
  test('is as a workflow receives it', () => {
    const input = inputOf({ body: { id: 7 }, headers: { 'x-tenant': 'a' } }, trigger('webhook'));

    expect(input).toEqual({
      workflow: {
        id: 'order-paid',
        revision: 'test',
        workspace: 'default',
        input: { body: { id: 7 }, query: {}, headers: { 'x-tenant': 'a' }, method: 'POST' },
      },
      activityId: expect.stringMatching(/^[a-z2-7]{26}-on-webhook$/),
      trigger: { id: 'on-webhook', kind: 'webhook' },
      event: {
        id: expect.stringMatching(/^[a-z2-7]{26}$/),
        source: '/workspaces/default/webhook/on-webhook',
        type: 'webhook.received',
        time: '2026-01-02T03:04:05.000Z',
      },
    });
  });

  test.each([
    [{ eventData: { id: 7 } }, 'event'],
    [{ params: { day: 1 } }, 'schedule'],
    [{ query: { q: '1' }, method: 'GET' }, 'webhook'],
  ])('%j is what a trigger gives, of the kind %s', (given, kind) => {
    const input = inputOf(given, trigger('webhook'), trigger('event'), trigger('schedule'));

    expect(input.trigger).toEqual({ id: `on-${kind}`, kind });
    expect(input.workflow.input).toMatchObject(given);
  });

  test.each([
    ['webhook', 'body'],
    ['event', 'eventData'],
    ['schedule', 'params'],
  ])('anything else is the payload that a %s takes', (kind, field) => {
    for (const payload of [{ name: 'Ada' }, {}, ['a'], 'text', null, { body: 1, name: 2 }]) {
      expect(inputOf(payload, trigger(kind)).workflow.input).toMatchObject({ [field]: payload });
    }
  });

  test('params without a schedule are those of a start by hand', () => {
    expect(inputOf({ params: {} }, trigger('webhook')).trigger).toEqual({ id: 'manual', kind: 'manual' });
    expect(inputOf({ day: 1 }).trigger).toEqual({ id: 'manual', kind: 'manual' });
  });

  test('a whole input is taken as it is', () => {
    const whole = { workflow: { id: 'other', input: { eventData: 1 } } };

    expect(inputOf(whole, trigger('webhook'))).toBe(whole);
  });

  test("without anything a schedule's own params are taken", () => {
    const schedule = { ...trigger('schedule'), params: { days: 7 } };

    expect(inputOf(undefined, schedule).workflow.input).toEqual({ params: { days: 7 } });
    expect(inputOf(undefined, trigger('webhook')).workflow.input).toMatchObject({ body: {} });
  });

  test('a request that the platform would refuse is refused, with each fault', () => {
    const started = {
      workflowId: 'order-paid',
      triggers: [],
      input: { body: { required: ['id'] }, query: { required: ['page'] } },
    };

    expect(() => runInputOf(started, { body: {} }, NOW)).toThrow(
      'The input does not fit what workflow.yaml asks for: /body/id is missing, /query/page is missing.',
    );
    expect(() => runInputOf(started, { body: { id: 1 }, query: { page: '1' } }, NOW)).not.toThrow();
    expect(() => runInputOf(started, { eventData: {} }, NOW)).not.toThrow();
  });

  test('a mixture of kinds is refused', () => {
    expect(() => inputOf({ body: 1, eventData: 2 })).toThrow('not fields of several of these.');
  });
});
