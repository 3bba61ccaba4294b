import { pathToFileURL } from 'node:url';
import { statesOf } from '../core/workflows/states-of.ts';
import type { TaskMock } from '../local/states/run-definition.ts';
import { CALLBACKS } from './callbacks.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * What stands in for a task: its result as JSON, which is `$states.result` in the definition; `{ error, cause? }`, which fails it; a
 * list with one of these for each call in turn, the last for all further; or a function of the task's arguments, whose error's name and
 * message fail the task.
 */
export type Mock = unknown;

/** An ARN that stands for the workflow's own task `name`, and the name that is in it. */
export const taskArnOf = (name: string): string => `${TASK_ARN}${name}`;
const INVOKE = /^arn:aws[a-z-]*:states:::lambda:invoke$/;
const TASK_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:';
const taskOf = (arn: unknown): string | undefined =>
  typeof arn === 'string' && arn.startsWith(TASK_ARN) ? arn.slice(TASK_ARN.length) : undefined;

interface Tasks {
  /** The definition's Task states by their names, with their resources. */
  readonly resources: ReadonlyMap<string, string>;
  /** The workflow's own tasks: their modules' files by name. */
  readonly modules: Readonly<Record<string, string>>;
  readonly mocks: Readonly<Record<string, Mock>>;
  /** Stands for `${millrace.callbacks}` where it is called without waiting. */
  readonly openCallback: (payload: unknown) => Promise<unknown>;
  /** What tasks that are called by `lambda:invoke` know of the run. */
  readonly run: { readonly activityId: string; readonly workflowId: string };
}

/**
 * Does a run's tasks: with its mock, else by calling the workflow's own task, or by opening a callback. Anything else fails the run, past every catcher, with
 * a sentence that says what to mock. Throws an `Error` with a sentence for a mock of what is not a Task state.
 */
export function taskCaller({ resources, modules, mocks, openCallback, run }: Tasks): TaskMock {
  for (const state of Object.keys(mocks)) {
    if (!resources.has(state)) {
      const known = [...resources.keys()].map((name) => `"${name}"`).join(', ');
      throw new Error(`There is no Task state "${state}" to mock; ${known ? `there are ${known}` : 'the definition has none'}.`);
    }
  }
  const calls = new Map<string, number>();
  return async (state, taskArguments) => {
    const resource = resources.get(state) ?? '';
    if (Object.hasOwn(mocks, state)) {
      const call = calls.get(state) ?? 0;
      calls.set(state, call + 1);
      return resultOf(nth(mocks[state], call), taskArguments);
    }
    const { FunctionName, Payload = {} } = isObject(taskArguments) ? taskArguments : {};
    const direct = moduleOf(modules, resource);
    if (direct) return callTask(direct, taskArguments, {});
    if (INVOKE.test(resource) && FunctionName === CALLBACKS) {
      return {
        ExecutedVersion: '$LATEST',
        Payload: await openCallback(Payload).catch((error: unknown) => Promise.reject(asTaskFailure(error))),
        StatusCode: 200,
      };
    }
    const invoked = INVOKE.test(resource) ? moduleOf(modules, FunctionName) : undefined;
    if (invoked)
      return {
        ExecutedVersion: '$LATEST',
        Payload: await callTask(invoked, Payload, { clientContext: { custom: run } }),
        StatusCode: 200,
      };
    throw failure(
      'States.Runtime',
      `The state "${state}" calls ${resource}, which is not there in a test; mock it with --mock '${state}=<file>' or mocks: { ${JSON.stringify(state)}: ... }.`,
    );
  };
}

/** The Task states of a definition, at any depth, with their resources. */
export const taskResourcesOf = (definition: unknown): Map<string, string> =>
  new Map(
    statesOf(definition).flatMap(([name, state]) => (state.Type === 'Task' ? [[name, String(state.Resource)] as const] : [])),
  );

const moduleOf = (modules: Tasks['modules'], arn: unknown): string | undefined => modules[taskOf(arn) ?? ''];

const nth = (mock: Mock, call: number): Mock =>
  Array.isArray(mock) && mock.length > 0 ? mock[Math.min(call, mock.length - 1)] : mock;

async function resultOf(mock: Mock, taskArguments: unknown): Promise<unknown> {
  if (typeof mock === 'function') return mock(taskArguments);
  if (isFailure(mock)) throw failure(mock.error, mock.cause ?? '');
  return mock;
}

/**
 * Calls a task's handler as Lambda would: with JSON, and with its error as the JSON that Step Functions gives as the cause
 * (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html).
 */
async function callTask(file: string, payload: unknown, context: Json): Promise<unknown> {
  const { handler }: { handler?: unknown } = await import(pathToFileURL(file).href);
  if (typeof handler !== 'function') throw failure('Runtime.HandlerNotFound', `${file} does not export a function named handler.`);
  try {
    return JSON.parse(JSON.stringify(await handler(JSON.parse(JSON.stringify(payload)), context)) ?? 'null');
  } catch (error) {
    throw asTaskFailure(error);
  }
}

function asTaskFailure(error: unknown): Error {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  return failure(name, JSON.stringify({ errorType: name, errorMessage: message, trace: stack.split('\n') }));
}

const failure = (error: string, cause: string): Error => Object.assign(new Error(cause), { name: error });

function isFailure(mock: unknown): mock is { readonly error: string; readonly cause?: string } {
  if (!isObject(mock) || typeof mock.error !== 'string') return false;
  return Object.keys(mock).every((key) => key === 'error' || (key === 'cause' && typeof mock.cause === 'string'));
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
