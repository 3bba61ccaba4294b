import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../clock.ts';
import type { FunctionVersion } from './configuration.ts';

/** What the runtime gets at its start: parts of the context object, which it hands to the handler. */
interface RuntimeStart {
  readonly taskRoot: string;
  readonly handler: string;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly memoryLimitInMB: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
}

interface InvocationRequest {
  readonly requestId: string;
  /** JSON. */
  readonly payload: string;
  readonly invokedFunctionArn: string;
  /** JSON. */
  readonly clientContext?: string;
  readonly timeoutMs: number;
}

/** What the runtime says: that its handler is loaded, or an invocation's answer or error as JSON. */
type RuntimeMessage = { readonly kind: 'ready' } | { readonly kind: 'result' | 'error'; readonly payload: string };

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: the init phase is limited to 10 seconds. */
const INIT_TIMEOUT_MS = 10_000;

/** How an invocation ended: the function's JSON answer, or the error's JSON with `functionError`. */
export interface InvocationOutcome {
  readonly payload: string;
  readonly functionError?: 'Unhandled';
}

/** One worker thread with the function's code loaded: it runs one invocation at a time. */
export interface ExecutionEnvironment {
  /** The cold start. Resolves to the outcome that the waiting invocation gets when the code cannot be loaded. Milliseconds of import are billed. */
  readonly initialized: Promise<{ readonly failure?: (requestId: string) => InvocationOutcome; readonly durationMs: number }>;
  invoke(
    request: Omit<InvocationRequest, 'timeoutMs'>,
  ): Promise<{ readonly outcome: InvocationOutcome; readonly durationMs: number }>;
  /** False once the worker has ended, by itself or not. */
  alive(): boolean;
  dispose(): Promise<void>;
}

type Ending = { readonly kind: 'exit'; readonly reason: string } | { readonly kind: 'timeout' };

/** Plain JavaScript: stripping its types in each worker would cost every cold start about 25 ms and 10 MB. */
const RUNTIME = new URL('./runtime.js', import.meta.url);

/** Starts a worker for `fn`; `onLine` gets each line of its output. */
export function startExecutionEnvironment(
  fn: FunctionVersion,
  options: { readonly variables: Readonly<Record<string, string>>; readonly clock: Clock; readonly onLine: (line: string) => void },
): ExecutionEnvironment {
  const { clock, onLine } = options;
  const today = new Date(clock.now()).toISOString().slice(0, 10).replaceAll('-', '/');
  const start: RuntimeStart = {
    taskRoot: fn.taskRoot,
    handler: fn.handler,
    functionName: fn.name,
    functionVersion: fn.version,
    memoryLimitInMB: String(fn.memoryMb),
    logGroupName: fn.logGroupName,
    logStreamName: `${today}/[${fn.version}]${randomBytes(16).toString('hex')}`,
  };
  const worker = new Worker(RUNTIME, {
    name: fn.name,
    workerData: start,
    env: { ...options.variables },
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: fn.memoryMb },
  });
  for (const stream of [worker.stdout, worker.stderr]) readLines(stream, onLine);

  let ended: Ending | undefined;
  let settle: ((message: RuntimeMessage | Ending) => void) | undefined;
  const end = (reason: string) => {
    ended ??= { kind: 'exit', reason };
    settle?.(ended);
  };
  worker.on('message', (message: RuntimeMessage) => settle?.(message));
  worker.on('error', (error: { readonly code?: string; readonly stack?: string } | null) => {
    onLine(error?.stack ?? String(error));
    const outOfMemory = error?.code === 'ERR_WORKER_OUT_OF_MEMORY';
    end(outOfMemory ? 'Runtime exited with error: signal: killed' : 'Runtime exited with error: exit status 1');
  });
  worker.on('exit', (code) =>
    end(code === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: exit status ${code}`),
  );

  async function receive(timeoutMs: number): Promise<RuntimeMessage | Ending> {
    const timer = new AbortController();
    try {
      return await new Promise((resolve) => {
        settle = resolve;
        if (ended) resolve(ended);
        clock.sleep(timeoutMs, timer.signal).then(
          () => {
            ended ??= { kind: 'timeout' };
            resolve(ended);
            void worker.terminate();
          },
          () => undefined,
        );
      });
    } finally {
      settle = undefined;
      timer.abort();
    }
  }

  function outcomeOf(message: RuntimeMessage | Ending, requestId: string, timeoutMs: number): InvocationOutcome {
    switch (message.kind) {
      case 'ready':
      case 'exit': {
        const reason = message.kind === 'exit' ? message.reason : 'Runtime exited without providing a reason';
        return failure('Runtime.ExitError', `RequestId: ${requestId} Error: ${reason}`);
      }
      case 'timeout':
        return failure(
          'Sandbox.Timedout',
          `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`,
        );
      case 'error':
        return { payload: message.payload, functionError: 'Unhandled' };
      case 'result':
        return { payload: message.payload };
    }
  }

  async function initialize() {
    const began = performance.now();
    const message = await receive(INIT_TIMEOUT_MS);
    const durationMs = performance.now() - began;
    if (message.kind === 'ready') return { durationMs };
    void worker.terminate();
    return { durationMs, failure: (requestId: string) => outcomeOf(message, requestId, INIT_TIMEOUT_MS) };
  }

  return {
    initialized: initialize(),
    async invoke(request) {
      const timeoutMs = fn.timeoutSeconds * 1000;
      const began = performance.now();
      const answer = receive(timeoutMs);
      worker.postMessage({ ...request, timeoutMs } satisfies InvocationRequest);
      const message = await answer;
      return { outcome: outcomeOf(message, request.requestId, timeoutMs), durationMs: performance.now() - began };
    },
    alive: () => ended === undefined,
    async dispose() {
      ended ??= { kind: 'exit', reason: 'Runtime exited without providing a reason' };
      settle?.(ended);
      await worker.terminate();
    },
  };
}

function failure(errorType: string, errorMessage: string): InvocationOutcome {
  return { payload: JSON.stringify({ errorType, errorMessage }), functionError: 'Unhandled' };
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
}
