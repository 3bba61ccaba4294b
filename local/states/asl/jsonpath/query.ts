import { StatesError } from '../errors.ts';
import { INTRINSICS, type IntrinsicValue } from './intrinsics.ts';
import { findPath, type Path, readPath, type Sources } from './path.ts';
import { Reader, unescaped } from './reader.ts';

/** A path or an intrinsic function: what may stand in a field whose name ends in `.$`. */
type Query =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'text'; readonly raw: string }
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'call'; readonly name: string; readonly given: readonly Query[] };

const parsed = new Map<string, Query>();
const KEPT = 1_000;

/** Throws `PathSyntaxError` with a sentence (https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html). */
export function parseQuery(text: string): Query {
  const known = parsed.get(text);
  if (known) return known;
  const reader = new Reader(text);
  const query = reader.sees('States.') ? readCall(reader) : ({ kind: 'path', path: readPath(reader) } as const);
  if (!reader.ended) reader.fail('something follows that does not belong here');
  if (parsed.size >= KEPT) parsed.clear();
  parsed.set(text, query);
  return query;
}

function readCall(reader: Reader): Query {
  const name = reader.match(/States\.[A-Za-z0-9]+/y) ?? reader.fail('the name of a function is missing');
  if (!Object.hasOwn(INTRINSICS, name)) reader.fail(`there is no function ${name}`);
  if (!reader.take('(')) reader.fail('a ( is missing');
  reader.space();
  const given = reader.sees(')') ? [] : reader.list(() => readArgument(reader));
  if (!reader.take(')')) reader.fail('a ) is missing');
  return { kind: 'call', name, given };
}

function readArgument(reader: Reader): Query {
  if (reader.sees('$')) return { kind: 'path', path: readPath(reader) };
  if (reader.sees('States.')) return readCall(reader);
  if (reader.sees("'")) return { kind: 'text', raw: reader.rawQuoted() };
  const word = reader.match(/-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false|null/y);
  return word === undefined ? reader.fail('an argument is missing') : { kind: 'value', value: JSON.parse(word) };
}

/** A path that found nothing. */
export class NothingFound extends Error {
  readonly path: string;
  constructor(path: string) {
    super(`${path} found nothing`);
    this.path = path;
  }
}

/** The query's value; throws `NothingFound`, or `StatesError` `States.IntrinsicFailure` when a function fails. */
export function evaluateQuery(query: Query, sources: Sources, random: () => number): unknown {
  return resolve(query, sources, random).value;
}

function resolve(query: Query, sources: Sources, random: () => number): IntrinsicValue {
  switch (query.kind) {
    case 'path': {
      const found = findPath(query.path, sources);
      if (!found) throw new NothingFound(query.path.text);
      return found;
    }
    case 'text':
      return { value: unescaped(query.raw), raw: query.raw };
    case 'value':
      return query;
    case 'call': {
      const given = query.given.map((one) => resolve(one, sources, random));
      try {
        return { value: INTRINSICS[query.name]?.(given, random) };
      } catch (error) {
        throw new StatesError('States.IntrinsicFailure', `${query.name}: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
}
