import { setImmediate } from 'node:timers';
import type { Clock } from '../clock.ts';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock whose sleeps take no time: it jumps to the next one's end as soon as there is nothing else to do. */
export class SkippingClock implements Clock {
  #now: number;
  #busy = 0;
  #jumping = false;
  readonly #sleepers = new Set<Sleeper>();

  /** `start` in milliseconds since the epoch. */
  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { until: this.#now + Math.max(0, ms), wake: resolve };
    this.#sleepers.add(sleeper);
    signal?.addEventListener('abort', () => {
      this.#sleepers.delete(sleeper);
      reject(signal.reason);
    });
    this.#jumpSoon();
    return promise;
  }

  /** Stands still until `work`, which may take real time, has settled. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work;
    } finally {
      this.#busy -= 1;
      this.#jumpSoon();
    }
  }

  #jumpSoon(): void {
    if (this.#jumping) return;
    this.#jumping = true;
    // By then everything that awaits only settled promises has run.
    setImmediate(() => {
      this.#jumping = false;
      if (this.#busy > 0) return;
      const next = [...this.#sleepers].sort((a, b) => a.until - b.until)[0];
      if (!next) return;
      this.#sleepers.delete(next);
      this.#now = Math.max(this.#now, next.until);
      next.wake();
      this.#jumpSoon();
    });
  }
}
