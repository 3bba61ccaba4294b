export class PathSyntaxError extends Error {}

/** Reads a text from its beginning, piece by piece; `fail` throws `PathSyntaxError` with a sentence that quotes the text. */
export class Reader {
  readonly #text: string;
  position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get ended(): boolean {
    return this.position >= this.#text.length;
  }

  fail(problem: string): never {
    throw new PathSyntaxError(`${this.#text} is not valid at character ${this.position + 1}: ${problem}.`);
  }

  since(begin: number): string {
    return this.#text.slice(begin, this.position);
  }

  sees(token: string): boolean {
    return this.#text.startsWith(token, this.position);
  }

  take(token: string): boolean {
    if (!this.sees(token)) return false;
    this.position += token.length;
    return true;
  }

  /** What a sticky expression matches here. */
  match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.position;
    const [found] = sticky.exec(this.#text) ?? [];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  space(): void {
    this.match(/\s*/y);
  }

  integer(): number | undefined {
    this.space();
    const digits = this.match(/-?\d+/y);
    this.space();
    return digits === undefined ? undefined : Number(digits);
  }

  /** One or more, separated by commas. */
  list<T>(read: () => T): T[] {
    const items: T[] = [];
    do {
      this.space();
      items.push(read());
      this.space();
    } while (this.take(','));
    return items;
  }

  /** A text in single or double quotes, as it stands between them. */
  rawQuoted(): string {
    const quoted = this.match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/sy);
    return quoted === undefined ? this.fail('a text in quotes is missing or does not end') : quoted.slice(1, -1);
  }

  quoted(): string {
    return unescaped(this.rawQuoted());
  }
}

/** A backslash makes the character after it an ordinary one. */
export const unescaped = (raw: string): string => raw.replace(/\\(.)/gs, '$1');
