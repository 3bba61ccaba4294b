import type { AwsCall } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { sendToDeadLetterQueue } from './dead-letter.ts';
import { classifyError } from './delivery-error.ts';
import type { DeliveryStore, PendingDelivery } from './delivery-store.ts';
import { isoSeconds } from './event.ts';
import { decideRetry } from './retry.ts';
import { type Forward, invokeTarget } from './target.ts';
import { compileInput } from './transformer.ts';

interface Deliveries {
  /** Begins to deliver what is due, and goes on with it. Before this nothing is delivered: targets may not be there yet. */
  start(): void;
  /** Looks for due deliveries soon, after the caller's own work. */
  wake(): void;
  /** Stops, and waits a little for deliveries under way; those that don't end are made again by the next start. */
  close(): Promise<void>;
}

const MOST_UNDER_WAY = 256;
const CLOSING_GRACE_MS = 2000;

export function createDeliveries(options: {
  store: DeliveryStore;
  call: AwsCall;
  forward: Forward;
  clock: Clock;
  log: Log;
}): Deliveries {
  const { store, call, forward, clock, log } = options;
  const underWay = new Map<number, Promise<void>>();
  let state: 'waiting' | 'delivering' | 'closing' | 'closed' = 'waiting';
  let soon: NodeJS.Immediate | undefined;
  let timer: AbortController | undefined;

  function wake(): void {
    if (state !== 'delivering') return;
    soon ??= setImmediate(() => {
      soon = undefined;
      if (state === 'delivering') deliverDue();
    });
  }

  function deliverDue(): void {
    timer?.abort();
    const now = clock.now();
    for (const delivery of store.due(now, underWay.keys(), MOST_UNDER_WAY - underWay.size)) {
      const attempt = deliver(delivery).finally(() => {
        underWay.delete(delivery.id);
        wake();
      });
      underWay.set(delivery.id, attempt);
    }
    const next = store.nextDue(now);
    if (next === undefined) return;
    timer = new AbortController();
    clock.sleep(next - now, timer.signal).then(wake, () => undefined);
  }

  async function deliver(delivery: PendingDelivery): Promise<void> {
    const { target, ruleArn, ruleName, eventJson, ingestedAt } = delivery;
    let payload = eventJson;
    try {
      payload = compileInput(target)({ json: eventJson, ruleArn, ruleName, ingestionTime: isoSeconds(ingestedAt) });
      await invokeTarget(call, forward, { target, ruleArn, payload, eventJson });
    } catch (cause) {
      if (state !== 'closed') await handleFailure(delivery, payload, cause);
      return;
    }
    if (state !== 'closed') store.finish(delivery.id);
  }

  async function handleFailure(delivery: PendingDelivery, payload: string, cause: unknown): Promise<void> {
    const error = classifyError(cause);
    const decision = decideRetry(delivery, error, clock.now(), Math.random());
    const what = `rule ${delivery.ruleName}: target ${delivery.target.Id} failed with ${error.code}`;
    if ('retryAt' in decision) {
      log.detail(`${what}; attempt ${delivery.attempts + 1}, trying again`);
      store.postpone(delivery.id, decision.retryAt);
      return;
    }
    try {
      const kept = await sendToDeadLetterQueue(call, delivery, { payload, error, decision });
      log.line(`${what}; the event is ${kept ? 'in its dead-letter queue' : 'dropped: the target has no dead-letter queue'}`);
    } catch (queueError) {
      log.line(`${what}; the event is dropped: its dead-letter queue failed with ${classifyError(queueError).code}`);
    }
    if (state !== 'closed') store.finish(delivery.id);
  }

  return {
    start() {
      if (state === 'waiting') state = 'delivering';
      wake();
    },
    wake,
    async close() {
      state = 'closing';
      clearImmediate(soon);
      timer?.abort();
      let grace: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        grace = setTimeout(resolve, CLOSING_GRACE_MS);
      });
      await Promise.race([Promise.all(underWay.values()), patience]);
      clearTimeout(grace);
      state = 'closed';
    },
  };
}
