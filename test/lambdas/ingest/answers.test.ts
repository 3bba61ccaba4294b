import { describe, expect, test } from '@jest/globals';
import { hookAnswer, runAnswer } from '../../../lambdas/ingest/answers.ts';

describe('the answer to a provider', () => {
  test("has the event's id where the provider reads nothing", () => {
    const { statusCode, body } = hookAnswer({ status: 200, eventId: 'e', duplicate: true });
    expect({ statusCode, json: JSON.parse(body ?? '') }).toEqual({ statusCode: 200, json: { eventId: 'e', duplicate: true } });
  });

  test('of an event that is ignored has no id', () => {
    expect(hookAnswer({ status: 202 })).toMatchObject({ statusCode: 202, body: '{}' });
  });

  test('is exactly what the provider expects where it expects something', () => {
    const headers = { 'content-type': 'text/plain' };
    expect(hookAnswer({ status: 200, headers, body: 'challenge', eventId: 'e' })).toEqual({
      statusCode: 200,
      headers,
      body: 'challenge',
    });
    expect(hookAnswer({ status: 200, headers, body: '' })).toEqual({ statusCode: 200, headers, body: '' });
    expect(hookAnswer({ status: 204, eventId: 'e' })).toMatchObject({ statusCode: 204, body: '' });
  });
});

describe('the answer of a webhook trigger', () => {
  test("is the run's id and where to ask for it", () => {
    const { statusCode, headers, body } = runAnswer('https://m.example', { activityId: 'a', duplicate: false });
    expect(statusCode).toBe(202);
    expect(headers).toMatchObject({ location: 'https://m.example/webhook/status/a' });
    expect(JSON.parse(body ?? '')).toEqual({ activityId: 'a', statusUrl: 'https://m.example/webhook/status/a' });
  });

  test('is what the trigger declares', () => {
    const response = { status: 200, headers: { 'content-type': 'text/plain' }, body: 'ok' };
    expect(runAnswer('https://m.example', { activityId: 'a', duplicate: true, response })).toEqual({
      statusCode: 200,
      headers: response.headers,
      body: 'ok',
    });
  });
});
