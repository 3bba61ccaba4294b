import { describe, expect, test } from '@jest/globals';
import { matchesError } from '../../../../local/states/asl/errors.ts';

// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
describe('ErrorEquals', () => {
  test.each([
    ['MyError', 'MyError', true],
    ['MyError', 'myError', false],
    ['States.ALL', 'MyError', true],
    ['States.ALL', 'States.Timeout', true],
    ['States.ALL', 'States.QueryEvaluationError', true],
    ['States.ALL', 'States.DataLimitExceeded', false],
    ['States.ALL', 'States.Runtime', false],
    ['States.Runtime', 'States.Runtime', false],
    ['States.DataLimitExceeded', 'States.DataLimitExceeded', true],
    ['States.TaskFailed', 'MyError', true],
    ['States.TaskFailed', 'States.Timeout', false],
    ['States.TaskFailed', 'States.DataLimitExceeded', false],
  ])('%s with the error %s: %s', (name, error, matches) => {
    expect(matchesError([name], { error })).toBe(matches);
  });

  test.each([
    ['States.HeartbeatTimeout', true],
    ['States.Timeout', true],
    ['States.ALL', true],
    ['States.TaskFailed', false],
  ])('%s with a heartbeat that was missed: %s', (name, matches) => {
    expect(matchesError([name], { error: 'States.Timeout', alias: 'States.HeartbeatTimeout' })).toBe(matches);
  });
});
