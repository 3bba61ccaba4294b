import { describe, expect, test } from '@jest/globals';
import { awaitEnd } from '../../../core/runs/await-end.ts';
import { aRun } from './world.ts';

function aClock() {
  let time = 0;
  const sleep = async (milliseconds: number) => {
    time += milliseconds;
  };
  return { now: () => time, sleep };
}

describe('waiting for the end of a run', () => {
  test.each(['SUCCEEDED', 'FAILED'] as const)('gives it once it is %s', async (status) => {
    const clock = aClock();
    const found = await awaitEnd(
      async () => (clock.now() > 3_000 ? aRun({ status }) : aRun({ status: 'RUNNING' })),
      'a',
      new Date(0),
      clock,
    );

    expect(found?.status).toBe(status);
    expect(clock.now()).toBeLessThan(4_000);
  });

  test('ends after 25 seconds, whether the run goes on or was never seen', async () => {
    for (const run of [aRun({ status: 'RUNNING' }), undefined]) {
      const clock = aClock();
      expect(await awaitEnd(async () => run, 'a', new Date(0), clock)).toBeUndefined();
      expect(clock.now()).toBeGreaterThan(24_000);
      expect(clock.now()).toBeLessThanOrEqual(25_000);
    }
  });
});
