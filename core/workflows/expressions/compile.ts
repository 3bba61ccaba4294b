import type { JsonPath, Mistake, SourceText } from '../source-text.ts';
import { outputOf, withVariable } from './exits.ts';
import type { Expression } from './expression.ts';
import { conditionQuery, type Query, textQuery, valueQuery } from './jsonata.ts';
import { parseText } from './parse-text.ts';
import { type Place, placesOf } from './places.ts';
import { findReferenced, receivedProblem } from './references.ts';
import { type GraphState, isRepeated, readGraphs, type StateGraph } from './state-graph.ts';
import { OutputVariables } from './variables.ts';

type Json = Readonly<Record<string, unknown>>;
type Placeholder = Exclude<Expression, Query>;

interface Compiled {
  readonly mistakes: readonly Mistake[];
  /** The names in `${tasks.<name>}`, with the path of each. */
  readonly tasks: readonly { readonly name: string; readonly path: JsonPath }[];
  /** The definition without expressions; `arnOf` gives what stands for `${tasks.<name>}` and `${connections.<name>}`. */
  build(arnOf: (kind: Placeholder['kind'], name: string) => string): Json;
}

/**
 * Turns the `${...}` of a definition into JSONata, and adds the variables that keep the outputs which they read. With mistakes in it,
 * each at its place within its string, what it builds is of no use.
 */
export function compileExpressions(source: SourceText, definition: Json): Compiled {
  const graphs = readGraphs(definition);
  const places = [...placesOf(definition, graphs)];
  const compiler = new Compiler(source, definition, graphs, places);
  for (const place of places) if (place.text.includes('${')) compiler.compile(place);
  const { mistakes, tasks } = compiler;
  return { mistakes, tasks, build: (arnOf) => compiler.build(arnOf) };
}

/** Where the ARN of a task or a connection is wanted. */
const PLACEHOLDER_FIELDS = { tasks: ['Resource', 'FunctionName'], connections: ['ConnectionArn'] };

class Compiler {
  readonly mistakes: Mistake[] = [];
  readonly tasks: { name: string; path: JsonPath }[] = [];
  readonly #source: SourceText;
  readonly #definition: Json;
  readonly #graphs: readonly StateGraph[];
  readonly #variables: OutputVariables;
  /** By path, the strings that change. */
  readonly #texts = new Map<string, string>();
  readonly #placeholders = new Map<string, Placeholder>();
  /** States that may not have run when their output is read. */
  readonly #unset = new Set<GraphState>();

  constructor(source: SourceText, definition: Json, graphs: readonly StateGraph[], places: readonly Place[]) {
    this.#source = source;
    this.#definition = definition;
    this.#graphs = graphs;
    this.#variables = new OutputVariables(places.map(({ text }) => text));
  }

  compile(place: Place): void {
    const { text, path, kind } = place;
    if (place.isKey) {
      this.mistakes.push(this.#source.mistakeAt(path, 'A key cannot have an expression, only a value can.', 'key'));
      return;
    }
    // Such a text is JSONata alone, or a mistake that is found with the others of JSONata.
    if (text.startsWith('{%') || text.endsWith('%}')) return;
    const { parts, mistakes } = parseText(text);
    for (const { at, message } of mistakes) this.#mistake(place, at, message);
    const expressions = parts.filter((part) => typeof part !== 'string');
    const [only] = parts;
    const isWhole = parts.length === 1 && mistakes.length === 0;
    const queries = expressions.filter((expression): expression is Query => {
      if (expression.kind !== 'tasks' && expression.kind !== 'connections') return true;
      this.#takePlaceholder(place, expression, isWhole);
      return false;
    });
    const isPlace = queries.length === 0 || this.#isPlaceForQueries(place, parts, queries);
    if (mistakes.length > 0 || !isPlace || queries.length < expressions.length) return;
    if (queries.length === 0) {
      this.#texts.set(keyOf(path), parts.join(''));
      return;
    }

    const variableOf = this.#variableOfIn(place.state);
    const isSingle = isWhole && only !== undefined && typeof only !== 'string';
    if ((kind === 'condition' || kind === 'single') && !isSingle) {
      const what = kind === 'condition' ? 'A Condition' : `${String(path.at(-1))}`;
      this.#mistake(place, 0, `${what} with an expression is that expression alone: text around it would make it a text.`);
      return;
    }
    const [query] = queries;
    if (!query) return;
    if (kind === 'condition') this.#texts.set(keyOf(path), conditionQuery(query, variableOf));
    else if (isSingle && kind !== 'text') this.#texts.set(keyOf(path), valueQuery(query, variableOf));
    else this.#texts.set(keyOf(path), textQuery(parts as readonly (string | Query)[], variableOf));
  }

  build(arnOf: (kind: Placeholder['kind'], name: string) => string): Json {
    const copy = (value: unknown, path: JsonPath): unknown => {
      if (typeof value === 'string') {
        const placeholder = this.#placeholders.get(keyOf(path));
        return placeholder ? arnOf(placeholder.kind, placeholder.name) : (this.#texts.get(keyOf(path)) ?? value);
      }
      if (Array.isArray(value)) return value.map((item, index) => copy(item, [...path, index]));
      if (!isObject(value)) return value;
      const copied = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, copy(member, [...path, key])]));
      const graph = this.#graphs.find((candidate) => keyOf(candidate.path) === keyOf(path));
      return graph ? this.#withVariables(graph, copied) : copied;
    };
    return copy(this.#definition, []) as Json;
  }

