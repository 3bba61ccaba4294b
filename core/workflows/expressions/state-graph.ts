import type { JsonPath } from '../source-text.ts';

type Json = Readonly<Record<string, unknown>>;

/** The states of a machine, a Parallel's branch or a Map's processor, and where it stands in the others. */
export interface StateGraph {
  readonly path: JsonPath;
  readonly startAt: unknown;
  readonly states: ReadonlyMap<string, GraphState>;
  /** The Parallel or Map around it. */
  readonly container?: GraphState;
  /** A distributed Map's processor: its iterations are executions of their own. */
  readonly isDistributed: boolean;
}

export interface GraphState {
  readonly name: string;
  readonly fields: Json;
  readonly path: JsonPath;
  readonly graph: StateGraph;
  readonly language: unknown;
}

/** All graphs of a definition, the outermost first. What is not a state is left out: others say so. */
export function readGraphs(definition: Json): readonly StateGraph[] {
  const graphs: StateGraph[] = [];
  const read = (machine: unknown, path: JsonPath, container?: GraphState) => {
    if (!isObject(machine)) return;
    const states = new Map<string, GraphState>();
    const config = machine.ProcessorConfig;
    const isDistributed = isObject(config) && config.Mode === 'DISTRIBUTED';
    const graph: StateGraph = { path, startAt: machine.StartAt, states, isDistributed, ...(container && { container }) };
    graphs.push(graph);
    for (const [name, fields] of Object.entries(isObject(machine.States) ? machine.States : {})) {
      if (!isObject(fields)) continue;
      const language = fields.QueryLanguage ?? definition.QueryLanguage ?? 'JSONPath';
      const state = { name, fields, path: [...path, 'States', name], graph, language };
      states.set(name, state);
      const branches = Array.isArray(fields.Branches) ? fields.Branches : [];
      for (const [index, branch] of branches.entries()) read(branch, [...state.path, 'Branches', index], state);
      for (const field of ['ItemProcessor', 'Iterator']) read(fields[field], [...state.path, field], state);
    }
  };
  read(definition, []);
  return graphs;
}

/** Whether a run of the graph that is at `to` may have been at `from` before. */
export function canComeBefore(from: GraphState, to: GraphState): boolean {
  return reachable(from.graph, targetsOf(from)).has(to.name);
}

/** Whether no run of the graph comes to `to` without having been at `from`. */
export function alwaysComesBefore(from: GraphState, to: GraphState): boolean {
  return from !== to && !reachable(from.graph, [from.graph.startAt], from.name).has(to.name);
}

/** Whether a run may come to the state more than once. */
export const isRepeated = (state: GraphState): boolean => canComeBefore(state, state);

/** Whether something leads to a state that is not there: others say so, and what was meant to lie behind it is not known. */
export function hasLooseEnd({ startAt, states }: StateGraph): boolean {
  const targets = [startAt, ...[...states.values()].flatMap(targetsOf)].filter((target) => target !== undefined);
  return targets.some((target) => typeof target !== 'string' || !states.has(target));
}

/** The names of the states that a run comes to from these, themselves included; never to `avoided`. */
function reachable({ states }: StateGraph, from: readonly unknown[], avoided?: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const ahead = [...from];
  while (ahead.length > 0) {
    const name = ahead.pop();
    const state = typeof name === 'string' ? states.get(name) : undefined;
    if (!state || reached.has(state.name) || state.name === avoided) continue;
    reached.add(state.name);
    ahead.push(...targetsOf(state));
  }
  return reached;
}

function targetsOf({ fields }: GraphState): unknown[] {
  const rules = [fields.Choices, fields.Catch].flatMap((list): unknown[] => (Array.isArray(list) ? list : []));
  return [fields.Next, fields.Default, ...rules.map((rule) => (isObject(rule) ? rule.Next : undefined))];
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
