import type { DatabaseSync } from 'node:sqlite';
import type { AwsCall, AwsService } from '../aws/service.ts';
import { classifyError } from '../bus/delivery-error.ts';
import { decideRetry } from '../bus/retry.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Meter } from '../meter.ts';
import type { ProvisionedResource, Provisioners } from '../template/provisioner.ts';
import { invoke, sendToDeadLetterQueue } from './invocation.ts';
import { DEFAULT_GROUP, schedulerProvisioners } from './provision.ts';
import { createScheduleStore, type Invocation } from './schedule-store.ts';
import { schedulerService } from './service.ts';

interface Scheduler {
  /** The AWS service `scheduler`. */
  readonly service: AwsService;
  readonly provisioners: Provisioners;
  /** For schedules that left the templates. */
  readonly removers: Readonly<Record<string, (resource: ProvisionedResource) => void>>;
  /** Begins to fire, with what was missed first, once each. Call it once the targets are there. */
  resume(): void;
  /** Stops; what is not delivered yet stays in the database. */
  close(): Promise<void>;
}

/** A fire later than this was missed: nothing fired at its time. */
const LATE_MS = 60_000;
const CLOSING_GRACE_MS = 2000;

/** The local EventBridge Scheduler. `call` may be bound late: it is not used before `resume()`. */
export function createScheduler(options: {
  db: DatabaseSync;
  call: AwsCall;
  clock: Clock;
  meter: Meter;
  log: Log;
  /** Throws unless the role trusts the service, on behalf of `sourceArn`. */
  assertTrusts: (roleArn: string, servicePrincipal: string, sourceArn: string) => void;
  random?: () => number;
}): Scheduler {
  const { db, call, clock, meter, log, assertTrusts, random = Math.random } = options;
  const store = createScheduleStore(db, random);
  const declared = new Set<string>();
  const groups = new Set([DEFAULT_GROUP]);
  const underWay = new Map<number, Promise<void>>();
  let state: 'waiting' | 'firing' | 'closed' = 'waiting';
  let timer: AbortController | undefined;

  function wake(): void {
    if (state !== 'firing') return;
    timer?.abort();
    const now = clock.now();
    for (const { arn, lateMs } of store.fireDue(now)) {
      if (lateMs >= LATE_MS)
        log.line(`the schedule ${nameOf(arn)} missed a fire, which is made ${Math.round(lateMs / 60_000)} min late`);
    }
    for (const invocation of store.dueInvocations(now, underWay.keys())) {
      const attempt = deliver(invocation).finally(() => {
        underWay.delete(invocation.id);
        wake();
      });
      underWay.set(invocation.id, attempt);
    }
    const next = store.nextDue(underWay.keys());
    if (next === undefined) return;
    timer = new AbortController();
    clock.sleep(Math.max(next - now, 0), timer.signal).then(wake, () => undefined);
  }

  async function deliver(invocation: Invocation): Promise<void> {
    try {
      await invoke(call, invocation);
      meter.add('scheduler.invocations', 1);
    } catch (cause) {
      if (state !== 'closed') await handleFailure(invocation, cause);
      return;
    }
    if (state !== 'closed') store.finish(invocation.id);
  }

  async function handleFailure(invocation: Invocation, cause: unknown): Promise<void> {
    const error = classifyError(cause);
    const decision = decideRetry(invocation, error, clock.now(), random());
    const what = `schedule ${nameOf(invocation.arn)}: its target failed with ${error.code}`;
    if ('retryAt' in decision) {
      log.detail(`${what}; attempt ${invocation.attempts + 1}, trying again`);
      store.postpone(invocation.id, decision.retryAt);
      return;
    }
    try {
      const kept = await sendToDeadLetterQueue(call, invocation, error, decision);
      log.line(`${what}; the fire is ${kept ? 'in its dead-letter queue' : 'dropped: it has no dead-letter queue'}`);
    } catch (queueError) {
      log.line(`${what}; the fire is dropped: its dead-letter queue failed with ${classifyError(queueError).code}`);
    }
    if (state !== 'closed') store.finish(invocation.id);
  }

  return {
    service: schedulerService({ store, clock, groups, assertTrusts, changed: wake }),
    provisioners: schedulerProvisioners({
      groups,
      assertTrusts,
      declare(arn, definition) {
        declared.add(arn);
        store.declare(arn, definition, clock.now());
        wake();
      },
    }),
    removers: {
      'AWS::Scheduler::Schedule': ({ attributes }) => {
        if (attributes.Arn !== undefined) store.remove(attributes.Arn);
        wake();
      },
    },
    resume() {
      for (const arn of store.declaredArns()) if (!declared.has(arn)) store.remove(arn);
      if (state === 'waiting') state = 'firing';
      wake();
    },
    async close() {
      state = 'closed';
      timer?.abort();
      let grace: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        grace = setTimeout(resolve, CLOSING_GRACE_MS);
      });
      await Promise.race([Promise.all(underWay.values()), patience]);
      clearTimeout(grace);
    },
  };
}

const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);
