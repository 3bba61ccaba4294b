import { outputOf, withVariable } from './exits.ts';
import { type GraphState, isRepeated, type StateGraph } from './state-graph.ts';
import type { OutputVariables } from './variables.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * The graph's machine with the variables that keep outputs of its states. Those of `unset` may be read before they are assigned, and are
 * null until then: by the start's own assignment, or by a Pass before a start that the machine comes back to, which would set them to null
 * again. `graphs` are all of the definition: a state's name is unique among them.
 */
export function assignOutputs(
  graph: StateGraph,
  machine: Json,
  variables: OutputVariables,
  unset: ReadonlySet<GraphState>,
  graphs: readonly StateGraph[],
): Json {
  const kept = variables.states.filter((state) => state.graph === graph);
  const start = typeof graph.startAt === 'string' ? graph.states.get(graph.startAt) : undefined;
  if (kept.length === 0 || !start) return machine;

  const states: Record<string, Json> = { ...(machine.States as Record<string, Json>) };
  const assign = (name: string, variable: string, value: Parameters<typeof withVariable>[2]) => {
    const state = states[name];
    if (state) states[name] = withVariable(state, variable, value);
  };
  for (const state of kept) assign(state.name, variables.nameOf(state), outputOf);
  const early = kept.filter((state) => unset.has(state)).map((state) => variables.nameOf(state));
  if (early.length === 0 || !isRepeated(start)) {
    for (const variable of early) assign(start.name, variable, () => null);
    return { ...machine, States: states };
  }
  const first = unusedName(graphs);
  const Assign = Object.fromEntries(early.map((variable) => [variable, null]));
  const pass = { Type: 'Pass', QueryLanguage: 'JSONata', Assign, Next: start.name };
  return { ...machine, StartAt: first, States: { [first]: pass, ...states } };
}

const FIRST = 'Before the first';

function unusedName(graphs: readonly StateGraph[]): string {
  let name = FIRST;
  for (let number = 2; graphs.some(({ states }) => states.has(name)); number += 1) name = `${FIRST} ${number}`;
  return name;
}
