import { isDeepStrictEqual } from 'node:util';
import type { Path } from './path.ts';
import type { Reader } from './reader.ts';

type Find = (path: Path) => { readonly value: unknown } | undefined;

/** Whether an element passes; `find` reads a path with the element as `@`. */
export type Filter = (find: Find) => boolean;

type Operand = (find: Find) => { readonly value: unknown } | undefined;

const OPERATORS = ['==', '!=', '<=', '>=', '<', '>'] as const;
type Operator = (typeof OPERATORS)[number];

/** Reads what stands in `[?( )]`: comparisons and existing paths, joined by `&&`, `||`, `!` and parentheses. */
export function parseFilter(reader: Reader, readPath: (reader: Reader) => Path): Filter {
  const either = (): Filter => joined('||', both, (filters) => (find) => filters.some((filter) => filter(find)));
  const both = (): Filter => joined('&&', single, (filters) => (find) => filters.every((filter) => filter(find)));

  function joined(token: string, read: () => Filter, join: (filters: readonly Filter[]) => Filter): Filter {
    const filters = [read()];
    for (reader.space(); reader.take(token); reader.space()) filters.push(read());
    return filters.length === 1 && filters[0] ? filters[0] : join(filters);
  }

  function single(): Filter {
    reader.space();
    if (reader.sees('!') && !reader.sees('!=')) {
      reader.take('!');
      const filter = single();
      return (find) => !filter(find);
    }
    if (reader.take('(')) {
      const filter = either();
      reader.space();
      if (!reader.take(')')) reader.fail('a ) is missing');
      return filter;
    }
    return comparison();
  }

  function comparison(): Filter {
    const left = operand();
    reader.space();
    const operator = OPERATORS.find((token) => reader.take(token));
    if (operator === undefined) return (find) => left(find) !== undefined;
    reader.space();
    const right = operand();
    return (find) => compare(left(find), operator, right(find));
  }

  function operand(): Operand {
    if (reader.sees('@') || reader.sees('$')) {
      const path = readPath(reader);
      return (find) => find(path);
    }
    const value = literal();
    return () => ({ value });
  }

  function literal(): unknown {
    if (reader.sees("'") || reader.sees('"')) return reader.quoted();
    const word = reader.match(/-?\d+(\.\d+)?([eE][+-]?\d+)?|true|false|null/y);
    return word === undefined ? reader.fail('a value is missing') : JSON.parse(word);
  }

  return either();
}

function compare(left: ReturnType<Operand>, operator: Operator, right: ReturnType<Operand>): boolean {
  if (!left || !right) return operator === '!=' && left !== right;
  const [a, b] = [left.value, right.value];
  if (operator === '==') return isDeepStrictEqual(a, b);
  if (operator === '!=') return !isDeepStrictEqual(a, b);
  if (typeof a === 'number' && typeof b === 'number') return ordered(a, operator, b);
  return typeof a === 'string' && typeof b === 'string' && ordered(a, operator, b);
}

function ordered<T extends number | string>(a: T, operator: '<' | '<=' | '>' | '>=', b: T): boolean {
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}
