import { availableParallelism } from 'node:os';
import { AwsError } from '../aws/service.ts';
import type { Clock } from '../clock.ts';
import type { FunctionVersion } from './configuration.ts';
import { type ExecutionEnvironment, type InvocationOutcome, startExecutionEnvironment } from './execution-environment.ts';

export interface Invocation {
  readonly requestId: string;
  /** JSON. */
  readonly payload: string;
  /** As called: with the qualifier if the caller gave one. */
  readonly invokedFunctionArn: string;
  /** JSON. */
  readonly clientContext?: string;
}

export interface WorkerPool {
  run(fn: FunctionVersion, invocation: Invocation): Promise<InvocationOutcome>;
  /** Later invocations get new workers; those that run now end in theirs. */
  renew(): void;
  close(): Promise<void>;
}

export interface WorkerPoolOptions {
  readonly clock: Clock;
  /** Environment variables of a function's workers. */
  readonly variables: (fn: FunctionVersion) => Readonly<Record<string, string>>;
  readonly onLine: (fn: FunctionVersion, line: string) => void;
  /** Milliseconds of a cold start or an invocation, as Lambda bills both. */
  readonly onDuration: (fn: FunctionVersion, ms: number) => void;
  readonly maximumWorkers?: number;
}

/** A warm worker without work is ended after this long, so that the idle runtime stays small. */
const IDLE_MS = 60_000;

/**
 * Lambda would run a thousand invocations at once; one machine cannot. Beyond this many workers invocations wait in a queue,
 * first come first served, without being throttled and without the waiting counting towards their timeout.
 * A warm worker takes some 30 MB, and more of them than the cores can serve make nothing faster.
 */
const MAXIMUM_WORKERS = Math.max(16, 4 * availableParallelism());

/** Importing a bundle takes a core for itself: more cold starts at once than cores would only make each slower. */
const MAXIMUM_COLD_STARTS = Math.max(2, availableParallelism());

interface Worker {
  readonly fn: FunctionVersion;
  readonly key: string;
  readonly environment: ExecutionEnvironment;
  state: 'starting' | 'idle' | 'busy';
  idle: AbortController;
}

interface Waiting {
  readonly fn: FunctionVersion;
  readonly key: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly invocation: Invocation;
  readonly resolve: (outcome: InvocationOutcome) => void;
  readonly reject: (error: Error) => void;
}

const stopped = () => new AwsError('ServiceException', 'The local functions are stopped.', 503);

/** One worker per invocation at once and version of a function; warm ones are used again. */
export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const { clock, maximumWorkers = MAXIMUM_WORKERS } = options;
  const workers = new Set<Worker>();
  const queue: Waiting[] = [];
  let closed = false;
  let generation = 0;

  const count = (matches: (worker: Worker) => boolean) => workers.values().filter(matches).toArray().length;

  function remove(worker: Worker): void {
    worker.idle.abort();
    workers.delete(worker);
    void worker.environment.dispose();
  }

  /** Gives waiting invocations to warm workers, and starts workers for the rest as far as the limits allow. */
  function assign(): void {
    const unserved = new Map<string, number>();
    for (const waiting of [...queue]) {
      const warm = workers.values().find((worker) => worker.state === 'idle' && worker.key === waiting.key);
      if (warm) {
        queue.splice(queue.indexOf(waiting), 1);
        void serve(warm, waiting);
        continue;
      }
      const before = unserved.get(waiting.key) ?? 0;
      unserved.set(waiting.key, before + 1);
      const starting = count(({ state, key }) => state === 'starting' && key === waiting.key);
      if (starting > before || count(({ state }) => state === 'starting') >= MAXIMUM_COLD_STARTS) continue;
      if (workers.size >= maximumWorkers) {
        const replaced = workers.values().find(({ state }) => state === 'idle');
        if (!replaced) continue;
        remove(replaced);
      }
      void start(waiting);
    }
  }

  async function start({ fn, key, variables }: Waiting): Promise<void> {
    const environment = startExecutionEnvironment(fn, { variables, clock, onLine: (line) => options.onLine(fn, line) });
    const worker: Worker = { fn, key, environment, state: 'starting', idle: new AbortController() };
    workers.add(worker);
    const { failure, durationMs } = await environment.initialized;
    options.onDuration(fn, durationMs);
    if (failure) {
      remove(worker);
      const index = queue.findIndex((waiting) => waiting.key === key);
      const [waiting] = index < 0 ? [] : queue.splice(index, 1);
      waiting?.resolve(failure(waiting.invocation.requestId));
    } else {
      release(worker);
    }
    assign();
  }

  async function serve(worker: Worker, { fn, invocation, resolve }: Waiting): Promise<void> {
    worker.idle.abort();
    worker.state = 'busy';
    const { outcome, durationMs } = await worker.environment.invoke(invocation);
    options.onDuration(fn, durationMs);
    release(worker);
    assign();
    resolve(outcome);
  }

  function release(worker: Worker): void {
    if (closed || !worker.environment.alive()) {
      remove(worker);
      return;
    }
    worker.state = 'idle';
    worker.idle = new AbortController();
    clock.sleep(IDLE_MS, worker.idle.signal).then(
      () => remove(worker),
      () => undefined,
    );
  }

  return {
    run: (fn, invocation) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(stopped());
        // A worker may have died while idle, such as by a promise that nobody awaited.
        for (const worker of workers) if (worker.state === 'idle' && !worker.environment.alive()) remove(worker);
        const key = `${generation}:${fn.arn}:${fn.version}:${fn.contentHash}`;
        queue.push({ fn, key, variables: options.variables(fn), invocation, resolve, reject });
        assign();
      }),
    renew() {
      generation += 1;
      for (const worker of workers) if (worker.state === 'idle') remove(worker);
    },
    async close() {
      closed = true;
      for (const { reject } of queue.splice(0)) reject(stopped());
      await Promise.all(
        [...workers].map((worker) => {
          worker.idle.abort();
          return worker.environment.dispose();
        }),
      );
      workers.clear();
    },
  };
}
