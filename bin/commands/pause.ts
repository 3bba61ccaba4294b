import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after this time, or at once when `stop` is aborted. */
export const pause = (milliseconds: number, stop: AbortSignal): Promise<void> =>
  delay(milliseconds, undefined, { signal: stop }).catch(() => undefined);

/** Aborted by Ctrl-C, which is no failure of a command that goes on until then. */
export function stopOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort());
  return controller.signal;
}
