import type { MapState, State } from '../definition.ts';
import type { Effect, Settled } from '../effect.ts';
import { StatesError } from '../errors.ts';
import type { QueryLanguage } from '../query-language.ts';
import type { Scope } from '../scope.ts';
import type { StateRun } from '../state-run.ts';
import { matchesRule } from './choice.ts';
import type { Sources } from './path.ts';
import { evaluateQuery, NothingFound, parseQuery } from './query.ts';
import { putAt } from './result-path.ts';
import { evaluatePayload } from './template.ts';

type Json = Readonly<Record<string, unknown>>;

/** The names of failures: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html. */
const RUNTIME = 'States.Runtime';
const PARAMETERS = 'States.ParameterPathFailure';

export const jsonPathLanguage: QueryLanguage = {
  mismatch: RUNTIME,
  argumentsOf: async (state, run) => parameters(state, run),
  async passed(state, run) {
    return { result: 'Result' in state ? state.Result : parameters(state, run) };
  },
  async field(state, field, run) {
    const { [field]: literal, [`${field}Path`]: path } = state as unknown as Json;
    return typeof path === 'string' ? query(path, `${field}Path`, effectiveInput(state, run), run) : literal;
  },
  async items(state, run) {
    const input = effectiveInput(state, run);
    return state.ItemsPath === undefined ? input : query(state.ItemsPath, 'ItemsPath', input, run);
  },
  async itemInput(state: MapState, run, mapItem) {
    const { ItemSelector = state.Parameters } = state;
    return ItemSelector === undefined
      ? mapItem.Value
      : payload(ItemSelector, 'ItemSelector', effectiveInput(state, run), run, mapItem);
  },
  async matches(rule, field, run) {
    const input = effectiveInput(run.state, run);
    return found(run, field, RUNTIME, input, (sources) => matchesRule(rule as unknown as Json, sources));
  },
  settle: async (effect, state, run) => (effect.errorOutput ? caught(effect, run) : settled(effect, state, run)),
};

/**
 * InputPath, Parameters, ResultSelector, ResultPath, OutputPath, in this order; ResultPath puts the result into the state's whole input
 * (https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html). `Assign` reads the result, as it came,
 * or in a state that has none its effective input.
 */
function settled(effect: Effect, state: State, run: StateRun): Settled {
  const hasResult = 'result' in effect;
  const effective = hasResult ? effect.result : effectiveInput(state, run);
  const { ResultSelector, ResultPath = '$' } = state as { ResultSelector?: unknown; ResultPath?: string | null };
  const assigned = assignments(effect, effective, run);
  const selected = ResultSelector === undefined ? effective : payload(ResultSelector, 'ResultSelector', effective, run);
  const combined = hasResult ? combine(ResultPath, selected, run) : selected;
  return { assigned, output: select(state.OutputPath, 'OutputPath', combined, run) };
}

/** A catcher's output does not go through OutputPath. */
function caught(effect: Effect, run: StateRun): Settled {
  const { errorOutput, shaping } = effect;
  return {
    assigned: assignments(effect, errorOutput, run),
    output: combine(shaping.ResultPath === undefined ? '$' : shaping.ResultPath, errorOutput, run),
  };
}

const assignments = ({ shaping: { Assign } }: Effect, value: unknown, run: StateRun): unknown =>
  Assign === undefined ? {} : payload(Assign, 'Assign', value, run);

const effectiveInput = (state: State, run: StateRun): unknown => select(state.InputPath, 'InputPath', run.input, run);

/** `null` discards: what is left is an empty object. */
function select(path: string | null | undefined, field: string, value: unknown, run: StateRun): unknown {
  if (path === null) return {};
  return path === undefined ? value : query(path, field, value, run);
}

function combine(path: string | null, result: unknown, run: StateRun): unknown {
  if (path === null) return run.input;
  try {
    return putAt(path, run.input, result);
  } catch (error) {
    throw run.failure('States.ResultPathMatchFailure', error instanceof Error ? error.message : String(error));
  }
}

function parameters(state: State & { Parameters?: unknown }, run: StateRun): unknown {
  const input = effectiveInput(state, run);
  return state.Parameters === undefined ? input : payload(state.Parameters, 'Parameters', input, run);
}

const payload = (template: unknown, field: string, input: unknown, run: StateRun, mapItem?: Scope['mapItem']): unknown =>
  found(run, field, PARAMETERS, input, (sources) => evaluatePayload(template, sources, run.scope.host.random), mapItem);

const query = (text: string, field: string, input: unknown, run: StateRun): unknown =>
  found(run, field, RUNTIME, input, (sources) => evaluateQuery(parseQuery(text), sources, run.scope.host.random));

function found<T>(
  run: StateRun,
  field: string,
  failure: string,
  input: unknown,
  evaluate: (sources: Sources) => T,
  mapItem?: Scope['mapItem'],
): T {
  try {
    return evaluate({ input, context: run.context(mapItem), variables: run.variables });
  } catch (error) {
    if (error instanceof StatesError) throw run.failure(error.error, error.cause);
    if (!(error instanceof NothingFound)) throw error;
    throw run.failure(failure, `The JSONPath '${error.path}' specified for the field '${field}' could not be found in the input.`);
  }
}
