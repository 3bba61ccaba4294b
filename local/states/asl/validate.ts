import * as v from 'valibot';
import { type Definition, isDistributed, type State, type StateGraph } from './definition.ts';
import { expressionProblem, isExpression } from './expression.ts';
import { parseResource, runsLocally, type TaskResource } from './resource.ts';
import { definitionSchema } from './schema.ts';

/** The largest definition that Step Functions takes (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html). */
const LONGEST_DEFINITION = 1024 * 1024;

/**
 * A definition from its JSON text. Throws an `Error` whose message is a sentence without its subject's name, such as
 * `state "A": Next names "B", which does not exist.`, for what Step Functions would refuse and for what does not run locally:
 * a task's resource that `runs` is false for.
 */
export function parseDefinition(text: string, runs: (task: TaskResource) => boolean = runsLocally): Definition {
  if (Buffer.byteLength(text) > LONGEST_DEFINITION) throw new Error('the definition is larger than 1 MB.');
  const json = withLanguages(parseJson(text));
  const parsed = v.safeParse(definitionSchema, json);
  if (!parsed.success) throw new Error(sentence(parsed.issues[0]));
  checkExpressions(json, '');
  checkGraph(parsed.output, { outer: new Set(), names: new Set(), runs });
  return parsed.output;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error('the definition is not valid JSON.', { cause: error });
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A copy in which each state names its query language: its own, or the definition's, or else JSONPath. In a JSONata definition no state
 * may go back to JSONPath (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html). A Map's deprecated Iterator
 * becomes its ItemProcessor.
 */
function withLanguages(json: unknown): unknown {
  if (!isObject(json)) return json;
  const { QueryLanguage: language = 'JSONPath' } = json;
  const inGraph = (graph: unknown): unknown => {
    if (!isObject(graph) || !isObject(graph.States)) return graph;
    const states = Object.entries(graph.States).map(
      ([name, state]) => [name, isObject(state) ? inState(name, state) : state] as const,
    );
    return { ...graph, States: Object.fromEntries(states) };
  };
  const inState = (name: string, { Iterator, ...state }: Record<string, unknown>): Record<string, unknown> => {
    const { Branches, ItemProcessor = Iterator, QueryLanguage = language } = state;
    if (language === 'JSONata' && QueryLanguage === 'JSONPath') {
      throw new Error(`state "${name}" uses JSONPath, which a definition whose QueryLanguage is JSONata cannot have.`);
    }
    return {
      ...state,
      QueryLanguage,
      ...(Array.isArray(Branches) && { Branches: Branches.map(inGraph) }),
      ...(ItemProcessor !== undefined && { ItemProcessor: inGraph(ItemProcessor) }),
    };
  };
  return inGraph(json);
}

function sentence(issue: v.BaseIssue<unknown>): string {
  const keys = (issue.path ?? []).map((item) => String(item.key));
  const states = keys.lastIndexOf('States');
  const place = states >= 0 && keys[states + 1] !== undefined ? `state "${keys[states + 1]}": ` : '';
  const field = keys.slice(states >= 0 ? states + 2 : 0).join('.');
  if (issue.expected === 'never') return `${place}the field ${field} is not supported.`;
  return `${place}${field}: ${issue.message}.`;
}

/** Finds, at any depth of JSONata states, a string that only begins or only ends as an expression, and an expression that doesn't parse. */
function checkExpressions(value: unknown, path: string): void {
  if (typeof value === 'string') {
    const opened = value.startsWith('{%');
    if (opened !== value.endsWith('%}')) throw new Error(`${path}: an expression must begin with {% and end with %}.`);
    const problem = isExpression(value) ? expressionProblem(value) : undefined;
    if (problem !== undefined) throw new Error(`${path}: the JSONata expression is not valid: ${problem}.`);
  } else if (typeof value === 'object' && value !== null) {
    const { QueryLanguage, Type } = value as Record<string, unknown>;
    const skipped = ([key]: [string, unknown]) =>
      key === 'Comment' || (QueryLanguage === 'JSONPath' && Type !== undefined && !INNER_GRAPHS.includes(key));
    for (const [key, item] of Object.entries(value))
      if (!skipped([key, item])) checkExpressions(item, path ? `${path}.${key}` : key);
  }
}

const INNER_GRAPHS = ['Branches', 'ItemProcessor'];

interface Surroundings {
  /** The variables assigned in the scopes around. */
  readonly outer: ReadonlySet<string>;
  /** The state names met so far, which must be unique in the whole definition. */
  readonly names: Set<string>;
  readonly runs: (task: TaskResource) => boolean;
}

function checkGraph(graph: StateGraph, around: Surroundings): void {
  const { outer, names, runs } = around;
  if (!Object.hasOwn(graph.States, graph.StartAt)) throw new Error(`StartAt names "${graph.StartAt}", which does not exist.`);
  const own = new Set(Object.values(graph.States).flatMap(assignedVariables));
  for (const [name, state] of Object.entries(graph.States)) {
    const refuse = (problem: string): never => {
      throw new Error(`state "${name}": ${problem}`);
    };
    if (names.has(name)) refuse('its name is used twice.');
    names.add(name);
    for (const [field, target] of targets(state)) {
      if (!Object.hasOwn(graph.States, target)) refuse(`${field} names "${target}", which does not exist.`);
    }
    checkState(state, runs, refuse);
    for (const variable of assignedVariables(state)) {
      if (outer.has(variable)) refuse(`Assign sets $${variable}, which belongs to an outer scope.`);
    }
    for (const inner of graphsWithin(state)) checkGraph(inner, { ...around, outer: new Set([...outer, ...own]) });
  }
}

const COMPUTED = [
  'TimeoutSeconds',
  'HeartbeatSeconds',
  'Error',
  'Cause',
  'MaxConcurrency',
  'ToleratedFailureCount',
  'ToleratedFailurePercentage',
];

function checkState(state: State, runs: Surroundings['runs'], refuse: (problem: string) => never): void {
  if ('Next' in state || 'End' in state || !['Choice', 'Succeed', 'Fail'].includes(state.Type)) {
    const { Next, End } = state as { Next?: string; End?: boolean };
    if ((Next !== undefined) === (End === true)) refuse('it must have either Next or "End": true.');
  }
  if (state.Type === 'Wait') {
    const times = [state.Seconds, state.Timestamp, state.SecondsPath, state.TimestampPath].filter((time) => time !== undefined);
    if (times.length !== 1) refuse('it must have either Seconds or Timestamp.');
  }
  if (state.Type === 'Map' && !isDistributed(state)) {
    const field = Object.keys(state).find((key) => key.startsWith('ToleratedFailure'));
    if (field !== undefined) refuse(`${field} is for a distributed Map.`);
  }
  for (const field of COMPUTED) {
    if (field in state && `${field}Path` in state) refuse(`it must not have both ${field} and ${field}Path.`);
  }
  if (state.Type === 'Task') {
    const resource = parseResource(state.Resource);
    if (!resource || !runs(resource)) refuse(`the resource ${state.Resource} is not supported locally.`);
  }
}

function targets(state: State): (readonly [string, string])[] {
  const found: [string, string][] = [];
  if ('Next' in state && state.Next !== undefined) found.push(['Next', state.Next]);
  if (state.Type === 'Choice') {
    for (const rule of state.Choices) found.push(['Next', rule.Next]);
    if (state.Default !== undefined) found.push(['Default', state.Default]);
  }
  if ('Catch' in state) for (const catcher of state.Catch ?? []) found.push(['Catch', catcher.Next]);
  return found;
}

function assignedVariables(state: State): string[] {
  const rules = [state, ...(state.Type === 'Choice' ? state.Choices : []), ...('Catch' in state ? (state.Catch ?? []) : [])];
  return rules.flatMap((rule) => Object.keys('Assign' in rule ? (rule.Assign ?? {}) : {}).map((key) => key.replace(/\.\$$/, '')));
}

function graphsWithin(state: State): readonly StateGraph[] {
  if (state.Type === 'Parallel') return state.Branches;
  return state.Type === 'Map' ? [state.ItemProcessor] : [];
}
