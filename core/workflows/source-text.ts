import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';

/** A mistake in a file that a workflow author wrote, with its place as `file:line:column`. */
export interface Mistake {
  readonly place: string;
  readonly message: string;
}

export type JsonPath = readonly (string | number)[];

/** The mistakes of one or more files; its message has a line for each. */
export class InvalidFileError extends Error {
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    super(mistakes.map(({ place, message }) => `${place}: ${message}`).join('\n'));
    this.name = 'InvalidFileError';
    this.mistakes = mistakes;
  }
}

/** A YAML or JSON text whose values can be traced back to their line and column. */
export interface SourceText {
  readonly value: unknown;
  /** The mistake at the value that `path` leads to, or at the nearest thing around it; `key`: at the key instead of the value. */
  mistakeAt(path: JsonPath, message: string, at?: 'key' | 'value'): Mistake;
  /** The mistake at a UTF-16 unit of the string at `path`: at the nearest place before it that can be told, where its style hides that. */
  mistakeWithin(path: JsonPath, unit: number, message: string): Mistake;
}

/** Parses `text` as YAML 1.2 with merge keys (every JSON text is one too). Throws `InvalidFileError`, for repeated keys as well. */
export function parseSourceText(file: string, text: string): SourceText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const mistakeAtOffset = (offset: number, message: string): Mistake => {
    const { line, col } = lines.linePos(offset);
    return { place: `${file}:${Math.max(1, line)}:${Math.max(1, col)}`, message };
  };
  // What could not be read after the first mistake is mostly a consequence of it.
  const broken = [...document.errors, ...document.warnings].filter(({ code }, index) => index === 0 || code !== 'UNEXPECTED_TOKEN');
  if (broken.length > 0) {
    throw new InvalidFileError(broken.map(({ pos, code, message }) => mistakeAtOffset(pos[0], sayingOf(code, message))));
  }

  const resolved = (node: unknown): Node | undefined => {
    const target = isAlias(node) ? node.resolve(document) : node;
    return isMap(target) || isSeq(target) || isScalar(target) ? target : undefined;
  };

  const locate = (path: JsonPath, at: 'key' | 'value'): { offset: number; node?: Node | undefined } => {
    let node = resolved(document.contents);
    let offset = node?.range?.[0] ?? 0;
    for (const step of path) {
      if (isMap(node)) {
        const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step));
        if (!pair || !isScalar(pair.key)) return { offset };
        node = resolved(pair.value);
        const start = at === 'value' && isScalar(node) ? node.range?.[0] : pair.key.range?.[0];
        offset = start ?? offset;
      } else if (isSeq(node)) {
        const item = resolved(node.items[Number(step)]);
        if (!item) return { offset };
        node = item;
        offset = item.range?.[0] ?? offset;
      } else {
        return { offset };
      }
    }
    return { offset, node };
  };

  const offsetWithin = (path: JsonPath, unit: number): number => {
    const { offset, node } = locate(path, 'value');
    if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return offset;
    const [start, end] = node.range;
    return start + writtenOffset(text.slice(start, end), node.value, unit);
  };

  try {
    const value: unknown = document.toJS();
    // An alias within its own anchor makes a value without an end.
    JSON.stringify(value);
    return {
      value,
      mistakeAt: (path, message, at = 'value') => mistakeAtOffset(locate(path, at).offset, message),
      mistakeWithin: (path, unit, message) => mistakeAtOffset(offsetWithin(path, unit), message),
    };
  } catch (error) {
    // An alias without its anchor or within it, or so many that they are an attack.
    throw new InvalidFileError([mistakeAtOffset(0, oneSentence(error instanceof Error ? error.message : String(error)))]);
  }
}

/**
 * Where a unit of a string stands in the text it was written as, with quotes, escapes, indentation and folded lines. The beginnings of
 * expressions, `${`, are written as they are, and so lead the way to what is near them.
 */
function writtenOffset(written: string, value: string, unit: number): number {
  const anchor = value.lastIndexOf('${', unit);
  if (anchor < 0) return 0;
  const before = value.slice(0, anchor).split('${').length - 1;
  let at = written.indexOf('${');
  for (let count = 0; count < before && at >= 0; count += 1) at = written.indexOf('${', at + 1);
  if (at < 0) return 0;
  let read = anchor;
  while (read < unit && at < written.length) {
    const [expected, found] = [value.charAt(read), written.charAt(at)];
    if (expected === found) {
      read += 1;
      at += 1;
    } else if (/[\s\\']/.test(found)) {
      at += 1;
    } else if (/\s/.test(expected)) {
      read += 1;
    } else {
      break;
    }
  }
  return at;
}

const sayingOf = (code: string, message: string): string =>
  code === 'DUPLICATE_KEY' ? 'This key stands here a second time; keep one of them.' : oneSentence(message);

function oneSentence(message: string): string {
  const line = message.split('\n')[0] ?? '';
  return line.endsWith('.') ? line : `${line}.`;
}
