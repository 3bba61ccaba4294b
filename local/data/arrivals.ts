import type { Clock } from '../clock.ts';

/** Lets readers of a queue wait for a message, without polling. */
export interface Arrivals {
  /** Resolves when something arrived in the queue, when `ms` have passed, or when closed. */
  wait(queue: string, ms: number): Promise<void>;
  tell(queue: string): void;
  /** Wakes everyone, and lets nobody wait any more. */
  close(): void;
}

export function createArrivals(clock: Clock): Arrivals {
  const waiting = new Map<string, Set<AbortController>>();
  let closed = false;
  const wake = (waiters: Iterable<AbortController>) => {
    for (const waiter of [...waiters]) waiter.abort();
  };
  return {
    async wait(queue, ms) {
      if (closed) return;
      const waiter = new AbortController();
      const waiters = waiting.get(queue) ?? new Set();
      waiting.set(queue, waiters.add(waiter));
      // The sleep rejects when it is woken early.
      await clock.sleep(ms, waiter.signal).catch(() => undefined);
      waiters.delete(waiter);
    },
    tell: (queue) => wake(waiting.get(queue) ?? []),
    close() {
      closed = true;
      for (const waiters of waiting.values()) wake(waiters);
    },
  };
}
