import { nearest } from '../file/near.ts';
import { exitsOf } from './exits.ts';
import { alwaysComesBefore, canComeBefore, type GraphState, hasLooseEnd, type StateGraph } from './state-graph.ts';

/** The state whose output an expression names, and whether it has one whenever the expression is evaluated. */
interface Referenced {
  readonly state: GraphState;
  readonly isAlwaysSet: boolean;
}

/** A new value at each evaluation: an output made with one of these can't be evaluated again for a variable. */
const IMPURE = /\$(uuid|random|now|millis)\s*\(/;

/**
 * Finds the state `name` whose output an expression in the state `reader` may read, or says in a sentence why there is none.
 * A state reads its own graph and those around it; the inside of a Parallel or Map is read by itself alone
 * (https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html).
 */
export function findReferenced(name: string, reader: GraphState, graphs: readonly StateGraph[]): Referenced | string {
  const shown = JSON.stringify(name);
  for (let at: GraphState | undefined = reader; at !== undefined; at = at.graph.container) {
    const state = at.graph.states.get(name);
    if (state) return readable(state, at);
    if (at.graph.isDistributed && known(name, graphs)) {
      return `${ITERATIONS}: the output of ${shown} cannot be read here; pass it by ItemSelector.`;
    }
  }
  const inner = known(name, graphs)?.graph.container;
  if (inner) {
    const around = JSON.stringify(inner.name);
    return `The state ${shown} is within ${around}, which cannot be read from here; what it gives out is in the output of ${around}.`;
  }
  const near = nearest(
    name,
    graphs.flatMap(({ states }) => [...states.keys()]),
  );
  return near === undefined
    ? `There is no state ${shown} in this definition.`
    : `There is no state ${shown}; did you mean ${JSON.stringify(near)}?`;
}

/** Why what the workflow received cannot be read in this state; undefined when it can. */
export function receivedProblem(reader: GraphState): string | undefined {
  for (let at: GraphState | undefined = reader; at !== undefined; at = at.graph.container) {
    if (at.graph.isDistributed) return `${ITERATIONS}: what the workflow received cannot be read here; pass it by ItemSelector.`;
  }
  return undefined;
}

const ITERATIONS = "A distributed Map's iterations are executions of their own";

/** `at` is the reading state, or the Parallel or Map around it that stands in the same graph as `state`. */
function readable(state: GraphState, at: GraphState): Referenced | string {
  const shown = JSON.stringify(state.name);
  if (!canComeBefore(state, at) && !hasLooseEnd(at.graph)) {
    const self = state === at ? 'has no output yet' : 'cannot have run yet';
    return `The state ${shown} ${self} when this is evaluated: no way leads from it to here.`;
  }
  if (state.language !== 'JSONata') return `The state ${shown} uses JSONPath; only outputs of JSONata states can be read.`;
  if (exitsOf(state.fields).some(({ holder }) => holder.Assign !== undefined && !isObject(holder.Assign))) {
    return `The output of ${shown} cannot be kept to be read here: its Assign is not a mapping.`;
  }
  const impure = IMPURE.exec(JSON.stringify(exitsOf(state.fields).map(({ holder }) => holder.Output ?? null)))?.[1];
  if (impure !== undefined) {
    return `The Output of ${shown} calls $${impure}, which gives another value each time, so it cannot be kept to be read here; make that value in a state before it.`;
  }
  return { state, isAlwaysSet: alwaysComesBefore(state, at) };
}

function known(name: string, graphs: readonly StateGraph[]): GraphState | undefined {
  for (const { states } of graphs) {
    const state = states.get(name);
    if (state) return state;
  }
  return undefined;
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
