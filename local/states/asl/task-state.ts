import type { TaskState } from './definition.ts';
import type { Effect } from './effect.ts';
import { StatesError } from './errors.ts';
import { checkDataLimit } from './limits.ts';
import { parseResource } from './resource.ts';
import type { StateRun } from './state-run.ts';
import { taskEvents } from './task-events.ts';
import { until } from './until.ts';

/** Runs a Task once; its failures are recorded here, and retried or caught by the interpreter. */
export async function runTask(state: TaskState, run: StateRun): Promise<Effect> {
  const resource = parseResource(state.Resource);
  if (!resource) throw new StatesError('States.Runtime', `The resource ${state.Resource} is not supported locally.`);
  const taskArguments = await run.language.argumentsOf(state, run);
  checkDataLimit(taskArguments, `The input of the state '${run.name}'`);
  const seconds = await timeoutSeconds(state, run);
  const events = taskEvents(resource);
  run.record(events.scheduled(taskArguments, seconds), events.started());
  const abandon = new AbortController();
  try {
    const signal = AbortSignal.any([run.scope.signal, abandon.signal]);
    const { host } = run.scope;
    const work = host.invoke({ stateName: run.name, resource, arguments: taskArguments, attempt: run.retryCount + 1, signal });
    const result = await until(work, host.clock, signal, seconds === undefined ? undefined : seconds * 1000, () => {
      throw new StatesError('States.Timeout', '');
    });
    checkDataLimit(result, `The result of the task '${run.name}'`);
    run.record(events.succeeded(result));
    return { fallback: result, result, shaping: state, ...(state.Next !== undefined && { next: state.Next }) };
  } catch (error) {
    run.scope.signal.throwIfAborted();
    const failure = error instanceof StatesError ? error : new StatesError('States.Runtime', String(error));
    run.record(failure.error === 'States.Timeout' ? events.timedOut(failure) : events.failed(failure));
    throw failure;
  } finally {
    abandon.abort();
  }
}

async function timeoutSeconds(state: TaskState, run: StateRun): Promise<number | undefined> {
  const seconds = await run.language.field(state, 'TimeoutSeconds', run);
  if (seconds === undefined) return undefined;
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1) {
    throw run.mismatch("The field 'TimeoutSeconds' must evaluate to a positive integer.");
  }
  return seconds;
}
