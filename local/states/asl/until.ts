import type { Clock } from '../../clock.ts';

/**
 * Waits for `work`, but no longer than until `signal` aborts (rejects with its reason) or `milliseconds` have passed
 * (gives what `late` gives or throws). `work` itself goes on; its later failure is nobody's.
 */
export async function until<T>(
  work: Promise<T>,
  clock: Clock,
  signal: AbortSignal,
  milliseconds?: number,
  late?: () => never,
): Promise<T> {
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const timer = new AbortController();
  const contenders: Promise<T>[] = [work, stopped.promise];
  if (milliseconds !== undefined && late) {
    const timeout = clock.sleep(milliseconds, timer.signal).then(late);
    timeout.catch(() => undefined);
    contenders.push(timeout);
  }
  try {
    return await Promise.race(contenders);
  } finally {
    timer.abort();
    signal.removeEventListener('abort', stop);
  }
}
