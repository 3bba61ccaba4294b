/**
 * The local runtime on a clock that can be set ahead: a POST of a number of milliseconds to the address printed moves it, and all that
 * was due meanwhile happens.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../local/clock.ts';
import { startOperated } from './operated-runtime.ts';

let ahead = 0;
let shift = new AbortController();

const clock: Clock = {
  now: () => Date.now() + ahead,
  async sleep(ms, signal) {
    const until = clock.now() + ms;
    for (let left = ms; left > 0; left = until - clock.now()) {
      const shifted = shift.signal;
      const either = signal ? AbortSignal.any([signal, shifted]) : shifted;
      await delay(Math.min(left, 60_000), undefined, { ref: false, signal: either }).catch((reason: unknown) => {
        if (!shifted.aborted || signal?.aborted) throw reason;
      });
    }
  },
};

const server = createServer(async (request, response) => {
  ahead += Number(await text(request));
  const before = shift;
  shift = new AbortController();
  before.abort();
  response.end();
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
process.once('SIGTERM', () => server.close());
console.log(`Clock at http://127.0.0.1:${(server.address() as AddressInfo).port}`);
await startOperated({ clock });
