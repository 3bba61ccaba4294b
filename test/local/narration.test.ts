import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { describeRequest, describeStatusChange } from '../../local/narration.ts';

const delivered = (triggerId: string, status: number, answer: unknown) => ({
  method: 'POST',
  routeKey: 'ANY /webhook/{triggerId}',
  pathParameters: { triggerId },
  status,
  durationMs: 12.4,
  response: { statusCode: status, headers: {}, cookies: [], body: Buffer.from(JSON.stringify(answer)) },
});

describe('the line of a delivery', () => {
  test.each([
    ['an accepted one', { activityId: 'abc-hello' }, 202, 'delivery hello 202 accepted abc-hello (12 ms)'],
    ['a duplicate', { activityId: 'abc-hello', duplicate: true }, 202, 'delivery hello 202 duplicate abc-hello (12 ms)'],
    ['a rejected one', { detail: 'Send a token.' }, 401, 'delivery hello 401 rejected: Send a token. (12 ms)'],
  ])('tells of %s', (_what, answer, status, line) => {
    expect(describeRequest(delivered('hello', status, answer))).toBe(line);
  });

  test('is one line whatever the path holds', () => {
    expect(describeRequest(delivered('a\n00:00:00 FORGED\u001b[31m', 401, {}))).not.toMatch(/FORGED/);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (triggerId) => {
        const line = describeRequest(delivered(triggerId, 401, {})) ?? '';
        return [...line].every((character) => character >= ' ' && character <= '~');
      }),
    );
  });

  test('is not there for requests that only ask', () => {
    expect(describeRequest({ ...delivered('hello', 200, {}), routeKey: 'ANY /webhook/status/{activityId}' })).toBeUndefined();
  });
});

describe('the line of a run', () => {
  const change = (detail: object) => ({
    source: 'aws.states',
    detailType: 'Step Functions Execution Status Change',
    detail: { ...detail },
  });
  test.each([
    ['that began', { name: 'r', status: 'RUNNING', startDate: 0 }, 'run r RUNNING'],
    ['that ended', { name: 'r', status: 'SUCCEEDED', startDate: 0, stopDate: 1230 }, 'run r SUCCEEDED after 1.2 s'],
    ['that failed', { name: 'r', status: 'FAILED', startDate: 0, stopDate: 50, error: 'Oops' }, 'run r FAILED after 0.1 s: Oops'],
  ])('tells of one %s', (_what, detail, line) => {
    expect(describeStatusChange(change(detail))).toBe(line);
  });
});
