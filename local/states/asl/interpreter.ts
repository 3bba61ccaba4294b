import type { Catcher, State, StateGraph } from './definition.ts';
import { type Effect, settle, type Transition } from './effect.ts';
import { matchesError, StatesError } from './errors.ts';
import { runChoice, runFail, runWait } from './flow-states.ts';
import type { Frame, HistoryEntry } from './journal.ts';
import { jsonataLanguage } from './jsonata-language.ts';
import { jsonPathLanguage } from './jsonpath/language.ts';
import { runMap, runParallel } from './parallel-state.ts';
import { nextRetry } from './retry.ts';
import type { GraphResult, RunGraph, Scope } from './scope.ts';
import { StateRun } from './state-run.ts';
import { runTask } from './task-state.ts';

const WHOLE = { truncated: false };

const LANGUAGES = { JSONata: jsonataLanguage, JSONPath: jsonPathLanguage };

/**
 * Runs a graph from its `StartAt`, or from where the journal says this scope stands, to its end. Gives its output; rejects with
 * `StatesError` when a state fails, or with the reason of the scope's signal when that aborts.
 */
export const runGraph: RunGraph = async (graph, input, scope, { previous, opening = [], closing = [] }) => {
  const { journal } = scope.host;
  let frame = journal.load(scope.path);
  if (frame?.done) return { ...frame.done, eventId: frame.enteredEventId };
  let eventId = frame?.enteredEventId ?? previous;
  if (!frame) ({ frame, eventId } = enter(graph, graph.StartAt, input, {}, scope, opening, previous));
  for (;;) {
    const state = stateOf(graph, frame.state);
    const run = new StateRun(state, LANGUAGES[state.QueryLanguage], scope, frame, eventId, runGraph);
    const { output, assigned, next } = await stay(state, run);
    const exited = exitEvents(state, run.name, output, assigned);
    scope.signal.throwIfAborted();
    if (next === undefined) return finish(frame, output, scope, [...exited, ...closing], run.eventId);
    if (state.Type === 'Parallel' || state.Type === 'Map') journal.clearWithin(scope.path);
    ({ frame, eventId } = enter(graph, next, output, { ...run.ownVariables, ...assigned }, scope, exited, run.eventId));
  }
};

function stateOf(graph: StateGraph, name: string): State {
  const state = Object.hasOwn(graph.States, name) ? graph.States[name] : undefined;
  if (!state) throw new StatesError('States.Runtime', `The state '${name}' does not exist.`);
  return state;
}

function enter(
  graph: StateGraph,
  name: string,
  input: unknown,
  variables: Readonly<Record<string, unknown>>,
  scope: Scope,
  before: readonly HistoryEntry[],
  previous: number,
): { frame: Frame; eventId: number } {
  scope.signal.throwIfAborted();
  const { clock, journal, transition } = scope.host;
  const entered = {
    type: `${stateOf(graph, name).Type}StateEntered`,
    stateEnteredEventDetails: { name, input: JSON.stringify(input), inputDetails: WHOLE },
  };
  const frame = { state: name, input, variables, enteredAt: clock.now(), enteredEventId: 0, progress: { retried: [] } };
  transition();
  return journal.save(scope.path, frame, [...before, entered], previous, true);
}

function finish(frame: Frame, output: unknown, scope: Scope, events: readonly HistoryEntry[], previous: number): GraphResult {
  const { journal } = scope.host;
  journal.clearWithin(scope.path);
  const ended: Frame = { ...frame, input: null, variables: {}, progress: { retried: [] }, done: { output } };
  const { eventId } = journal.save(scope.path, ended, events, previous, true);
  return { output, eventId };
}

function exitEvents(state: State, name: string, output: unknown, assigned: Readonly<Record<string, unknown>>): HistoryEntry[] {
  const variables = Object.entries(assigned).map(([variable, value]) => [variable, JSON.stringify(value)] as const);
  return [
    {
      type: `${state.Type}StateExited`,
      stateExitedEventDetails: {
        name,
        output: JSON.stringify(output),
        outputDetails: WHOLE,
        ...(variables.length > 0 && { assignedVariables: Object.fromEntries(variables), assignedVariablesDetails: WHOLE }),
      },
    },
  ];
}

/** Stays in a state until it has come to a transition: attempts it, retries it, and takes a catcher's way when nothing else is left. */
async function stay(state: State, run: StateRun): Promise<Transition> {
  const { clock, random, transition } = run.scope.host;
  for (;;) {
    const { retryAt, ...progress } = run.progress;
    if (retryAt !== undefined) {
      await clock.sleep(Math.max(0, retryAt - clock.now()), run.scope.signal);
      run.advance(progress);
      transition();
    }
    try {
      return await settle(run, await attempt(state, run));
    } catch (error) {
      run.scope.signal.throwIfAborted();
      const failure = error instanceof StatesError ? error : run.failure('States.Runtime', String(error));
      const retry = 'Retry' in state ? nextRetry(state.Retry, failure, run.progress.retried, random) : undefined;
      if (!retry) {
        run.scope.host.failed?.(run.scope.path, failure);
        return settle(run, caught('Catch' in state ? state.Catch : undefined, failure));
      }
      run.scope.host.journal.clearWithin(run.scope.path);
      const round = (run.progress.round ?? 0) + 1;
      run.advance({ retried: retry.retried, retryAt: clock.now() + retry.delay, round });
    }
  }
}

/** The way a catcher takes; throws the failure when none matches. Its output is the error output unless it has `Output` of its own. */
function caught(catchers: readonly Catcher[] | undefined, failure: StatesError): Effect {
  const catcher = catchers?.find(({ ErrorEquals }) => matchesError(ErrorEquals, failure));
  if (!catcher) throw failure;
  const errorOutput = { Error: failure.error, Cause: failure.cause };
  return { fallback: errorOutput, errorOutput, shaping: catcher, next: catcher.Next };
}

async function attempt(state: State, run: StateRun): Promise<Effect> {
  switch (state.Type) {
    case 'Task':
      return runTask(state, run);
    case 'Pass':
      return {
        ...(await run.language.passed(state, run)),
        fallback: run.input,
        shaping: state,
        ...(state.Next !== undefined && { next: state.Next }),
      };
    case 'Wait':
      return runWait(state, run);
    case 'Choice':
      return runChoice(state, run);
    case 'Succeed':
      return { fallback: run.input, shaping: state };
    case 'Fail':
      return runFail(state, run);
    case 'Parallel':
      return runParallel(state, run);
    case 'Map':
      return runMap(state, run);
  }
}
