import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { AwsError } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { FunctionVersion } from './configuration.ts';
import type { DiscardCondition, FailedEvents, StoredEvent } from './failed-events.ts';
import { functionReference } from './function-name.ts';
import type { FunctionRegistry } from './function-registry.ts';
import type { Invoker } from './invoker.ts';

/** Invocations of type `Event`: stored before they are acknowledged, then run at least once. */
export interface AsynchronousInvocations {
  /** Returns once the event is stored. `payload` is JSON. */
  accept(invokedFunctionArn: string, payload: string): void;
  /** Goes on with the events that an earlier process left. */
  resume(): void;
  close(): void;
}

/**
 * The waits are those of https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html: one minute after the first
 * error, two after the second; after a throttle 1 second, doubled each time up to 5 minutes.
 */
const retryDelay = (failures: number) => failures * 60_000;
const throttleDelay = (throttles: number) => Math.min(1000 * 2 ** (throttles - 1), 5 * 60_000);

export function createAsynchronousInvocations(options: {
  db: DatabaseSync;
  clock: Clock;
  log: Log;
  registry: FunctionRegistry;
  invoker: Invoker;
  failed: FailedEvents;
}): AsynchronousInvocations {
  const { db, clock, log, registry, invoker, failed } = options;
  db.exec(`CREATE TABLE IF NOT EXISTS function_events (
    requestId TEXT PRIMARY KEY, invokedFunctionArn TEXT NOT NULL, payload TEXT NOT NULL, acceptedAt INTEGER NOT NULL,
    nextAttemptAt INTEGER NOT NULL, failures INTEGER NOT NULL, throttles INTEGER NOT NULL, lastError TEXT) STRICT`);
  const insert = db.prepare('INSERT INTO function_events VALUES (?, ?, ?, ?, ?, 0, 0, NULL)');
  const update = db.prepare(
    'UPDATE function_events SET nextAttemptAt = ?, failures = ?, throttles = ?, lastError = ? WHERE requestId = ?',
  );
  const remove = db.prepare('DELETE FROM function_events WHERE requestId = ?');
  const stored = db.prepare('SELECT * FROM function_events ORDER BY acceptedAt');
  const closing = new AbortController();
  /** Request ids of the events this process has taken up. */
  const begun = new Set<string>();

  function later(event: StoredEvent, changes: Partial<StoredEvent>): StoredEvent {
    const next = { ...event, ...changes };
    update.run(next.nextAttemptAt, next.failures, next.throttles, next.lastError, next.requestId);
    return next;
  }

  async function discard(event: StoredEvent, fn: FunctionVersion, condition: DiscardCondition): Promise<undefined> {
    log.line(`${fn.name} failed on an asynchronous event for good (${condition}, request ${event.requestId}).`);
    await failed.record(event, fn, condition);
    remove.run(event.requestId);
  }

  /** One attempt. Resolves to the event as it is kept for the next one, or to nothing when it is done with. */
  async function attempt(event: StoredEvent): Promise<StoredEvent | undefined> {
    const { requestId, invokedFunctionArn } = event;
    const fn = registry.find(functionReference(invokedFunctionArn));
    const { maximumRetryAttempts, maximumEventAgeSeconds } = registry.asynchronous(fn.name, fn.version);
    if (clock.now() - event.acceptedAt > maximumEventAgeSeconds * 1000) return discard(event, fn, 'EventAgeExceeded');
    // Reserved concurrency of zero stops a function: its events are failed at once, without retries
    // (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
    if (registry.reservedConcurrency(fn.name) === 0) return discard(event, fn, 'RetriesExhausted');
    try {
      const { payload, functionError } = await invoker.invoke(fn, { requestId, payload: event.payload, invokedFunctionArn });
      // An invocation that the runtime's own stop cut off is run again after the start.
      if (closing.signal.aborted && functionError) return undefined;
      if (!functionError) {
        remove.run(requestId);
        return undefined;
      }
      const failures = event.failures + 1;
      const failure = { failures, throttles: 0, lastError: payload, nextAttemptAt: clock.now() + retryDelay(failures) };
      const next = later(event, failure);
      return failures > maximumRetryAttempts ? discard(next, fn, 'RetriesExhausted') : next;
    } catch (error) {
      if (closing.signal.aborted || !(error instanceof AwsError)) throw error;
      const throttles = event.throttles + 1;
      return later(event, { throttles, nextAttemptAt: clock.now() + throttleDelay(throttles) });
    }
  }

  async function run(accepted: StoredEvent): Promise<void> {
    for (let event: StoredEvent | undefined = accepted; event && !closing.signal.aborted; ) {
      const wait = event.nextAttemptAt - clock.now();
      if (wait > 0) await clock.sleep(wait, closing.signal);
      event = await attempt(event);
    }
  }

  function begin(event: StoredEvent): void {
    begun.add(event.requestId);
    run(event)
      .catch((error: unknown) => {
        if (closing.signal.aborted) return;
        const reason = error instanceof Error ? error.message : String(error);
        log.line(`The asynchronous event ${event.requestId} stays stored and is tried again at the next start: ${reason}`);
      })
      .finally(() => begun.delete(event.requestId));
  }

  return {
    accept(invokedFunctionArn, payload) {
      const now = clock.now();
      const requestId = randomUUID();
      insert.run(requestId, invokedFunctionArn, payload, now, now);
      begin({
        requestId,
        invokedFunctionArn,
        payload,
        acceptedAt: now,
        nextAttemptAt: now,
        failures: 0,
        throttles: 0,
        lastError: null,
      });
    },
    resume() {
      // The rows were written by this file, so their shape is known. Those of custom resources are under way since the deploy.
      const left = (stored.all() as unknown as StoredEvent[]).filter(({ requestId }) => !begun.has(requestId));
      for (const row of left) begin({ ...row });
    },
    close: () => closing.abort(),
  };
}
