import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as v from 'valibot';
import { parseStatusEvent, readableCause, sequenceOf } from '../../../core/runs/status-change.ts';

/** https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
const event = (detail: Record<string, unknown> = {}) => ({
  version: '0',
  'detail-type': 'Step Functions Execution Status Change',
  source: 'aws.states',
  detail: {
    executionArn: 'arn:aws:states:us-east-1:123456789012:execution:stack-hello:name',
    stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:stack-hello',
    name: 'name',
    status: 'RUNNING',
    startDate: 1551225271984,
    stopDate: null,
    input: '{}',
    inputDetails: { included: true },
    output: null,
    outputDetails: null,
    ...detail,
  },
});

describe('a status event', () => {
  test('tells of a beginning', () => {
    expect(parseStatusEvent(event())).toMatchObject({
      activityId: 'name',
      status: 'RUNNING',
      startedAt: '2019-02-26T23:54:31.984Z',
      endedAt: undefined,
      redriveCount: 0,
      output: undefined,
    });
  });

  test('tells of an end', () => {
    const change = parseStatusEvent(event({ status: 'FAILED', stopDate: 1551225146847, error: 'E', cause: 'C', redriveCount: 2 }));
    expect(change).toMatchObject({
      status: 'FAILED',
      endedAt: '2019-02-26T23:52:26.847Z',
      error: 'E',
      cause: 'C',
      redriveCount: 2,
    });
  });

  test('of any other form is refused as invalid and nothing else', () => {
    const value = fc.oneof(fc.jsonValue(), fc.double(), fc.constantFrom('RUNNING', 'SUCCEEDED'));
    const almost = fc.dictionary(fc.constantFrom(...Object.keys(event().detail), 'redriveCount', 'error'), value).map(event);
    fc.assert(
      fc.property(fc.oneof(fc.anything(), almost), (input) => {
        try {
          parseStatusEvent(input);
        } catch (error) {
          expect(error).toBeInstanceOf(v.ValiError);
        }
      }),
    );
  });
});

test('changes are ordered: a beginning, its end, the redrive after it, that one’s end', () => {
  const order = [
    sequenceOf({ status: 'RUNNING', redriveCount: 0 }),
    sequenceOf({ status: 'TIMED_OUT', redriveCount: 0 }),
    sequenceOf({ status: 'RUNNING', redriveCount: 1 }),
    sequenceOf({ status: 'SUCCEEDED', redriveCount: 1 }),
  ];
  expect(order).toEqual([0, 1, 2, 3]);
});

describe('the cause of a failed run', () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
  test("is the message of a function's error, without its stack trace", () => {
    const cause = JSON.stringify({ errorType: 'Explosion', errorMessage: 'It went off.', trace: ['at handler (handler.mjs:1:1)'] });
    expect(readableCause(cause)).toBe('It went off.');
  });

  test('is left as it is otherwise', () => {
    fc.assert(fc.property(fc.string(), (text) => readableCause(text) === text || text.includes('errorMessage')));
    expect(readableCause(undefined)).toBeUndefined();
  });
});
