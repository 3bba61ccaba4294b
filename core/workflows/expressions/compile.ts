import type { JsonPath, Mistake, SourceText } from '../source-text.ts';
import { assignOutputs } from './assign-outputs.ts';
import type { Expression } from './expression.ts';
import { conditionQuery, type Query, textQuery, valueQuery } from './jsonata.ts';
import { parseText } from './parse-text.ts';
import { type Place, placesOf } from './places.ts';
import { findReferenced, receivedProblem } from './references.ts';
import { type GraphState, readGraphs, type StateGraph } from './state-graph.ts';
import { OutputVariables } from './variables.ts';

type Json = Readonly<Record<string, unknown>>;
type Placeholder = Exclude<Expression, Query>;

interface Compiled {
  readonly mistakes: readonly Mistake[];
  /** The names in `${millrace.<name>}`, each once. */
  readonly platformFunctions: ReadonlySet<string>;
  /** The names in `${tasks.<name>}`, with the path of each. */
  readonly tasks: readonly { readonly name: string; readonly path: JsonPath }[];
  /** The definition without expressions; `arnOf` gives what stands for `${tasks.<name>}`, `${connections.<name>}` and `${millrace.<name>}`. */
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
  const { mistakes, tasks, platformFunctions } = compiler;
  return { mistakes, tasks, platformFunctions, build: (arnOf) => compiler.build(arnOf) };
}

/** Where the ARN of a task, a connection or a function of the platform is wanted. That last one must know its run: a bare `Resource` tells none. */
const PLACEHOLDER_FIELDS = { tasks: ['Resource', 'FunctionName'], connections: ['ConnectionArn'], millrace: ['FunctionName'] };

class Compiler {
  readonly mistakes: Mistake[] = [];
  readonly tasks: { name: string; path: JsonPath }[] = [];
  readonly platformFunctions = new Set<string>();
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
    const { text, path } = place;
    if (place.isKey) {
      this.mistakes.push(this.#source.mistakeAt(path, 'A key cannot have an expression, only a value can.', 'key'));
      return;
    }
    // Such a text is JSONata alone, or a mistake that is found with the others of JSONata.
    if (text.startsWith('{%') || text.endsWith('%}')) return;
    const { parts, mistakes } = parseText(text);
    for (const { at, message } of mistakes) this.#mistake(place, at, message);
    const isWhole = parts.length === 1 && mistakes.length === 0;
    const queries: Query[] = [];
    for (const part of parts) {
      if (isPlaceholder(part)) this.#takePlaceholder(place, part, isWhole);
      else if (typeof part !== 'string') queries.push(part);
    }
    const canStand = queries.length === 0 || this.#canStand(place, parts, queries);
    const known = parts.filter((part): part is string | Query => !isPlaceholder(part));
    if (mistakes.length === 0 && canStand && known.length === parts.length)
      this.#texts.set(keyOf(path), this.#compiled(place, known));
  }

  #compiled({ kind, state }: Place, parts: readonly (string | Query)[]): string {
    const variableOf = this.#variableOfIn(state);
    const [only] = parts;
    if (parts.every((part) => typeof part === 'string')) return parts.join('');
    if (parts.length > 1 || only === undefined || typeof only === 'string' || kind === 'text') return textQuery(parts, variableOf);
    return kind === 'condition' ? conditionQuery(only, variableOf) : valueQuery(only, variableOf);
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
      return graph ? assignOutputs(graph, copied, this.#variables, this.#unset, this.#graphs) : copied;
    };
    return copy(this.#definition, []) as Json;
  }

  #takePlaceholder(place: Place, placeholder: Placeholder, isWhole: boolean): void {
    const fields = PLACEHOLDER_FIELDS[placeholder.kind];
    const shown = `\${${placeholder.kind}.${placeholder.name}}`;
    if (!isWhole || !fields.includes(String(place.path.at(-1)))) {
      this.#mistake(place, placeholder.at, `${shown} stands alone, as the value of ${fields.join(' or ')}.`);
      return;
    }
    if (placeholder.kind === 'millrace' && this.#refusesContext(place)) return;
    this.#placeholders.set(keyOf(place.path), placeholder);
    if (placeholder.kind === 'millrace') this.platformFunctions.add(placeholder.name);
    if (placeholder.kind === 'tasks') this.tasks.push({ name: placeholder.name, path: place.path });
  }

  /** A function of the platform believes what its client context says of the run: only the platform writes that. */
  #refusesContext({ path }: Place): boolean {
    const call = path.slice(0, -1).reduce<unknown>((value, step) => (value as Json)[step], this.#definition);
    const field = ['ClientContext', 'ClientContext.$'].find((name) => isObject(call) && name in call);
    if (field === undefined) return false;
    const message = 'A call of a function of Millrace has no ClientContext of its own: Millrace says there which run it is.';
    this.mistakes.push(this.#source.mistakeAt([...path.slice(0, -1), field], message, 'key'));
    return true;
  }

  /** Whether these expressions may stand there, after a mistake for each reason against it. */
  #canStand(place: Place, parts: readonly unknown[], queries: readonly Query[]): boolean {
    const found = this.mistakes.length;
    const { text, kind, state, path } = place;
    const [{ at } = { at: 0 }] = queries;
    if (state && state.language !== 'JSONata') {
      this.#mistake(place, at, `Expressions need JSONata, and the state "${state.name}" uses JSONPath.`);
    } else if (kind === 'none' || !state) {
      const field = path.findLast((step) => typeof step === 'string') ?? 'This';
      this.#mistake(place, at, `${field} takes no expressions here; for a literal \${ write $\${.`);
    } else if (parts.some((part) => typeof part === 'string' && JSONATA.test(part))) {
      const message = `A string has either JSONata, in {% and %}, or expressions in \${ and }, not both.`;
      this.#mistake(place, text.search(JSONATA), message);
    } else if (parts.length > 1 && (kind === 'condition' || kind === 'single')) {
      const message = `${path.at(-1)} with an expression is that expression alone: text around it would make it a text.`;
      this.#mistake(place, 0, message);
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

const isPlaceholder = (part: string | Expression): part is Placeholder =>
  typeof part !== 'string' && (part.kind === 'tasks' || part.kind === 'connections' || part.kind === 'millrace');

const keyOf = (path: JsonPath): string => JSON.stringify(path);
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