  /** The machine with the variables of its states assigned, and those that may be read before, set to null at its start. */
  #withVariables(graph: StateGraph, machine: Json): Json {
    const states = new Map(Object.entries(isObject(machine.States) ? machine.States : {}));
    const change = (name: string, changed: (state: Json) => Json) => {
      const state = states.get(name);
      if (isObject(state)) states.set(name, changed(state));
    };
    const own = this.#variables.states.filter((state) => state.graph === graph);
    for (const state of own) change(state.name, (fields) => withVariable(fields, this.#variables.nameOf(state), outputOf));
    const unset = own.filter((state) => this.#unset.has(state)).map((state) => this.#variables.nameOf(state));
    const start = typeof graph.startAt === 'string' ? graph.states.get(graph.startAt) : undefined;
    if (unset.length === 0 || !start) return { ...machine, States: Object.fromEntries(states) };

    if (!isRepeated(start)) {
      for (const variable of unset) change(start.name, (fields) => withVariable(fields, variable, () => null));
      return { ...machine, States: Object.fromEntries(states) };
    }
    // A start that is come back to would set them to null again.
    const name = this.#unusedName('Before the first');
    const Assign = Object.fromEntries(unset.map((variable) => [variable, null]));
    const first = { Type: 'Pass', QueryLanguage: 'JSONata', Assign, Next: start.name };
    return { ...machine, StartAt: name, States: { [name]: first, ...Object.fromEntries(states) } };
  }

  #unusedName(wanted: string): string {
    let name = wanted;
    for (let number = 2; this.#graphs.some(({ states }) => states.has(name)); number += 1) name = `${wanted} ${number}`;
    return name;
  }

  #takePlaceholder(place: Place, placeholder: Placeholder, isWhole: boolean): void {
    const fields = PLACEHOLDER_FIELDS[placeholder.kind];
    const shown = `\${${placeholder.kind}.${placeholder.name}}`;
    if (!isWhole || !fields.includes(String(place.path.at(-1)))) {
      this.#mistake(place, placeholder.at, `${shown} stands alone, as the value of ${fields.join(' or ')}.`);
      return;
    }
    this.#placeholders.set(keyOf(place.path), placeholder);
    if (placeholder.kind === 'tasks') this.tasks.push({ name: placeholder.name, path: place.path });
  }

  #isPlaceForQueries(place: Place, parts: readonly unknown[], queries: readonly Query[]): boolean {
    const found = this.mistakes.length;
    const { text, kind, state, path } = place;
    const [{ at } = { at: 0 }] = queries;
    const isMixed = parts.some((part) => typeof part === 'string' && JSONATA.test(part));
    if (state && state.language !== 'JSONata') {
      this.#mistake(place, at, `Expressions need JSONata, and the state "${state.name}" uses JSONPath.`);
    } else if (kind === 'none' || !state) {
      const field = path.findLast((step) => typeof step === 'string') ?? 'This';
      this.#mistake(place, at, `${field} takes no expressions here; for a literal \${ write $\${.`);
    } else if (isMixed) {
      this.#mistake(
        place,
        text.search(JSONATA),
        `A string has either JSONata, in {% and %}, or expressions in \${ and }, not both.`,
      );
    } else {
      for (const query of queries) this.#check(place, query, state);
    }
    return this.mistakes.length === found;
  }

  #check(place: Place, query: Query, reader: GraphState): void {
    const found = query.kind === 'received' ? receivedProblem(reader) : findReferenced(query.state, reader, this.#graphs);
    if (typeof found === 'string') this.#mistake(place, query.at, found);
    else if (found && !found.isAlwaysSet) this.#unset.add(found.state);
  }

  /** Called only for references that were checked. */
  #variableOfIn(reader: GraphState | undefined): (state: string) => string {
    return (name) => {
      const found = reader === undefined ? '' : findReferenced(name, reader, this.#graphs);
      return typeof found === 'string' ? '' : this.#variables.nameOf(found.state);
    };
  }

  #mistake({ path }: Place, at: number, message: string): void {
    this.mistakes.push(this.#source.mistakeWithin(path, at, message));
  }
}

const JSONATA = /\{%|%\}/;

const keyOf = (path: JsonPath): string => JSON.stringify(path);
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
