import { randomBytes } from 'node:crypto';
import type { TaskState } from './definition.ts';
import type { Effect } from './effect.ts';
import { StatesError } from './errors.ts';
import type { TaskLimits } from './journal.ts';
import { checkDataLimit } from './limits.ts';
import { awaitedBy, parseResource, type TaskResource } from './resource.ts';
import type { Waiting } from './scope.ts';
import type { StateRun } from './state-run.ts';
import { taskEvents } from './task-events.ts';
import { until } from './until.ts';

interface Begun extends TaskLimits {
  readonly arguments: unknown;
}

/** Runs a Task once; its failures are recorded here, and retried or caught by the interpreter. */
export async function runTask(state: TaskState, run: StateRun): Promise<Effect> {
  const resource = parseResource(state.Resource);
  if (!resource) throw new StatesError('States.Runtime', `The resource ${state.Resource} is not supported locally.`);
  const { host } = run.scope;
  const events = taskEvents(resource);
  // Set when an earlier process has come so far.
  const { submitted } = run.progress;
  const begun = submitted ? undefined : await begin(state, resource, run);
  const { deadline } = submitted ?? begun ?? {};
  const abandon = new AbortController();
  try {
    const signal = AbortSignal.any([run.scope.signal, abandon.signal]);
    const work = begun ? callService(resource, begun, run, signal) : awaitRest(resource, run, signal);
    const left = deadline === undefined ? undefined : Math.max(0, deadline - host.clock.now());
    const result = await until(work, host.clock, signal, left, () => {
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
    if (run.progress.token !== undefined) host.waiting?.closeToken(run.progress.token);
  }
}

/** Evaluates what the task needs, its token first so that the arguments can hold it, and records its beginning. */
async function begin(state: TaskState, resource: TaskResource, run: StateRun): Promise<Begun> {
  if (awaitedBy(resource) === 'token' && run.progress.token === undefined) {
    run.advance({ ...run.progress, token: randomBytes(64).toString('base64url') });
  }
  const taskArguments = await run.language.argumentsOf(state, run);
  checkDataLimit(taskArguments, `The input of the state '${run.name}'`);
  const [timeout, heartbeatSeconds] = [await seconds(state, 'TimeoutSeconds', run), await seconds(state, 'HeartbeatSeconds', run)];
  const events = taskEvents(resource);
  if (run.progress.token !== undefined) run.scope.host.waiting?.openToken(run.progress.token);
  run.record(events.scheduled(taskArguments, timeout, heartbeatSeconds), events.started());
  return {
    arguments: taskArguments,
    ...(timeout !== undefined && { deadline: run.scope.host.clock.now() + timeout * 1000 }),
    ...(heartbeatSeconds !== undefined && { heartbeatSeconds }),
  };
}

/** Calls the service, and waits for the rest when its answer is not the end. */
async function callService(resource: TaskResource, begun: Begun, run: StateRun, signal: AbortSignal): Promise<unknown> {
  const { host } = run.scope;
  const { arguments: taskArguments, ...limits } = begun;
  const request = { stateName: run.name, resource, arguments: taskArguments, attempt: run.retryCount + 1, signal };
  const answer = await host.invoke(request);
  signal.throwIfAborted();
  if (!host.waiting || awaitedBy(resource) === undefined) return answer;
  run.advance({ ...run.progress, submitted: { ...limits, answer } }, taskEvents(resource).submitted(answer));
  return awaitRest(resource, run, signal);
}

async function awaitRest(resource: TaskResource, run: StateRun, signal: AbortSignal): Promise<unknown> {
  const { waiting, clock } = run.scope.host;
  const { token, submitted } = run.progress;
  if (!waiting || !submitted) throw new StatesError('States.Runtime', `The task '${run.name}' has nothing to wait for.`);
  if (token === undefined) return waiting.executionEnd(resource, submitted.answer, signal);
  const outcome = waiting.tokenOutcome(token, signal);
  if (submitted.heartbeatSeconds === undefined) return outcome;
  return Promise.race([outcome, missedHeartbeat(token, submitted.heartbeatSeconds * 1000, waiting, clock, signal)]);
}

/**
 * Rejects once the last heartbeat is too long ago: with `States.Timeout` (https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html), which
 * retriers and catchers know as `States.HeartbeatTimeout`, too (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html).
 */
async function missedHeartbeat(
  token: string,
  interval: number,
  waiting: Waiting,
  clock: StateRun['scope']['host']['clock'],
  signal: AbortSignal,
): Promise<never> {
  for (;;) {
    const left = waiting.lastHeartbeat(token) + interval - clock.now();
    if (left <= 0) throw new StatesError('States.Timeout', '', 'States.HeartbeatTimeout');
    await clock.sleep(left, signal);
  }
}

async function seconds(state: TaskState, field: 'TimeoutSeconds' | 'HeartbeatSeconds', run: StateRun): Promise<number | undefined> {
  const value = await run.language.field(state, field, run);
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
    throw run.mismatch(`The field '${field}' must evaluate to a positive integer.`);
  }
  return value;
}
