import { existsSync } from 'node:fs';
import { AwsError } from '../aws/service.ts';
import type { Meter } from '../meter.ts';
import type { FunctionVersion } from './configuration.ts';
import type { InvocationOutcome } from './execution-environment.ts';
import type { FunctionRegistry } from './function-registry.ts';
import type { Invocation, WorkerPool } from './worker-pool.ts';

/** The quota of concurrent executions: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ACCOUNT_CONCURRENCY = 1000;

/** 6 MB, for a synchronous request and its response alike (same page). Payloads are text, so base64 within them counts. */
export const LARGEST_PAYLOAD = 6 * 1024 * 1024;

export interface Invoker {
  /** Runs one invocation. Raises `TooManyRequestsException` beyond the function's or the account's concurrency. */
  invoke(fn: FunctionVersion, invocation: Invocation): Promise<InvocationOutcome>;
}

/** Keeps Lambda's concurrency limits (https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html) in front of the pool. */
export function createInvoker(options: { registry: FunctionRegistry; pool: WorkerPool; meter: Meter }): Invoker {
  const { registry, pool, meter } = options;
  const running = new Map<string, number>();
  let unreserved = 0;

  function throttle(name: string, reserved: number | undefined): void {
    const full =
      reserved === undefined ? unreserved >= ACCOUNT_CONCURRENCY - registry.totalReserved() : (running.get(name) ?? 0) >= reserved;
    if (full) throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
  }

  return {
    async invoke(fn, invocation) {
      const reserved = registry.reservedConcurrency(fn.name);
      throttle(fn.name, reserved);
      if (!existsSync(fn.taskRoot)) {
        const errorMessage = `The code of ${fn.name}:${fn.version} is gone from the cloud assembly; publish the function again.`;
        return { payload: JSON.stringify({ errorType: 'Runtime.ImportModuleError', errorMessage }), functionError: 'Unhandled' };
      }
      running.set(fn.name, (running.get(fn.name) ?? 0) + 1);
      if (reserved === undefined) unreserved += 1;
      meter.add('lambda.requests', 1);
      try {
        return limited(await pool.run(fn, invocation));
      } finally {
        running.set(fn.name, (running.get(fn.name) ?? 1) - 1);
        if (reserved === undefined) unreserved -= 1;
      }
    },
  };
}

function limited(outcome: InvocationOutcome): InvocationOutcome {
  if (Buffer.byteLength(outcome.payload) <= LARGEST_PAYLOAD) return outcome;
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${LARGEST_PAYLOAD} bytes).`;
  return { payload: JSON.stringify({ errorType: 'Function.ResponseSizeTooLarge', errorMessage }), functionError: 'Unhandled' };
}
