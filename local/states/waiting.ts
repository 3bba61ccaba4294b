import type { AwsCall } from '../aws/service.ts';
import type { Waiting } from './asl/scope.ts';
import type { Execution, ExecutionStore } from './execution-store.ts';
import { nestedResult } from './integrations/nested-execution.ts';
import type { TaskTokens } from './task-tokens.ts';

interface Surroundings {
  readonly call: AwsCall;
  readonly tokens: TaskTokens;
  readonly endings: Endings;
  /** Whether the runtime is closing: what it leaves is taken up again. */
  readonly isClosed: () => boolean;
}

/** What the tasks of one execution wait for: tokens, and executions that they started. */
export function waitingOf({ arn, machineArn, roleArn }: Execution, { call, tokens, endings, isClosed }: Surroundings): Waiting {
  const caller = { kind: 'role', arn: roleArn } as const;
  return {
    openToken: (token) => tokens.open(token, arn, machineArn),
    closeToken: (token) => {
      if (!isClosed()) tokens.close(token);
    },
    lastHeartbeat: (token) => tokens.lastHeartbeat(token),
    tokenOutcome: (token, signal) => tokens.outcome(token, signal),
    executionEnd: async (task, answer, signal) => {
      const { ExecutionArn: nested } = answer as { readonly ExecutionArn: string };
      await endings.of(nested, signal).catch(async (error: unknown) => {
        // Best effort, as https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync has it.
        if (!isClosed()) await call('states', 'StopExecution', { executionArn: nested }, caller).catch(() => undefined);
        throw error;
      });
      return nestedResult(call, caller, nested, task.kind === 'integration' && task.resource.endsWith(':2'));
    },
  };
}

/** Tells of executions that end. */
export class Endings {
  readonly #store: ExecutionStore;
  readonly #watchers = new Map<string, Set<() => void>>();

  constructor(store: ExecutionStore) {
    this.#store = store;
  }

  tell(arn: string): void {
    for (const wake of this.#watchers.get(arn) ?? []) wake();
  }

  /** Resolves when the execution has ended; rejects with the signal's reason. */
  async of(arn: string, signal: AbortSignal): Promise<void> {
    if (this.#store.find(arn)?.status !== 'RUNNING') return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const watchers = this.#watchers.get(arn) ?? new Set();
    this.#watchers.set(arn, watchers.add(resolve));
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    await promise.finally(() => {
      watchers.delete(resolve);
      if (watchers.size === 0) this.#watchers.delete(arn);
      signal.removeEventListener('abort', abort);
    });
  }
}
