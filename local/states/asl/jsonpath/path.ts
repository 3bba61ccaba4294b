import { type Filter, parseFilter } from './filter.ts';
import { PathSyntaxError, Reader } from './reader.ts';

/** What a path begins at: `$` the input, `$$` the context object, `$name` a variable, and `@` the element that a filter looks at. */
type Root = { readonly kind: 'input' | 'context' | 'element' } | { readonly kind: 'variable'; readonly name: string };

type Step =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'indexes'; readonly indexes: readonly number[] }
  | { readonly kind: 'slice'; readonly from?: number; readonly to?: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'descend' }
  | { readonly kind: 'filter'; readonly filter: Filter };

export interface Path {
  readonly text: string;
  readonly root: Root;
  readonly steps: readonly Step[];
  /** Whether it names exactly one place; any other path gives an array of what it found. */
  readonly definite: boolean;
}

/**
 * A path as the states language has it: https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html.
 * Throws `PathSyntaxError` with a sentence.
 */
export function parsePath(text: string): Path {
  const reader = new Reader(text);
  const path = readPath(reader);
  if (!reader.ended) reader.fail('something follows that is not part of a path');
  return path;
}

/** A reference path names one place: only names and indexes (https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html). */
export function parseReferencePath(text: string): Path {
  const path = parsePath(text);
  if (!path.definite) throw new PathSyntaxError(`${text} is not a reference path: it may name several places.`);
  return path;
}

/** Reads a path from where the reader stands to where it ends. */
export function readPath(reader: Reader): Path {
  const begin = reader.position;
  const root = readRoot(reader);
  const steps: Step[] = [];
  for (;;) {
    if (reader.take('..')) {
      steps.push({ kind: 'descend' });
      if (!reader.sees('[')) steps.push(readName(reader));
    } else if (reader.take('.')) steps.push(readName(reader));
    else if (reader.take('[')) steps.push(readBrackets(reader));
    else break;
  }
  const definite = steps.every(
    (step) => (step.kind === 'names' && step.names.length === 1) || (step.kind === 'indexes' && step.indexes.length === 1),
  );
  return { text: reader.since(begin), root, steps, definite };
}

function readRoot(reader: Reader): Root {
  if (reader.take('@')) return { kind: 'element' };
  if (reader.take('$$')) return { kind: 'context' };
  if (!reader.take('$')) reader.fail('a path begins with $');
  const name = reader.match(/[\p{ID_Start}_][\p{ID_Continue}]*/uy);
  return name === undefined ? { kind: 'input' } : { kind: 'variable', name };
}

function readName(reader: Reader): Step {
  if (reader.take('*')) return { kind: 'all' };
  const name = reader.match(/[^\s.,[\]()'"*?@$&|!<>=]+/uy);
  return name === undefined ? reader.fail('a field name is missing') : { kind: 'names', names: [name] };
}

function readBrackets(reader: Reader): Step {
  reader.space();
  const step = readSelector(reader);
  reader.space();
  if (!reader.take(']')) reader.fail('a ] is missing');
  return step;
}

function readSelector(reader: Reader): Step {
  if (reader.take('*')) return { kind: 'all' };
  if (reader.take('?')) {
    reader.space();
    if (!reader.take('(')) reader.fail('a filter is written [?(...)]');
    const filter = parseFilter(reader, readPath);
    reader.space();
    if (!reader.take(')')) reader.fail('a ) is missing');
    return { kind: 'filter', filter };
  }
  if (reader.sees("'") || reader.sees('"')) return { kind: 'names', names: reader.list(() => reader.quoted()) };
  const from = reader.integer();
  if (reader.take(':')) {
    const to = reader.integer();
    return { kind: 'slice', ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  }
  if (from === undefined) return reader.fail('an index, a name in quotes, * or a filter is missing');
  reader.space();
  const more = reader.take(',') ? reader.list(() => reader.integer() ?? reader.fail('an index is missing')) : [];
  return { kind: 'indexes', indexes: [from, ...more] };
}

/** What a path reads. */
export interface Sources {
  readonly input: unknown;
  readonly context: unknown;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Within a filter. */
  readonly element?: unknown;
}

/** What the path finds, wrapped; undefined when it names one place and there is nothing. */
export function findPath(path: Path, sources: Sources): { readonly value: unknown } | undefined {
  const { root } = path;
  if (root.kind === 'variable' && !Object.hasOwn(sources.variables, root.name)) return undefined;
  const start = root.kind === 'variable' ? sources.variables[root.name] : sources[root.kind];
  const found = path.steps.reduce<readonly unknown[]>(
    (nodes, step) => nodes.flatMap((node) => follow(node, step, sources)),
    [start],
  );
  if (!path.definite) return { value: found };
  return found.length === 0 ? undefined : { value: found[0] };
}

function follow(node: unknown, step: Step, sources: Sources): readonly unknown[] {
  switch (step.kind) {
    case 'names':
      return isObject(node) ? step.names.filter((name) => Object.hasOwn(node, name)).map((name) => node[name]) : [];
    case 'indexes':
      if (!Array.isArray(node)) return [];
      return step.indexes
        .map((index) => (index < 0 ? node.length + index : index))
        .filter((index) => index in node)
        .map((index) => node[index]);
    case 'slice':
      return Array.isArray(node) ? node.slice(step.from, step.to) : [];
    case 'all':
      return childrenOf(node);
    case 'descend':
      return [node, ...childrenOf(node).flatMap((child) => follow(child, step, sources))];
    case 'filter':
      return childrenOf(node).filter((element) => step.filter((path) => findPath(path, { ...sources, element })));
  }
}

const childrenOf = (node: unknown): readonly unknown[] => (Array.isArray(node) ? node : isObject(node) ? Object.values(node) : []);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
