import type { Clock } from '../../local/clock.ts';

/** A clock that stands still until `advance` moves it and wakes the sleepers whose time has come. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
  /** How many sleeps are pending. */
  sleepers(): number;
  /** Milliseconds that the pending sleeps have left, shortest first. */
  pending(): readonly number[];
}

export function createManualClock(start = Date.parse('2026-01-01T00:00:00.000Z')): ManualClock {
  let now = start;
  const pending = new Set<{ until: number; wake: () => void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = {
          until: now + ms,
          wake: () => {
            pending.delete(sleeper);
            resolve();
          },
        };
        if (signal?.aborted) return reject(signal.reason);
        pending.add(sleeper);
        signal?.addEventListener('abort', () => {
          pending.delete(sleeper);
          reject(signal.reason);
        });
      }),
    advance(ms) {
      now += ms;
      for (const sleeper of [...pending]) if (sleeper.until <= now) sleeper.wake();
    },
    sleepers: () => pending.size,
    pending: () => [...pending].map(({ until }) => until - now).sort((a, b) => a - b),
  };
}

/** Waits until the condition holds; fails after 5 seconds. */
export async function eventually(condition: () => unknown): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('The condition did not come true in 5 seconds.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
