import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../../local/clock.ts';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(start = Date.parse('2026-01-01T00:00:00.000Z')) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { until: this.#now + ms, wake: resolve };
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (ms <= 0) return Promise.resolve();
    this.#sleepers.add(sleeper);
    signal?.addEventListener('abort', () => {
      this.#sleepers.delete(sleeper);
      reject(signal.reason);
    });
    return promise;
  }

  /** Lets everything run that needs no time to pass. */
  async idle(): Promise<void> {
    for (let i = 0; i < 3; i += 1) await turn();
  }

  async advance(ms: number): Promise<void> {
    await this.idle();
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#sleepers].sort((a, b) => a.until - b.until)[0];
      if (!next || next.until > end) break;
      this.#now = next.until;
      this.#sleepers.delete(next);
      next.wake();
      await this.idle();
    }
    this.#now = end;
  }

  /** Jumps from one sleep's end to the next until `work` has settled; gives what it gave. */
  async settle<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const done = () => {
      settled = true;
    };
    work.then(done, done);
    for (let jumps = 0; jumps < 10_000; jumps += 1) {
      await this.idle();
      if (settled) return work;
      const next = Math.min(...[...this.#sleepers].map(({ until }) => until));
      if (next < Number.POSITIVE_INFINITY) await this.advance(next - this.#now);
    }
    throw new Error('The work did not end.');
  }
}
