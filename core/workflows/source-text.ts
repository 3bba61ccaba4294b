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
}

/** Parses `text` as YAML 1.2 with merge keys (every JSON text is one too). Throws `InvalidFileError`, for repeated keys as well. */
export function parseSourceText(file: string, text: string): SourceText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const mistakeAtOffset = (offset: number, message: string): Mistake => {
    const { line, col } = lines.linePos(offset);
    return { place: `${file}:${Math.max(1, line)}:${Math.max(1, col)}`, message };
  };
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    throw new InvalidFileError(broken.map(({ pos, message }) => mistakeAtOffset(pos[0], oneSentence(message))));
  }

  const resolved = (node: unknown): Node | undefined => {
    const target = isAlias(node) ? node.resolve(document) : node;
    return isMap(target) || isSeq(target) || isScalar(target) ? target : undefined;
  };

  const offsetOf = (path: JsonPath, at: 'key' | 'value'): number => {
    let node = resolved(document.contents);
    let offset = node?.range?.[0] ?? 0;
    for (const step of path) {
      if (isMap(node)) {
        const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step));
        if (!pair || !isScalar(pair.key)) return offset;
        node = resolved(pair.value);
        const start = at === 'value' && isScalar(node) ? node.range?.[0] : pair.key.range?.[0];
        offset = start ?? offset;
      } else if (isSeq(node)) {
        const item = resolved(node.items[Number(step)]);
        if (!item) return offset;
        node = item;
        offset = item.range?.[0] ?? offset;
      } else {
        return offset;
      }
    }
    return offset;
  };

  try {
    return {
      value: document.toJS(),
      mistakeAt: (path, message, at = 'value') => mistakeAtOffset(offsetOf(path, at), message),
    };
  } catch (error) {
    // An alias without its anchor, or so many that they are an attack.
    throw new InvalidFileError([mistakeAtOffset(0, oneSentence(error instanceof Error ? error.message : String(error)))]);
  }
}

function oneSentence(message: string): string {
  const line = message.split('\n')[0] ?? '';
  return line.endsWith('.') ? line : `${line}.`;
}
