import { describe, expect, test } from '@jest/globals';
import { keyAt } from '../../../core/limits/line.ts';
import { workflowInputOf } from '../../../core/limits/workflow-input.ts';

const trigger = (kind: string) => ({ id: 't', kind, workflowId: 'w' });

describe('the input by whose key runs are counted', () => {
  test.each([
    [
      'a webhook',
      { detail: { data: { id: 7 }, request: { method: 'POST' }, trigger: trigger('webhook') } },
      { body: { id: 7 }, method: 'POST' },
    ],
    ['an event', { event: { detail: { data: { id: 7 } } }, trigger: trigger('event') }, { eventData: { id: 7 } }],
    ['a schedule', { detail: { data: { id: 7 }, trigger: trigger('schedule') } }, { params: { id: 7 } }],
    [
      "AWS's own event",
      { workspace: 'default', event: { source: 'aws.s3', detail: { id: 7 } }, trigger: trigger('event') },
      { eventData: { source: 'aws.s3', detail: { id: 7 } } },
    ],
  ])('of %s is what the workflow receives', (_what, launch, expected) => {
    expect(workflowInputOf(launch)).toEqual(expected);
  });

  // The launcher takes them, so nothing here may fail on what a stranger's event holds.
  test.each([{ trigger: 'SCHEDULED' }, { trigger: { kind: 'x' } }, { request: 'abc' }, { request: null }, 'text', null])(
    'is read from an event of the detail %j',
    (detail) => {
      expect(workflowInputOf({ event: { detail }, trigger: trigger('event') })).toHaveProperty('eventData');
    },
  );

  test.each([
    [{ body: { customer: 'a' } }, ['body', 'customer'], 'a'],
    [{ body: { customer: 7 } }, ['body', 'customer'], '7'],
    [{ body: { 'a/b': [true] } }, ['body', 'a/b', '0'], 'true'],
    [{ body: { customer: { id: 1 } } }, ['body', 'customer'], undefined],
    [{ body: 'text' }, ['body', 'length'], undefined],
    [{}, ['body', 'constructor', 'name'], undefined],
  ])('has in %j at %j the key %j', (input, path, key) => {
    expect(keyAt(input, path)).toBe(key);
  });
});
