/** A piece of an input template: literal text, or a placeholder and whether it stands within a JSON string. */
type Piece = string | { readonly variable: string; readonly quoted: boolean };

const PLACEHOLDER = /<([A-Za-z0-9_.-]+)>/y;

/** Cuts an input template at its `<placeholders>`. */
export function parseTemplate(template: string): Piece[] {
  const pieces: Piece[] = [];
  let literal = '';
  let quoted = false;
  for (let index = 0; index < template.length; index++) {
    PLACEHOLDER.lastIndex = index;
    const variable = PLACEHOLDER.exec(template)?.[1];
    const character = template.charAt(index);
    if (variable !== undefined) {
      pieces.push(literal, { variable, quoted });
      literal = '';
      index = PLACEHOLDER.lastIndex - 1;
    } else if (character === '\\') {
      literal += template.slice(index, index + 2);
      index++;
    } else {
      if (character === '"') quoted = !quoted;
      literal += character;
    }
  }
  pieces.push(literal);
  return pieces.filter((piece) => piece !== '');
}

/**
 * Fills a template. Outside a JSON string a value is put in as JSON; within one, text as it is ("EventBridge doesn't escape values extracted by
 * Input Path") and objects and lists as JSON without its quotes. A variable whose path is not in the event "won't appear in the output"
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html#eb-transform-input-issues).
 */
export function fillTemplate(pieces: readonly Piece[], resolve: (variable: string) => unknown): string {
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      const value = resolve(piece.variable);
      if (value === undefined) return '';
      if (!piece.quoted) return JSON.stringify(value);
      if (typeof value === 'string') return value;
      return JSON.stringify(value).replaceAll('"', '');
    })
    .join('');
}
